// The replies to RSET, MAIL, RCPT, DATA and BDAT, and what to do after each. Pure; the same for a
// pipelined flight (RFC 2920), whose replies must all be read whatever they say, and for commands
// sent one by one, where the first refusal ends it.
#pragma once

#include <cstdint>
#include <optional>

#include "smtp/phase.h"
#include "smtp/reply.h"

namespace posthaste::smtp {

// In their order. A transaction has kData or kChunk: the message follows the one and is in the
// other.
enum class Step : uint8_t { kRset, kMail, kRcpt, kData, kChunk };
inline constexpr size_t kSteps = 5;

// The phase that a step is booked on: RSET makes way for MAIL, a chunk is the body.
Phase PhaseOf(Step step);

enum class Move : uint8_t {
  kSend,     // Send what step() needs: its command, or the whole flight if it is pipelined.
  kHear,     // Hear the reply to step().
  kBody,     // Everything was accepted, and the relay waits for the message.
  kCommit,   // Everything was accepted, and only BDAT LAST is missing (RFC 3030 2).
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

  struct Kind {
    bool pipelined = false;
    bool reset = false;    // RSET goes first, because the transaction before failed.
    bool chunked = false;  // Ends with a chunk, not with DATA.
  };

  explicit Flight(Kind kind);

  Move Begin() const { return Move::kSend; }

  // The step whose reply is due, and the last one.
  Step step() const { return step_; }
  Step last() const { return kind_.chunked ? Step::kChunk : Step::kData; }

  // Takes the reply to step(). REQUIRES: the last move was kSend or kHear.
  Move Take(const Reply& reply);

  // No usable reply came to step().
  Move TakeSilence();

  bool recipient_accepted() const { return recipient_accepted_; }

  // Whether the connection is still in step, so that it may serve again.
  bool in_step() const { return in_step_; }

  // Whether the relay does not know BDAT after all: it has taken the chunk for commands, and is out
  // of step.
  bool chunking_refused() const { return chunking_refused_; }

  // Whether it answered "bad sequence" where ours is right: it lost count of what we said. That
  // speaks of this connection only.
  bool lost_count() const { return lost_count_; }

  const std::optional<Answer>& refusal() const { return refusal_; }
  const std::optional<Answer>& failure() const { return failure_; }

 private:
  Move Go();
  Move TakeData(const Reply& reply);
  Move TakeChunk(const Reply& reply);
  Move Refuse(const Reply& reply);
  Move Fail(const Reply& reply);

  const Kind kind_;
  Step step_;
  bool recipient_accepted_ = false;
  bool in_step_ = true;
  bool chunking_refused_ = false;
  bool lost_count_ = false;
  std::optional<Answer> refusal_;  // The first: the others only follow from it.
  std::optional<Answer> failure_;
};

}  // namespace posthaste::smtp
