// Plays the client's side of a dialogue with a real Session, against a ScriptedRelay.
#pragma once

#include <string>
#include <vector>

#include "smtp/session.h"
#include "tests/support/dialogue.h"
#include "tests/support/scripted_relay.h"

namespace posthaste::smtp {

// One attempt of a play: what the session says of it, and what happened.
struct PlayedAttempt {
  Attempt attempt;
  RelayTrace trace;
  std::string recipient;  // Local part.
  int fence_asked = 0, fence_answered = 0;
  size_t replies_at_ask = 0;  // Replies that had been read when the fence was asked.
  FenceAnswer fence_answer = FenceAnswer::kPass;
  bool opening = false;  // The session could not be opened.
};

struct Play {
  std::vector<PlayedAttempt> attempts;
  std::vector<std::string> violations;          // Of the dialogue, by either side.
  std::vector<std::string> wrong_expectations;  // "line 12: expected … but the attempt is …".
};

// Plays `dialogue` to its end, or to the attempt in which the connection was cut. Expectations are
// compared only if nothing is cut.
Play PlayDialogue(const Dialogue& dialogue, RelayMode mode);

// The words that an expectation may use for `attempt`: "bounced", "550", "5.1.1",
// "invalid_recipient", "rcpt", …
std::vector<std::string> WordsFor(const Attempt& attempt);

}  // namespace posthaste::smtp
