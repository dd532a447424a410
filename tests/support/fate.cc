#include "tests/support/fate.h"

namespace posthaste {
namespace {

constexpr char kYes[] = "250 2.0.0 Kept";
constexpr std::string_view kNames[kFates] = {
    "accept",         "defer_rcpt",   "defer_dot",     "bounce_rcpt",  "bounce_dot",
    "greylist",       "busy_at_rcpt", "reset_at_rcpt", "stall_data",   "stall_dot",
    "drip_dot",       "drop_at_data", "drop_in_body",  "garbage_body", "drop_kept",
    "drop_lost",      "reset_kept",   "partial_kept",  "garbage_kept", "wrong_reply",
    "accept_and_cut", "hold_data",    "hold_dot_kept", "hold_dot_lost"};

std::optional<Act> AtRcpt(Fate fate) {
  switch (fate) {
    case Fate::kDeferRcpt:
      return Act{Say("451 4.3.0 Not now")};
    case Fate::kBounceRcpt:
      return Act{Say("550 5.1.1 Nobody here")};
    case Fate::kGreylist:
      return Act{Say("450 4.2.0 Greylisted, come back")};
    case Fate::kBusyAtRcpt:
      return Act{Say("421 4.3.2 Too busy"), Close()};
    case Fate::kResetAtRcpt:
      return Act{Reset()};
    default:
      return std::nullopt;
  }
}

std::optional<Act> BeforeDot(Fate fate, Stage stage, absl::Duration stall) {
  if (stage == Stage::kData) {
    if (fate == Fate::kStallData) return Act{Wait(stall), Say("354 Go on")};
    if (fate == Fate::kDropAtData) return Act{Close()};
    if (fate == Fate::kHoldData) return Act{Hang(), Close()};
  }
  if (stage == Stage::kBody || stage == Stage::kChunk) {
    if (fate == Fate::kDropInBody) return Act{Close()};
    if (fate == Fate::kGarbageBody) return Act{Say("what is this?"), Close()};
  }
  return std::nullopt;
}

std::optional<Act> AtDot(Fate fate, absl::Duration stall) {
  switch (fate) {
    case Fate::kDeferDot:
      return Act{Say("451 4.3.0 Not now")};
    case Fate::kBounceDot:
      return Act{Say("554 5.6.0 Not this")};
    case Fate::kStallDot:
      return Act{Keep(), Wait(stall), Say(kYes)};
    case Fate::kDripDot:
      return Act{Keep(), Drip(std::string(kYes) + "\r\n", absl::Milliseconds(1))};
    case Fate::kDropKept:
      return Act{Keep(), Close()};
    case Fate::kDropLost:
      return Act{Close()};
    case Fate::kResetKept:
      return Act{Keep(), Reset()};
    case Fate::kPartialKept:
      return Act{Keep(), Raw("25"), Close()};
    case Fate::kGarbageKept:
      return Act{Keep(), Say("\x01\x02 yes?"), Say(kYes), Close()};
    case Fate::kWrongReply:
      return Act{Say("354 Go on"), Close()};
    case Fate::kAcceptAndCut:
      return Act{Keep(), Say(kYes), Reset()};
    case Fate::kHoldDotKept:
      return Act{Keep(), Hang(), Close()};
    case Fate::kHoldDotLost:
      return Act{Hang(), Close()};
    default:
      return std::nullopt;
  }
}

}  // namespace

std::string_view FateName(Fate fate) { return kNames[static_cast<int>(fate)]; }

bool LeavesDoubt(Fate fate) {
  switch (fate) {
    case Fate::kDropKept:
    case Fate::kDropLost:
    case Fate::kResetKept:
    case Fate::kPartialKept:
    case Fate::kGarbageKept:
    case Fate::kWrongReply:
    case Fate::kHoldDotKept:
    case Fate::kHoldDotLost:
      return true;
    default:
      return false;
  }
}

bool Temporary(Fate fate) {
  return !LeavesDoubt(fate) && fate != Fate::kBounceRcpt && fate != Fate::kBounceDot;
}

std::optional<Act> ActOf(Fate fate, Stage stage, absl::Duration stall) {
  if (stage == Stage::kRcpt) return AtRcpt(fate);
  if (stage == Stage::kDot) return AtDot(fate, stall);
  return BeforeDot(fate, stage, stall);
}

}  // namespace posthaste
