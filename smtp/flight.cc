#include "smtp/flight.h"

namespace posthaste::smtp {
namespace {

bool Refused(const Reply& reply) { return reply.Transient() || reply.Permanent(); }

}  // namespace

Phase PhaseOf(Step step) {
  switch (step) {
    case Step::kRset:
    case Step::kMail:
      return Phase::kMail;
    case Step::kRcpt:
      return Phase::kRcpt;
    case Step::kData:
      return Phase::kData;
    case Step::kChunk:
      return Phase::kBody;
  }
  return Phase::kMail;
}

Flight::Flight(Kind kind) : kind_(kind), step_(kind.reset ? Step::kRset : Step::kMail) {}

Move Flight::Take(const Reply& reply) {
  // 421 speaks of the connection, whatever it answers (RFC 5321 3.8).
  if (reply.code == 421) return Fail(reply);
  switch (step_) {
    case Step::kRset:
      return reply.Positive() ? Go() : Fail(reply);
    case Step::kMail:
      if (Refused(reply)) return Refuse(reply);
      return reply.Positive() ? Go() : Fail(reply);
    case Step::kRcpt:
      if (Refused(reply)) return Refuse(reply);
      if (!reply.Positive()) return Fail(reply);
      recipient_accepted_ = true;
      return Go();
    case Step::kData:
      return TakeData(reply);
    case Step::kChunk:
      return TakeChunk(reply);
  }
  return Fail(reply);
}

Move Flight::TakeData(const Reply& reply) {
  if (Refused(reply)) return Refuse(reply);
  if (!reply.Intermediate()) return Fail(reply);
  if (!refusal_) return Move::kBody;
  // MAIL refused but RCPT accepted: a dot might hand over an empty message to somebody.
  if (recipient_accepted_) return Fail(reply);
  return Move::kLoneDot;
}

Move Flight::TakeChunk(const Reply& reply) {
  // "Unknown command", or arguments that it does not know. After a refusal 503 is what belongs here
  // (RFC 3030 2), and the chunk was thrown away; else it is one more way to say it.
  const bool unknown = (reply.code >= 500 && reply.code <= 502) || reply.code == 504;
  if (unknown || (reply.code == 503 && !refusal_)) {
    chunking_refused_ = true;
    return Fail(reply);
  }
  if (Refused(reply)) return Refuse(reply);
  if (!reply.Positive()) return Fail(reply);
  // A chunk that was taken without a recipient goes with the RSET of the next transaction.
  return refusal_ ? Move::kRefused : Move::kCommit;
}

Move Flight::TakeSilence() {
  in_step_ = false;
  return refusal_ ? Move::kRefused : Move::kLost;
}

Move Flight::Go() {
  if (step_ == last()) return Move::kRefused;
  step_ = step_ == Step::kRcpt ? last() : static_cast<Step>(static_cast<int>(step_) + 1);
  return kind_.pipelined ? Move::kHear : Move::kSend;
}

Move Flight::Refuse(const Reply& reply) {
  if (!refusal_) {
    lost_count_ = reply.code == 503;
    if (lost_count_) return Fail(reply);
    refusal_ = Answer{PhaseOf(step_), reply};
  }
  return kind_.pipelined ? Go() : Move::kRefused;
}

Move Flight::Fail(const Reply& reply) {
  in_step_ = false;
  if (refusal_) return Move::kRefused;
  failure_ = Answer{PhaseOf(step_), reply};
  return Move::kLost;
}

}  // namespace posthaste::smtp
