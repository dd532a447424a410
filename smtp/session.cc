// One transaction: MAIL, RCPT, DATA, the message, the fence, the dot.
#include "smtp/session.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "smtp/body.h"
#include "smtp/command.h"
#include "smtp/flight.h"
#include "smtp/session_state.h"

namespace posthaste::smtp {
namespace {

// How long we listen for the reason of a relay that broke off during the body.
constexpr absl::Duration kLateReplyLimit = absl::Seconds(2);
constexpr absl::Duration kQuitLimit = absl::Seconds(2);

class Transaction {
 public:
  Transaction(SessionState& state, const Envelope& envelope, std::string_view message, Fence& fence)
      : state_(state),
        talk_(state.talk),
        envelope_(envelope),
        message_(message),
        fence_(fence),
        pipelined_(state.capabilities.pipelining),
        flight_(pipelined_, state.reset_pending) {}

  Task<Attempt> Run();

 private:
  bool Prepare();
  bool WriteCommands();
  bool CannotSend(Phase phase, FailureClass why, Scope scope, std::string_view note);

  Task<Move> Offer();
  Task<void> SayFlight();
  absl::Duration LimitOf(Step step) const;

  Task<void> HandOver();
  Task<void> SendDot();
  Task<void> HearLate(absl::Status why);
  Task<void> SendLoneDot();
  Task<FenceAnswer> AskedFence();
  void AskFence();

  void Judged(Outcome outcome);
  void RelayFailed(Outcome outcome);
  void Stopped(FenceAnswer answer);

