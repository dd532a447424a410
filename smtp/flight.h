// The replies to RSET, MAIL, RCPT and DATA, and what to do after each. Pure; the same for a
// pipelined flight (RFC 2920), whose replies must all be read whatever they say, and for commands
// sent one by one, where the first refusal ends it.
#pragma once

#include <cstdint>
#include <optional>

#include "smtp/phase.h"
#include "smtp/reply.h"

namespace posthaste::smtp {

enum class Step : uint8_t { kRset, kMail, kRcpt, kData };

// The phase that a step is booked on: RSET makes way for MAIL.
Phase PhaseOf(Step step);

enum class Move : uint8_t {
  kSend,     // Send what step() needs: its command, or the whole flight if it is pipelined.
  kHear,     // Hear the reply to step().
  kBody,     // Everything was accepted, and the relay waits for the message.
  kRefused,  // refusal() is the answer to the message; nothing was handed over.
  kLoneDot,  // As kRefused, but the relay waits for a message: end it with a dot (RFC 2920 3.1).
  kLost,     // The relay failed, or is out of step: failure() says with which reply. Drop the
             // connection.
};

class Flight {
 public:
  struct Answer {
    Phase phase;
    Reply reply;
  };

  // `reset`: RSET goes first, because the transaction before failed.
  Flight(bool pipelined, bool reset);

  Move Begin() const { return Move::kSend; }

  // The step whose reply is due.
  Step step() const { return step_; }

  // Takes the reply to step(). REQUIRES: the last move was kSend or kHear.
  Move Take(const Reply& reply);

  // No usable reply came to step().
  Move TakeSilence();

  bool recipient_accepted() const { return recipient_accepted_; }

  // Whether the connection is still in step, so that it may serve again.
  bool in_step() const { return in_step_; }

  const std::optional<Answer>& refusal() const { return refusal_; }
  const std::optional<Answer>& failure() const { return failure_; }

 private:
  Move Go();
  Move Refuse(const Reply& reply);
  Move Fail(const Reply& reply);

  const bool pipelined_;
  Step step_;
  bool recipient_accepted_ = false;
  bool in_step_ = true;
  std::optional<Answer> refusal_;  // The first: the others only follow from it.
  std::optional<Answer> failure_;
};

}  // namespace posthaste::smtp
