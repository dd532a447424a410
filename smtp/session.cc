// One transaction: MAIL, RCPT, the message, the fence, the dot.
#include "smtp/session.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "smtp/flight.h"
#include "smtp/offer.h"
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
        offer_(state.offer),
        envelope_(envelope),
        message_(message),
        fence_(fence) {}

  Task<Attempt> Run();

 private:
  bool Prepare();
  bool TakesDomain();
  bool Late() const { return state_.clock.Steady() >= envelope_.deadline; }
  absl::Duration Within(absl::Duration limit) const;

  Task<void> Converse();
  Task<Move> Propose(Flight& flight);
  Task<void> SayFlight(const Flight& flight);
  absl::Duration LimitOf(Step step) const;

  void Lost(const Flight& flight);
  Task<void> HandOver();
  Task<void> Finish(const absl::Status& said);
  Task<void> SendDot();
  Task<void> HearLate(const absl::Status& why);
  Task<void> SendLoneDot();
  Task<FenceAnswer> AskedFence();
  void AskFence();

  void Judged(Outcome outcome);
  void RelayFailed(Outcome outcome);
  void Stopped(FenceAnswer answer);

  SessionState& state_;
  Conversation& talk_;
  Offer& offer_;
  const Envelope& envelope_;
  const std::string_view message_;
  Fence& fence_;
  bool fence_asked_ = false, fence_answered_ = false;
  bool chunk_taken_ = false;  // Only BDAT LAST is missing.
  absl::Status silence_;      // Why the flight heard no reply.
  Attempt attempt_;
};

Task<Attempt> Transaction::Run() {
  attempt_.start_time = state_.clock.Now();
  if (state_.transactions > 0) talk_.Forget();
  talk_.End();  // Idle time is no phase's.
  if (Prepare()) {
    co_await Converse();
    // Whoever asks, listens: the answer finds somebody waiting, however the relay behaved
    // meanwhile.
    if (fence_asked_ && !fence_answered_) co_await AskedFence();
  }
  offer_.Wipe();
  state_.Describe(attempt_);
  co_return std::move(attempt_);
}

// Writes what there is to say before a byte of it leaves. False, and the attempt is told, if this
// session cannot be given the message.
bool Transaction::Prepare() {
  if (Late()) {
    attempt_.ending = Ending::kStopped;
    attempt_.fence = FenceAnswer::kExpired;
    talk_.transcript().Note("(too late to begin)");
    return false;
  }
  const std::optional<Offer::Hindrance> hindrance =
      offer_.Write(envelope_, message_, state_.capabilities,
                   !state_.memory->RefusesChunking(state_.clock.Steady()));
  if (hindrance) {
    talk_.transcript().Note(hindrance->note);
    attempt_.ending = Ending::kJudged;
    attempt_.outcome.verdict = Verdict::kBounced;
    attempt_.outcome.phase = hindrance->phase;
    attempt_.outcome.failure_class = hindrance->why;
    attempt_.outcome.scope = hindrance->scope;
    return false;
  }
  const std::string_view recipient = envelope_.rcpt_to;
  talk_.transcript().Conceal(recipient.substr(0, recipient.rfind('@')));
  if (TakesDomain()) return true;
  talk_.transcript().Note("(the relay takes no more domains on this connection)");
  RelayFailed(JudgeSilence(Phase::kMail, FailureClass::kOther));
  attempt_.stale = true;
  return false;
}

// RFC 9422: some relays bind a connection to the first domains that it names.
bool Transaction::TakesDomain() {
  const int domains_max = state_.capabilities.rcpt_domain_max;
  if (domains_max == 0) return true;
  std::string domain = envelope_.rcpt_to.substr(envelope_.rcpt_to.rfind('@') + 1);
  absl::AsciiStrToLower(&domain);
  state_.domains.insert(std::move(domain));
  return state_.domains.size() <= static_cast<size_t>(domains_max);
}

