// Holds: what operators keep from being sent for a while, and whom each concerns. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "service/queue/keys.h"

namespace posthaste::queue {

// Values are stored: append only. Those of posthaste.v1.Hold.Scope.
enum class HoldScope : uint8_t { kAll = 1, kTenant, kMailClass, kRelay, kProvider };
inline constexpr int kHoldScopes = 5;
std::string_view HoldScopeName(HoldScope scope);  // "all", "tenant", "mail_class", …

struct Hold {
  int64_t number = 0;  // Counts from 1 in an installation, never used twice.
  HoldScope scope = HoldScope::kAll;
  std::string target;  // A tenant's id, "NOTICE", a relay's id, "gmail"; "" for kAll.
  std::string reason;
  std::string creator;  // An API key's id.
  absl::Time create_time, expire_time;
};

// "h17" and back. nullopt: not the form of one.
std::string HoldId(int64_t number);
std::optional<int64_t> ParseHoldId(std::string_view id);

// What may be held: one message.
struct HoldSubject {
  std::string_view tenant;
  MailClass mail_class = MailClass::kCode;
  std::string_view provider;        // "" = "other".
  std::vector<std::string> relays;  // Ids of its route's.
};

// The hold that keeps `subject` from being sent at `now`; nullptr if there is none. Of several the
// one that ends last. Holds of relays keep a message only if every relay of its route is held, and
// then until the first of them is free.
const Hold* FindHold(const std::vector<Hold>& holds, const HoldSubject& subject, absl::Time now);

// The hold of this relay that ends last.
const Hold* FindRelayHold(const std::vector<Hold>& holds, std::string_view relay, absl::Time now);

// The name of a class as holds write it: "CODE", "NOTICE", "GENERAL".
std::string_view MailClassName(MailClass mail_class);

}  // namespace posthaste::queue
