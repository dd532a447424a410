// Who is logged in to the console: bounded, in memory, gone with the process.
//
// A session is a random token in a cookie that no script reads, and a second one, the CSRF token,
// that the page's own scripts send back with whatever they ask. One key may have many sessions.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"

namespace posthaste::ops {

// An API key that may see the console, as whoever knows keys tells it.
struct Operator {
  std::string key;     // The key's id.
  bool write = false;  // Has ops.write; that it has ops.read is why it is here.
};

struct Session {
  Operator who;
  std::string csrf;
  SteadyTime end;
};

class Sessions {
 public:
  static constexpr size_t kMax = 64;  // One more ends the one that would end first.
  static constexpr std::chrono::hours kLife{8};
  static constexpr int kFailures = 10;  // Within kFailureTime: then nobody may try for the rest.
  static constexpr std::chrono::seconds kFailureTime{60};

  Sessions(const Clock& clock, Random& random) : clock_(clock), random_(random) {}

  // Whether anybody may try to log in now; Failed counts a try that was refused.
  bool MayTry();
  void Failed();

  // A new session's token.
  std::string Begin(Operator who);
  // Null if there is none (any more). Valid until the next Begin or End.
  const Session* Find(std::string_view token);
  void End(std::string_view token);

 private:
  const Clock& clock_;
  Random& random_;
  std::map<std::string, Session, std::less<>> sessions_;  // By the SHA-256 of the token.
  SteadyTime window_{};
  int failures_ = 0;
};

// The value of one cookie in a Cookie header; "" if it is not there.
std::string_view CookieNamed(std::string_view header, std::string_view name);

}  // namespace posthaste::ops
