// Fates of whole transactions, by name: what the ledger's relay chooses from.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "tests/support/relay_script.h"

namespace posthaste {

// What happens to one transaction. "Kept" = stored before anything is answered.
enum class Fate {
  kAccept,        // Kept; 250.
  kDeferRcpt,     // 451 to RCPT.
  kDeferDot,      // 451 to the dot.
  kBounceRcpt,    // 550 to RCPT.
  kBounceDot,     // 554 to the dot.
  kGreylist,      // 450 4.2.0 to RCPT.
  kBusyAtRcpt,    // 421 to RCPT, and the end.
  kResetAtRcpt,   // RST in place of the reply to RCPT.
  kStallData,     // 354 comes late; then as kAccept.
  kStallDot,      // Kept; 250 comes late.
  kDripDot,       // Kept; 250 comes byte by byte.
  kDropAtData,    // The connection ends in place of 354.
  kDropInBody,    // The connection ends within the body, before the dot was read.
  kGarbageBody,   // Within the body something is said that is no reply, and the connection ends.
  kDropKept,      // Kept; the connection ends in place of 250.
  kDropLost,      // The same, not kept.
  kResetKept,     // Kept; RST in place of 250.
  kPartialKept,   // Kept; "25", and the end.
  kGarbageKept,   // Kept; a line that is no reply, then 250.
  kWrongReply,    // Not kept; 354 in place of the answer.
  kAcceptAndCut,  // Kept; 250, then RST at once.
  kHoldData,      // Silence in place of 354.
  kHoldDotKept,   // Kept; silence in place of 250.
  kHoldDotLost,   // The same, not kept.
};
inline constexpr int kFates = 24;
std::string_view FateName(Fate fate);

// Whether the client sends its dot and learns nothing certain about it.
bool LeavesDoubt(Fate fate);

// Whether it ends without a doubt and without a final refusal, before the dot or with a reply.
bool Temporary(Fate fate);

// What the fate does at a stage; nothing = what a good relay does. `stall`: of the late ones.
std::optional<Act> ActOf(Fate fate, Stage stage, absl::Duration stall);

// Chooses a transaction's fate at its RCPT; `number` is 1 at the recipient's first try.
using FateScript = std::function<Fate(const std::string& recipient, int number)>;

}  // namespace posthaste
