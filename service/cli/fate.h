// The fate of a message in plain words, as every command tells it.
#pragma once

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "posthaste/v1/message_service.pb.h"
#include "service/cli/client.h"
#include "service/cli/terminal.h"

namespace posthaste::cli {

// "accepted", "deferred", …: the state's name as a word.
std::string StateWord(v1::Message::State state);
bool IsTerminal(v1::Message::State state);
// kOk for a state that is good or still open, kNo for one that means it was not handed over.
int ExitCodeOf(v1::Message::State state);

// One sentence: "accepted by relay capture after 34 ms".
std::string Sentence(const v1::Message& message);

// What to do about a failure of this class in this phase; "" if there is nothing to do.
std::string Advice(v1::FailureClass failure_class, const std::string& phase);

// Rows for relay, phase, reply and the next thing to do.
void PrintFailure(const std::string& relay, const std::string& phase, const std::string& reply,
                  v1::FailureClass failure_class, Terminal& terminal);

// Follows the message until it ends or `limit` has passed, prints what became of it and, unless it
// was accepted, why. Returns the exit code.
int Follow(Client& client, const std::string& id, absl::Duration limit, Terminal& terminal);

// The last of a message's attempts; nothing if there is none.
std::optional<v1::Attempt> LastAttempt(Client& client, const std::string& id);

void PrintMessage(const v1::Message& message, absl::Time now, Terminal& terminal);
void PrintAttempt(const v1::Attempt& attempt, bool transcript, absl::Time now, Terminal& terminal);

}  // namespace posthaste::cli
