// What a FaultRelay does, written down: at each stage of a session it performs an act, a list of
// steps, in place of what a good relay would do.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace posthaste {

enum class Stage {
  kGreeting,
  kEhlo,  // And HELO.
  kStartTls,
  kHandshake,  // After the client's hello. An act here ends the connection.
  kAuth,       // AUTH, and each line that answers a 334.
  kMail,
  kRcpt,
  kData,
  kBody,   // After the first bytes of it.
  kChunk,  // BDAT, but for the last one, which ends the message: kDot.
  kDot,
  kRset,
  kQuit,
};

struct Step {
  enum class Kind {
    kSay,    // Bytes; they leave together with those that follow, as one packet if they can.
    kDrip,   // Bytes, one at a time, `pause` before each.
    kWait,   // Nothing, for `pause`.
    kKeep,   // The message is stored: from here on the relay has it.
    kGate,   // Nothing, until the test opens the gate; held() counts.
    kHang,   // Reads and says nothing, until the client has gone; held() counts.
    kDeaf,   // The same, without reading: the client's window closes.
    kClose,  // FIN. Without close_notify, if it is TLS.
    kReset,  // RST.
  };
  Kind kind = Kind::kSay;
  std::string bytes;
  absl::Duration pause;
};
using Act = std::vector<Step>;

inline Step Say(const std::string& line) { return {Step::Kind::kSay, line + "\r\n", {}}; }
inline Step Raw(std::string bytes) { return {Step::Kind::kSay, std::move(bytes), {}}; }
inline Step Drip(std::string bytes, absl::Duration pause) {
  return {Step::Kind::kDrip, std::move(bytes), pause};
}
inline Step Wait(absl::Duration pause) { return {Step::Kind::kWait, "", pause}; }
inline Step Keep() { return {Step::Kind::kKeep, "", {}}; }
inline Step Gate() { return {Step::Kind::kGate, "", {}}; }
inline Step Hang() { return {Step::Kind::kHang, "", {}}; }
inline Step Deaf() { return {Step::Kind::kDeaf, "", {}}; }
inline Step Close() { return {Step::Kind::kClose, "", {}}; }
inline Step Reset() { return {Step::Kind::kReset, "", {}}; }

// Where a session stands when an act is asked for.
struct Moment {
  Stage stage = Stage::kGreeting;
  int connection = 0;   // 1 for the relay's first.
  int transaction = 0;  // On this connection; 1 from the first MAIL on.
  int number = 0;       // How often the recipient was tried, this time included; 0 before RCPT.
  bool tls = false;
  std::string recipient;
  std::string line;  // The command.
};

// What to do; nothing = what a good relay does. Called on the relay's thread, one at a time.
using RelayScript = std::function<std::optional<Act>(const Moment&)>;

}  // namespace posthaste
