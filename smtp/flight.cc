#include "smtp/flight.h"

namespace posthaste::smtp {

Phase PhaseOf(Step step) {
  switch (step) {
    case Step::kRset:
    case Step::kMail:
      return Phase::kMail;
    case Step::kRcpt:
      return Phase::kRcpt;
    case Step::kData:
      return Phase::kData;
  }
  return Phase::kMail;
}

Flight::Flight(bool pipelined, bool reset)
    : pipelined_(pipelined), step_(reset ? Step::kRset : Step::kMail) {}

Move Flight::Take(const Reply& reply) {
  const bool refused = reply.Transient() || reply.Permanent();
  // 421 speaks of the connection, whatever it answers (RFC 5321 3.8).
  if (reply.code == 421) return Fail(reply);
  switch (step_) {
    case Step::kRset:
      return reply.Positive() ? Go() : Fail(reply);
    case Step::kMail:
      if (refused) return Refuse(reply);
      return reply.Positive() ? Go() : Fail(reply);
    case Step::kRcpt:
      if (refused) return Refuse(reply);
      if (!reply.Positive()) return Fail(reply);
      recipient_accepted_ = true;
      return Go();
    case Step::kData:
      if (refused) return Refuse(reply);
      if (!reply.Intermediate()) return Fail(reply);
      if (!refusal_) return Move::kBody;
      // MAIL refused but RCPT accepted: a dot might hand over an empty message to somebody.
      if (recipient_accepted_) return Fail(reply);
      return Move::kLoneDot;
  }
  return Fail(reply);
}

Move Flight::TakeSilence() {
  in_step_ = false;
  return refusal_ ? Move::kRefused : Move::kLost;
}

Move Flight::Go() {
  if (step_ == Step::kData) return Move::kRefused;
  step_ = static_cast<Step>(static_cast<int>(step_) + 1);
  return pipelined_ ? Move::kHear : Move::kSend;
}

Move Flight::Refuse(const Reply& reply) {
  if (!refusal_) {
    // "Bad sequence" where ours is right: the relay lost count of what we said, and its next
    // answers cannot be trusted.
    if (reply.code == 503) return Fail(reply);
    refusal_ = Answer{PhaseOf(step_), reply};
  }
  return pipelined_ ? Go() : Move::kRefused;
}

Move Flight::Fail(const Reply& reply) {
  in_step_ = false;
  if (refusal_) return Move::kRefused;
  failure_ = Answer{PhaseOf(step_), reply};
  return Move::kLost;
}

}  // namespace posthaste::smtp