Task<void> Transaction::Converse() {
  ++state_.transactions;
  Flight::Kind kind;
  kind.pipelined = state_.capabilities.pipelining;
  kind.reset = std::exchange(state_.reset_pending, false);
  kind.chunked = offer_.chunked();
  Flight flight(kind);
  const Move move = co_await Propose(flight);
  const absl::Status said;  // A chunk has been answered, and so was heard.
  if (flight.chunking_refused()) {
    talk_.transcript().Note("(BDAT is refused although CHUNKING is offered)");
    state_.memory->NoteChunkingRefused(state_.clock.Steady());
  }
  switch (move) {
    case Move::kBody:
      co_await HandOver();
      co_return;
    case Move::kCommit:
      chunk_taken_ = true;
      co_await Finish(said);
      co_return;
    case Move::kLoneDot:
      co_await SendLoneDot();
      Judged(Judge(flight.refusal()->phase, flight.refusal()->reply));
      co_return;
    case Move::kRefused:
      Judged(Judge(flight.refusal()->phase, flight.refusal()->reply));
      if (!flight.in_step()) talk_.Close();
      co_return;
    default:
      Lost(flight);
  }
}

// RSET if need be, MAIL, RCPT, DATA or the chunk: all at once, or each after the reply to the one
// before.
Task<Move> Transaction::Propose(Flight& flight) {
  Move move = flight.Begin();
  while (move == Move::kSend || move == Move::kHear) {
    const Step step = flight.step();
    talk_.Begin(PhaseOf(step), Within(LimitOf(step)));
    if (move == Move::kSend) {
      if (talk_.HeardUnasked()) {
        // A reply before its command: every later one would be taken for the wrong thing.
        silence_ = absl::InvalidArgumentError("reply before the command");
        talk_.transcript().Note("(reply before the command)");
        co_return flight.TakeSilence();
      }
      co_await SayFlight(flight);
    }
    const absl::StatusOr<Reply> reply = co_await talk_.Hear();
    if (!reply.ok()) silence_ = reply.status();
    move = reply.ok() ? flight.Take(*reply) : flight.TakeSilence();
    // The fence's round trip hides behind DATA's or the chunk's. Where DATA has left already it
    // waits for DATA's answer: a pass that a stalling relay outlasts is a doubt for nothing.
    const bool hides = move == Move::kSend || (move == Move::kHear && offer_.chunked());
    if (hides && flight.recipient_accepted() && !flight.refusal()) AskFence();
  }
  co_return move;
}

Task<void> Transaction::SayFlight(const Flight& flight) {
  const bool pipelined = state_.capabilities.pipelining;
  const Step first = flight.step(), last = pipelined ? flight.last() : first;
  for (auto step = static_cast<size_t>(first); step <= static_cast<size_t>(last); ++step) {
    const bool skipped = static_cast<Step>(step) == Step::kData && offer_.chunked();
    if (!skipped) talk_.transcript().Client(offer_.Command(static_cast<Step>(step)));
  }
  if (last == Step::kChunk) {
    talk_.transcript().Client(absl::StrCat("(", message_.size(), " bytes)"));
  }
  // If this fails, the reply that is heard next says more, or its absence does.
  [[maybe_unused]] const absl::Status said = co_await talk_.Say(offer_.Bytes(first, last));
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
    case Step::kChunk:
      return state_.limits.body;
  }
  return state_.limits.mail;
}

// Nobody waits before the dot for longer than the message makes sense.
absl::Duration Transaction::Within(absl::Duration limit) const {
  if (envelope_.deadline == SteadyTime::max()) return limit;
  return std::min(limit, absl::FromChrono(envelope_.deadline - state_.clock.Steady()));
}

// No reply, or one that makes no sense here.
void Transaction::Lost(const Flight& flight) {
  if (absl::IsDeadlineExceeded(silence_) && Late()) return Stopped(FenceAnswer::kExpired);
  const std::optional<Flight::Answer>& answer = flight.failure();
  Outcome outcome = answer ? Judge(answer->phase, answer->reply)
                           : JudgeSilence(PhaseOf(flight.step()), ClassOf(silence_));
  // Out of step, or one command that is not known: nothing to hold against the relay.
  if (flight.lost_count() || flight.chunking_refused()) outcome.scope = Scope::kNone;
  RelayFailed(std::move(outcome));
  attempt_.chunking_refused = flight.chunking_refused();
  attempt_.stale = state_.transactions > 1 && talk_.phase() == Phase::kMail &&
                   attempt_.outcome.failure_class != FailureClass::kTimeout;
}

