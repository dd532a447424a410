#include "smtp/sender.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "base/mailbox.h"
#include "smtp/again_dialer.h"
#include "smtp/alarm.h"
#include "smtp/attempt_metrics.h"
#include "smtp/dialer.h"
#include "smtp/outcome_rules.h"
#include "smtp/site_fault.h"

namespace posthaste::smtp {
namespace {

// When to ask a busy relay again that cannot say so itself.
constexpr absl::Duration kBusyWait = absl::Seconds(1);
// How often idle sessions are looked through.
constexpr std::chrono::seconds kTendEvery{1};
// How often a message is offered to relays that have only one session too many.
constexpr int kRounds = 3;
constexpr std::chrono::seconds kProbeWait{1};  // For a place among the sessions.

// A session that was used before and says nothing to RSET or MAIL: a middlebox has forgotten it, or
// the relay stumbles over RSET. Not `stale`, for a fresh one may be as silent; but it told nothing
// of the message, so that a fresh one is tried first.
bool SilentAtMail(const Attempt& attempt) {
  return attempt.ending == Ending::kRelayFailed && !attempt.dot_sent &&
         attempt.outcome.phase == Phase::kMail;
}

// One message on one relay.
class Transaction {
 public:
  // `address`: where the relay is to be reached, if it can be; "" = anywhere. `spare`: the site has
  // further hosts for this message.
  Transaction(Lane& lane, Lane::Permit& permit, const Clock& clock, std::string address, bool spare)
      : lane_(lane),
        governor_(lane.relay().governor()),
        permit_(permit),
        clock_(clock),
        address_(std::move(address)),
        spare_(spare) {}

  Task<Attempt> Run(const Envelope& envelope, std::string_view message, FenceFactory& fences);
  // Whether it had only one session too many.
  bool crowded() const { return crowded_; }

 private:
  Task<bool> Open(Progress* progress, Attempt* failed);