  SessionState& state_;
  Conversation& talk_;
  const Envelope& envelope_;
  const std::string_view message_;
  Fence& fence_;
  const bool pipelined_;
  Flight flight_;
  std::array<size_t, 5> command_begin_{};  // In state_.commands, by step; the last is the end.
  bool fence_asked_ = false, fence_answered_ = false;
  absl::Status silence_;  // Why the flight heard no reply.
  Attempt attempt_;
};

Task<Attempt> Transaction::Run() {
  attempt_.start_time = state_.clock.Now();
  if (state_.transactions > 0) talk_.Forget();
  talk_.End();  // Idle time is no phase's.
  if (Prepare()) {
    ++state_.transactions;
    const Move move = co_await Offer();
    if (move == Move::kBody) {
      co_await HandOver();
    } else if (move == Move::kLost) {
      const std::optional<Flight::Answer>& answer = flight_.failure();
      RelayFailed(answer ? Judge(answer->phase, answer->reply)
                         : JudgeSilence(PhaseOf(flight_.step()), ClassOf(silence_)));
      attempt_.stale = state_.transactions > 1 && talk_.phase() == Phase::kMail &&
                       attempt_.outcome.failure_class != FailureClass::kTimeout;
    } else {
      if (move == Move::kLoneDot) co_await SendLoneDot();
      Judged(Judge(flight_.refusal()->phase, flight_.refusal()->reply));
      if (!flight_.in_step()) talk_.Close();
    }
    // Whoever asks, listens: the answer finds somebody waiting, however the relay behaved
    // meanwhile.
    if (fence_asked_ && !fence_answered_) co_await AskedFence();
  }
  crypto::Wipe(state_.body);
  state_.Describe(attempt_);
  co_return std::move(attempt_);
}

// Writes the flight and the body before a byte leaves. False, and the message is judged, if this
// relay cannot be given it.
bool Transaction::Prepare() {
  const Capabilities& offered = state_.capabilities;
  state_.body.clear();
  if (!AppendBody(state_.body, message_).ok()) {
    return CannotSend(Phase::kBody, FailureClass::kProtocolError, Scope::kMessage,
                      "(bare CR or LF in the message)");
  }
  if (envelope_.needs_smtputf8 && !offered.smtputf8) {
    return CannotSend(Phase::kMail, FailureClass::kUtf8Unsupported, Scope::kRecipient,
                      "(SMTPUTF8 is not offered)");
  }
  // RFC 1870 6.1: a message that is too large is not even offered.
  if (offered.size_max > 0 && MessageBytes(message_) > offered.size_max) {
    return CannotSend(Phase::kMail, FailureClass::kTooLarge, Scope::kMessage,
                      "(larger than the relay's SIZE)");
  }
  return WriteCommands();
}

bool Transaction::WriteCommands() {
  const Capabilities& offered = state_.capabilities;
  MailParameters parameters;
  parameters.size = offered.size;
  parameters.size_bytes = MessageBytes(message_);
  parameters.smtputf8 = envelope_.needs_smtputf8;
  if (HasEightBit(message_)) {
    // RFC 6531 3.1: SMTPUTF8 is never offered without 8BITMIME, so a relay that forgot to say so is
    // believed.
    if (!offered.eight_bit_mime && !parameters.smtputf8) {
      return CannotSend(Phase::kMail, FailureClass::kOther, Scope::kMessage,
                        "(8BITMIME is not offered)");
    }
    parameters.eight_bit = offered.eight_bit_mime;
  }
  std::string& out = state_.commands;
  out = "RSET\r\n";
  command_begin_[1] = out.size();
  if (!AppendMail(out, envelope_.mail_from, parameters).ok()) {
    return CannotSend(Phase::kMail, FailureClass::kSenderRejected, Scope::kMessage,
                      "(unusable return path)");
  }
  command_begin_[2] = out.size();
  if (!AppendRcpt(out, envelope_.rcpt_to, envelope_.needs_smtputf8).ok()) {
    return CannotSend(Phase::kRcpt, FailureClass::kInvalidRecipient, Scope::kRecipient,
                      "(unusable recipient)");
  }
  command_begin_[3] = out.size();
  out += "DATA\r\n";
  command_begin_[4] = out.size();
  const std::string_view recipient = envelope_.rcpt_to;
  talk_.transcript().Conceal(recipient.substr(0, recipient.rfind('@')));
  return true;
}

bool Transaction::CannotSend(Phase phase, FailureClass why, Scope scope, std::string_view note) {
  talk_.transcript().Note(note);
  attempt_.ending = Ending::kJudged;
  attempt_.outcome.verdict = Verdict::kBounced;
  attempt_.outcome.phase = phase;
  attempt_.outcome.failure_class = why;
  attempt_.outcome.scope = scope;
  return false;
}

// RSET if need be, MAIL, RCPT, DATA: all at once, or each after the reply to the one before.
Task<Move> Transaction::Offer() {
  state_.reset_pending = false;
  Move move = flight_.Begin();
  while (move == Move::kSend || move == Move::kHear) {
    const Step step = flight_.step();
    talk_.Begin(PhaseOf(step), LimitOf(step));
    if (move == Move::kSend) {
      if (talk_.HeardUnasked()) {
        // A reply before its command: every later one would be taken for the wrong thing.
        silence_ = absl::InvalidArgumentError("reply before the command");
        talk_.transcript().Note("(reply before the command)");
        co_return flight_.TakeSilence();
      }
      co_await SayFlight();
    }
    const absl::StatusOr<Reply> reply = co_await talk_.Hear();
    if (!reply.ok()) silence_ = reply.status();
    move = reply.ok() ? flight_.Take(*reply) : flight_.TakeSilence();
    // The fence's round trip hides behind DATA's.
    if (move == Move::kSend && flight_.recipient_accepted()) AskFence();
  }
  co_return move;
}

Task<void> Transaction::SayFlight() {
  const auto first = static_cast<size_t>(flight_.step());
  const size_t last = pipelined_ ? 3 : first;
  const std::string_view commands = state_.commands;
  for (size_t step = first; step <= last; ++step) {
    const size_t begin = command_begin_[step];
    talk_.transcript().Client(commands.substr(begin, command_begin_[step + 1] - begin - 2));
  }
  const size_t begin = command_begin_[first];
  // If this fails, the reply that is heard next says more, or its absence does.
  [[maybe_unused]] const absl::Status said =
      co_await talk_.Say(commands.substr(begin, command_begin_[last + 1] - begin));
}

absl::Duration Transaction::LimitOf(Step step) const {
  switch (step) {
    case Step::kRset:
    case Step::kMail:
      return state_.limits.mail;
    case Step::kRcpt:
      return state_.limits.rcpt;
    case Step::kData:
      return state_.limits.data;
  }
  return state_.limits.mail;
}

// The relay waits for the message. Up to the dot it holds nothing, so nothing that goes wrong here
// leaves a doubt.
Task<void> Transaction::HandOver() {
  AskFence();
  const absl::Duration left = envelope_.deadline - state_.clock.Now();
  talk_.Begin(Phase::kBody, std::min(state_.limits.body, left));
  absl::Status status;
  if (!talk_.HeardUnasked()) {
    talk_.transcript().Client(absl::StrCat("(", message_.size(), " bytes)"));
    status = co_await talk_.Say(state_.body);
  }
  FenceAnswer answer = co_await AskedFence();
  if (answer == FenceAnswer::kPass && state_.clock.Now() >= envelope_.deadline)
    answer = FenceAnswer::kExpired;
  if (answer != FenceAnswer::kPass) {
    Stopped(answer);
  } else if (!status.ok() || talk_.Stale()) {
    // No reply is due before the dot: the relay has broken off, or speaks out of turn. One that
    // says yes here would be taken at its word after the dot.
    co_await HearLate(status);
  } else {
    co_await SendDot();
  }
}

// From the first byte of the dot until a complete reply is heard, only the relay knows whether it
// has the message (RFC 1047).
Task<void> Transaction::SendDot() {
  talk_.Begin(Phase::kDot, std::min(state_.limits.dot, envelope_.dot_limit));
  talk_.transcript().Client(".");
  attempt_.dot_sent = true;
  const absl::Status said = co_await talk_.Say(kFinalDot);
  const absl::StatusOr<Reply> reply = co_await talk_.Hear();
  if (!reply.ok()) {
    Judged(JudgeSilence(Phase::kDot, ClassOf(reply.status())));
    talk_.Close();
    co_return;
  }
  Outcome outcome = Judge(Phase::kDot, *reply);
  if (!said.ok() && outcome.verdict == Verdict::kAccepted) {
    // A yes to a dot that may not have arrived whole is no yes.
    outcome = JudgeSilence(Phase::kDot, FailureClass::kProtocolError);
    outcome.reply = *reply;
  }
  const bool closing = !said.ok() || reply->code == 421 || outcome.verdict == Verdict::kUncertain;
  Judged(std::move(outcome));
  if (closing) talk_.Close();
}

// The relay broke off before the dot; `why` is the error of the write, if that failed. What it says
// in parting is the answer if it is a refusal (RFC 5321 4.5.4.2 has relays refuse large messages
// so); heard once, and briefly.
Task<void> Transaction::HearLate(absl::Status why) {
  talk_.Begin(Phase::kBody, std::min(state_.limits.body, kLateReplyLimit));
  const absl::StatusOr<Reply> reply = co_await talk_.Hear();
  if (!reply.ok()) {
    RelayFailed(JudgeSilence(Phase::kBody, ClassOf(why.ok() ? reply.status() : why)));
    co_return;
  }
  Outcome outcome = Judge(Phase::kBody, *reply);
  const bool refused = (reply->Transient() || reply->Permanent()) && reply->code != 421;
  if (refused) {
    Judged(std::move(outcome));
    talk_.Close();
  } else {
    RelayFailed(std::move(outcome));
  }
}

// RFC 2920 3.1: RCPT was refused but DATA was not. The dot ends a message to nobody; its reply
// changes nothing.
Task<void> Transaction::SendLoneDot() {
  talk_.Begin(Phase::kData, state_.limits.data);
  talk_.transcript().Client(".");
  const absl::Status said = co_await talk_.Say(kFinalDot);
  const absl::StatusOr<Reply> reply = co_await talk_.Hear();
  if (!said.ok() || !reply.ok() || reply->code == 421) talk_.Close();
}

void Transaction::AskFence() {
  if (!fence_asked_) fence_.Ask();
  fence_asked_ = true;
}

Task<FenceAnswer> Transaction::AskedFence() {
  fence_answered_ = true;
  const FenceAnswer answer = co_await fence_.Answer();
  co_return answer;
}

void Transaction::Judged(Outcome outcome) {
  attempt_.ending = Ending::kJudged;
  attempt_.outcome = std::move(outcome);
  state_.reset_pending = attempt_.outcome.verdict != Verdict::kAccepted;
}

void Transaction::RelayFailed(Outcome outcome) {
  attempt_.ending = Ending::kRelayFailed;
  attempt_.outcome = std::move(outcome);
  talk_.Close();
}

void Transaction::Stopped(FenceAnswer answer) {
  attempt_.ending = Ending::kStopped;
  attempt_.fence = answer;
  attempt_.outcome = Outcome();
  talk_.transcript().Note("(stopped before the dot)");
  talk_.Close();
}

}  // namespace

Session::Session() = default;

Session::~Session() { Close(); }

Task<Attempt> Session::Send(const Envelope& envelope, std::string_view message, Fence& fence) {
  Transaction transaction(*impl_, envelope, message, fence);
  Attempt attempt = co_await transaction.Run();
  co_return attempt;
}

bool Session::Usable() { return impl_->talk.open() && !impl_->talk.Stale(); }

int Session::transactions() const { return impl_->transactions; }

const Capabilities& Session::capabilities() const { return impl_->capabilities; }

bool Session::tls_downgraded() const { return impl_->tls_downgraded; }

Task<void> Session::Quit() {
  if (impl_->talk.open()) {
    impl_->talk.Begin(Phase::kMail, kQuitLimit);
    const absl::Status said = co_await impl_->talk.Say("QUIT\r\n");
    if (said.ok()) {
      [[maybe_unused]] const absl::StatusOr<Reply> bye = co_await impl_->talk.Hear();
    }
  }
  Close();
}

void Session::Close() { impl_->talk.Close(); }

}  // namespace posthaste::smtp