// The relay waits for the message. Up to the dot it holds nothing, so nothing that goes wrong here
// leaves a doubt.
Task<void> Transaction::HandOver() {
  AskFence();
  talk_.Begin(Phase::kBody, Within(state_.limits.body));
  absl::Status said;
  if (!talk_.HeardUnasked()) {
    talk_.transcript().Client(absl::StrCat("(", message_.size(), " bytes)"));
    said = co_await talk_.SayBody(offer_.body());
  }
  co_await Finish(said);
}

// The relay has the message but for its dot; `said` is what became of the write.
Task<void> Transaction::Finish(const absl::Status& said) {
  AskFence();
  FenceAnswer answer = co_await AskedFence();
  if (answer == FenceAnswer::kPass && Late()) answer = FenceAnswer::kExpired;
  if (answer != FenceAnswer::kPass) {
    Stopped(answer);
  } else if (!said.ok() || talk_.Stale()) {
    // No reply is due before the dot: the relay has broken off, or speaks out of turn. One that
    // says yes here would be taken at its word after the dot.
    co_await HearLate(said);
  } else {
    co_await SendDot();
  }
}

// From the first byte of the dot until a complete reply is heard, only the relay knows whether it
// has the message (RFC 1047).
Task<void> Transaction::SendDot() {
  talk_.Begin(Phase::kDot, std::min(state_.limits.dot, envelope_.dot_limit));
  const std::string_view commit = offer_.commit();
  talk_.transcript().Client(commit.substr(0, commit.size() - 2));
  attempt_.dot_sent = true;
  const absl::Status said = co_await talk_.Say(commit);
  const absl::StatusOr<Reply> reply = co_await talk_.Hear();
  if (!reply.ok()) {
    Judged(JudgeSilence(Phase::kDot, ClassOf(reply.status())));
    talk_.Close();
    co_return;
  }
  const std::optional<Reply> second = talk_.HeardBeside();
  Outcome outcome = JudgeDot(*reply, second, said.ok());
  const bool closing =
      !said.ok() || second || reply->code == 421 || outcome.verdict == Verdict::kUncertain;
  Judged(std::move(outcome));
  if (closing) talk_.Close();
}

// The relay broke off before the dot; `why` is the error of the write, if that failed. What it says
// in parting is the answer if it is a refusal (RFC 5321 4.5.4.2 has relays refuse large messages
// so); heard once, and briefly.
Task<void> Transaction::HearLate(const absl::Status& why) {
  talk_.Begin(Phase::kBody, std::min(state_.limits.body, kLateReplyLimit));
  const absl::StatusOr<Reply> reply = co_await talk_.Hear();
  if (!reply.ok()) {
    // The relay spoke or went before all was written: then what it said tells more.
    const bool broke_off = why.ok() || absl::IsAborted(why);
    RelayFailed(JudgeSilence(Phase::kBody, ClassOf(broke_off ? reply.status() : why)));
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
  const absl::Status said = co_await talk_.Say(offer_.commit());
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
  const bool accepted = attempt_.outcome.verdict == Verdict::kAccepted;
  // Worth remembering only where mail is taken in clear.
  if (accepted && std::exchange(state_.handshake_failed, false)) {
    state_.memory->NoteHandshakeFailed(state_.clock.Steady());
  }
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
  // A chunk is thrown away by RSET; a message that began after 354 only by closing.
  state_.reset_pending = chunk_taken_;
  if (!chunk_taken_) talk_.Close();
}

}  // namespace

Session::Session() = default;

Session::~Session() { Close(); }

Task<Attempt> Session::Send(const Envelope& envelope, std::string_view message, Fence& fence) {
  const Watched watched(impl_->talk, envelope.progress.get());
  Transaction transaction(*impl_, envelope, message, fence);
  Attempt attempt = co_await transaction.Run();
  co_return attempt;
}

const std::string& Session::address() const { return impl_->address; }

Attempt Session::HowOpened() const { return impl_->Described(); }

bool Session::Usable() { return impl_->talk.open() && !UsedUp() && !impl_->talk.Stale(); }

bool Session::UsedUp() const {
  const int mail_max = impl_->capabilities.mail_max;
  return mail_max > 0 && impl_->transactions >= mail_max;
}

int Session::transactions() const { return impl_->transactions; }

const Capabilities& Session::capabilities() const { return impl_->capabilities; }

const TlsFacts& Session::tls() const { return impl_->tls; }

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