  Lane& lane_;
  Governor& governor_;
  Lane::Permit& permit_;
  const Clock& clock_;
  const std::string address_;
  const bool spare_;
  bool by_data_ = false;  // Sent again because BDAT was refused: once.
  bool crowded_ = false;
};

Task<bool> Transaction::Open(Progress* progress, Attempt* failed) {
  const RelayOptions& options = lane_.relay().options();
  AgainDialer again(lane_.dialer(), address_, clock_);
  std::unique_ptr<Session> session = co_await Session::Open(
      again, clock_, options.host, options.port, options.session, failed, progress);
  if (session == nullptr) {
    // That a site is dead only the last of its hosts can tell.
    const bool unreachable = FaultAtOpening(failed->outcome) == SiteFault::kUnreachable;
    if (unreachable) options.session.memory->NoteUnreachable(clock_.Steady());
    if (!spare_ || !unreachable) crowded_ = governor_.OpenFailed(failed->outcome);
    co_return false;
  }
  options.session.memory->NoteReached();
  governor_.Opened();
  ShowCertificate(options, session->tls());
  permit_.connection =
      std::make_unique<Connection>(std::move(*permit_.slot), std::move(session), clock_.Steady());
  permit_.slot.reset();
  co_return true;
}

Task<Attempt> Transaction::Run(const Envelope& envelope, std::string_view message,
                               FenceFactory& fences) {
  if (permit_.connection != nullptr && !address_.empty() &&
      permit_.connection->session().address() != address_) {
    permit_.slot = std::make_unique<Slot>(std::move(*permit_.connection).GiveUp());
    permit_.connection.reset();
  }
  bool reused = permit_.connection != nullptr;
  while (true) {
    Attempt attempt;
    if (permit_.connection == nullptr) {
      const bool open = co_await Open(envelope.progress.get(), &attempt);
      if (!open) co_return attempt;
    }
    const std::unique_ptr<Fence> fence = fences();
    Attempt sent = co_await permit_.connection->session().Send(envelope, message, *fence);
    attempt = std::move(sent);
    const bool by_data = attempt.chunking_refused && !by_data_;
    if ((reused && (attempt.stale || SilentAtMail(attempt))) || by_data) {
      reused = false;
      by_data_ = attempt.chunking_refused;
      permit_.slot = std::make_unique<Slot>(std::move(*permit_.connection).GiveUp());
      permit_.connection.reset();
      continue;
    }
    if (attempt.ending != Ending::kStopped) governor_.Judged(attempt.outcome);
    lane_.pool().Put(std::move(permit_.connection), clock_.Steady());
    co_return attempt;
  }
}

}  // namespace

bool MayTryNext(const Attempt& attempt) {
  if (attempt.dot_sent) return false;
  if (attempt.ending == Ending::kRelayFailed) return true;
  if (attempt.ending != Ending::kJudged) return false;
  const Outcome& outcome = attempt.outcome;
  // Refused by us, because of what this relay does not offer; another may.
  const bool not_offered = outcome.failure_class == FailureClass::kUtf8Unsupported ||
                           outcome.failure_class == FailureClass::kTooLarge;
  if (outcome.reply.code == 0 && not_offered) return true;
  // Our address is on a list of this relay's; another relay is spoken to, or speaks, from another.
  if (outcome.failure_class == FailureClass::kIpReputation && outcome.scope == Scope::kSource) {
    return true;
  }
  if (outcome.verdict != Verdict::kDeferred) return false;
  if (outcome.scope == Scope::kSite) return true;
  // Another relay has other credentials and other TLS, but our domain's papers are the same
  // everywhere.
  return outcome.scope == Scope::kConfig && (outcome.failure_class == FailureClass::kAuthFailed ||
                                             outcome.failure_class == FailureClass::kTlsFailure);
}

DialerFactory TcpDialers(Loop& loop) {
  auto by_ca_file = std::make_shared<std::map<std::string, std::shared_ptr<TlsClient>>>();
  return [&loop, by_ca_file](const RelayOptions& options) -> std::unique_ptr<Dialer> {
    std::shared_ptr<TlsClient>& tls = (*by_ca_file)[options.ca_file];
    // Reading the system's authorities takes most of a tenth of a second.
    const bool needed = options.session.tls != TlsLevel::kNone || options.session.implicit_tls;
    if (needed && tls == nullptr) {
      absl::StatusOr<std::shared_ptr<TlsClient>> created = TlsClient::Create(options.ca_file);
      if (created.ok()) tls = *std::move(created);
    }
    return std::make_unique<TcpDialer>(loop, tls, options.allow_private, options.addresses);
  };
}

Sender::Sender(Loop& loop, const Clock& clock, DialerFactory dialers)
    : loop_(loop),
      clock_(clock),
      dialers_(std::move(dialers)),
      wake_(std::make_shared<asio::steady_timer>(loop)) {
  rules::Prepare();
}

Sender::~Sender() {
  for (auto& [relay, lane] : lanes_) {
    lane->set_on_idle(nullptr);
    lane->pool().set_on_retired(nullptr);
    lane->Stop();
  }
}

Lane& Sender::LaneOf(const std::shared_ptr<Relay>& relay) {
  std::shared_ptr<Lane>& lane = lanes_[relay.get()];
  if (lane == nullptr) {
    lane = Lane::Create(loop_, clock_, relay, dialers_(relay->options()));
    lane->set_on_idle([this] {
      if (draining_) Wake();
    });
    if (tended_) lane->pool().set_on_retired([this] { Wake(); });
  }
  return *lane;
}

// One message on its way through the relays.
struct Sender::Errand {
  const Envelope& envelope;
  const std::string_view message;
  FenceFactory& fences;
  const Urgency urgency;
  const absl::Time deadline;
  Sent sent;
  absl::Time again = absl::InfiniteFuture();  // When a relay may be had, of those that would not.
  bool untried = false;                       // A relay of the route could not be had.
  size_t hosts_left = 0;                      // Exchangers of the site behind this one.
};

Task<Sender::Next> Sender::Try(std::shared_ptr<Relay> relay, Errand& errand) {
  const bool direct = relay->options().direct;
  Task<Next> trying =
      direct ? TryDirect(std::move(relay), errand) : TryHost(std::move(relay), errand);
  co_return co_await std::move(trying);
}

// The exchangers in their order: as with relays, but the next only where the first holds nothing.
// Those that could not be reached lately come last.
Task<Sender::Next> Sender::TryDirect(std::shared_ptr<Relay> relay, Errand& errand) {
  const absl::Time now = clock_.Now();
  if (draining_ || now >= errand.deadline || exchangers_ == nullptr) co_return Next::kStop;
  // An operator's hold; sites have breakers of their own.
  const absl::Time reopens = relay->governor().ReopenTime();
  if (reopens > now) {
    errand.again = std::min(errand.again, reopens);
    errand.untried = true;
    co_return Next::kNextRelay;
  }
  const absl::StatusOr<Mailbox> recipient = ParseMailbox(errand.envelope.rcpt_to);
  if (!recipient.ok()) co_return Next::kStop;  // The session would refuse it, too.
  const absl::Duration left = std::min(errand.deadline - now, absl::Hours(24));
  const SteadyTime limit = clock_.Steady() + absl::ToChronoNanoseconds(left);
  Exchangers found =
      co_await exchangers_(relay, recipient->ascii_domain, errand.envelope.again_address, limit);
  if (found.hosts.empty()) {
    found.failed.start_time = now;
    CountAttempt(found.failed);
    const bool next = MayTryNext(found.failed);
    errand.sent.attempts.push_back(std::move(found.failed));
    co_return next ? Next::kNextRelay : Next::kDecided;
  }
  // Where all of them are away their order stands.
  std::stable_partition(found.hosts.begin(), found.hosts.end(),
                        [now = clock_.Steady()](const std::shared_ptr<Relay>& host) {
                          return !host->options().session.memory->Unreachable(now);
                        });
  bool crowded = false;
  errand.hosts_left = found.hosts.size();
  for (const std::shared_ptr<Relay>& host : found.hosts) {
    --errand.hosts_left;
    const Next next = co_await TryHost(host, errand);
    if (next == Next::kDecided || next == Next::kStop) co_return next;
    crowded = crowded || next == Next::kCrowded;
  }
  co_return crowded ? Next::kCrowded : Next::kNextRelay;
}

Task<Sender::Next> Sender::TryHost(std::shared_ptr<Relay> relay, Errand& errand) {
  const absl::Time now = clock_.Now();
  if (draining_ || now >= errand.deadline) co_return Next::kStop;
  const std::shared_ptr<Lane> lane = LaneOf(relay).shared_from_this();
  const absl::Duration left = std::min(errand.deadline - now, absl::Hours(24));
  const SteadyTime limit = clock_.Steady() + absl::ToChronoNanoseconds(left);
  Lane::Permit permit = co_await lane->Acquire(errand.urgency, limit);
  if (permit.answer != Governor::Answer::kGranted) {
    absl::Time retry = clock_.Now() + kBusyWait;
    if (permit.retry_at != SteadyTime::max()) {
      retry = clock_.Now() + absl::FromChrono(permit.retry_at - clock_.Steady());
    }
    errand.again = std::min(errand.again, retry);
    errand.untried = true;
    co_return Next::kNextRelay;
  }
  if (clock_.Now() >= errand.deadline) co_return Next::kStop;
  const bool again = relay->options().id == errand.envelope.again_relay;
  std::string address = again ? errand.envelope.again_address : std::string();
  Transaction transaction(*lane, permit, clock_, std::move(address), errand.hosts_left > 0);
  Attempt attempt = co_await transaction.Run(errand.envelope, errand.message, errand.fences);
  permit.Release();
  CountAttempt(attempt);
  RaiseAlarms(attempt);
  const bool next = MayTryNext(attempt);
  errand.sent.attempts.push_back(std::move(attempt));
  if (!next) co_return Next::kDecided;
  errand.again = std::min(errand.again, relay->governor().ReopenTime());
  co_return transaction.crowded() ? Next::kCrowded : Next::kNextRelay;
}

Task<Sent> Sender::Send(const std::vector<std::shared_ptr<Relay>>& relays, const Envelope& envelope,
                        std::string_view message, FenceFactory& fences, Urgency urgency,
                        absl::Time deadline) {
  Errand errand{envelope, message, fences, urgency, deadline};
  std::vector<std::shared_ptr<Relay>> left = relays;
  for (int round = 0; round < kRounds && !left.empty(); ++round) {
    std::vector<std::shared_ptr<Relay>> crowded;
    for (const std::shared_ptr<Relay>& relay : left) {
      const Next next = co_await Try(relay, errand);
      if (next == Next::kDecided) co_return std::move(errand.sent);
      if (next == Next::kStop) break;
      if (next == Next::kCrowded) crowded.push_back(relay);
    }
    left = std::move(crowded);
  }
  Sent sent = std::move(errand.sent);
  // What a relay holds against our address is no reason to give up while another, with another
  // address, only could not be had now.
  const bool refused = !sent.attempts.empty() && sent.attempts.back().ending == Ending::kJudged &&
                       sent.attempts.back().outcome.verdict == Verdict::kBounced &&
                       sent.attempts.back().outcome.scope == Scope::kSource;
  if (refused && errand.untried) sent.attempts.back().outcome.verdict = Verdict::kDeferred;
  if (errand.again < absl::InfiniteFuture()) sent.not_before = errand.again;
  co_return sent;
}

Task<Probed> Sender::Probe(std::shared_ptr<Relay> relay) {
  const std::shared_ptr<Lane> lane = LaneOf(relay).shared_from_this();
  Governor& governor = relay->governor();
  Lane::Permit permit = co_await lane->Acquire(Urgency::kCode, clock_.Steady() + kProbeWait);
  const bool granted = permit.answer == Governor::Answer::kGranted;
  if (permit.connection != nullptr) {
    permit.slot = std::make_unique<Slot>(std::move(*permit.connection).GiveUp());
    permit.connection.reset();
  }
  const RelayOptions& options = relay->options();
  Probed probed;
  std::unique_ptr<Session> session = co_await Session::Open(
      lane->dialer(), clock_, options.host, options.port, options.session, &probed.attempt);
  if (session == nullptr) {
    if (granted) governor.OpenFailed(probed.attempt.outcome);
    co_return probed;
  }
  probed.passed = true;
  probed.attempt = session->HowOpened();
  ShowCertificate(options, session->tls());
  probed.capabilities = session->capabilities();
  if (!granted) {
    co_await session->Quit();
    governor.Reset();
    co_return probed;
  }
  governor.Opened();
  lane->pool().Put(
      std::make_unique<Connection>(std::move(*permit.slot), std::move(session), clock_.Steady()),
      clock_.Steady());
  permit.slot.reset();
  co_return probed;
}

std::vector<std::shared_ptr<Lane>> Sender::Lanes() const {
  std::vector<std::shared_ptr<Lane>> lanes;
  for (const auto& [relay, lane] : lanes_) lanes.push_back(lane);
  return lanes;
}

Task<void> Sender::Tend() {
  tended_ = true;
  for (auto& [relay, lane] : lanes_) lane->pool().set_on_retired([this] { Wake(); });
  while (!draining_) {
    bool waiting = true;
    const std::vector<std::shared_ptr<Lane>> lanes = Lanes();
    for (const std::shared_ptr<Lane>& lane : lanes) {
      lane->pool().Prune(clock_.Steady());
      waiting = waiting && !lane->pool().has_retired();
      std::vector<std::unique_ptr<Connection>> retired = lane->pool().TakeRetired();
      for (std::unique_ptr<Connection>& connection : retired) {
        co_await connection->session().Quit();
        connection.reset();
      }
      // Made again for the next message, if there is one: so that a relay which the configuration
      // has dropped is held by no loop.
      if (lane->idle() && lane->pool().empty() && !draining_) {
        lanes_.erase(&lane->relay());
      }
    }
    if (!waiting || draining_) continue;  // More may have come while QUIT was said.
    wake_->expires_after(kTendEvery);
    co_await wake_->async_wait(kAsTuple);
  }
}

Task<void> Sender::Drain(absl::Time deadline) {
  draining_ = true;
  const absl::Duration left = std::max(absl::ZeroDuration(), deadline - clock_.Now());
  const SteadyTime end =
      clock_.Steady() + absl::ToChronoNanoseconds(std::min(left, absl::Hours(24)));
  Wake();
  const std::vector<std::shared_ptr<Lane>> lanes = Lanes();
  for (const std::shared_ptr<Lane>& lane : lanes) lane->Stop();
  while (active() > 0) {
    const SteadyTime now = clock_.Steady();
    if (now >= end) break;
    wake_->expires_after(end - now);
    co_await wake_->async_wait(kAsTuple);
  }
  for (const std::shared_ptr<Lane>& lane : lanes) {
    lane->pool().set_on_retired(nullptr);
    lane->pool().Prune(clock_.Steady());
    while (!lane->pool().empty() && clock_.Steady() < end) {
      const std::unique_ptr<Connection> connection = lane->pool().Take();
      co_await connection->session().Quit();
    }
    lane->pool().GiveUpAll();
    lane->pool().TakeRetired();
  }
}

int Sender::active() const {
  int active = 0;
  for (const auto& [relay, lane] : lanes_) active += lane->active();
  return active;
}

void Sender::Wake() { wake_->cancel(); }

}  // namespace posthaste::smtp
