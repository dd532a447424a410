// Opening a session: connect, greeting, EHLO, STARTTLS, EHLO again; AUTH is in session_auth.cc.
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "smtp/command.h"
#include "smtp/session_state.h"

namespace posthaste::smtp {
namespace {

// What the options ask for, whatever the relay would like.
bool NeedsTls(TlsLevel level) {
  return level == TlsLevel::kRequired || level == TlsLevel::kVerified;
}

class Opening {
 public:
  Opening(SessionState& state, const SessionOptions& options, TlsLevel level)
      : state_(state), talk_(state.talk), options_(options), level_(level) {}

  // True if the session is open; else outcome() says why not, and the connection is closed.
  Task<bool> Run(Dialer& dialer, const std::string& host, uint16_t port);

  const Outcome& outcome() const { return outcome_; }

  // RFC 7435 3: some protection if possible, delivery in any case. Never with credentials, which go
  // to no unverified relay, and never where TLS comes before the first byte.
  bool MayGoOnInClear() const {
    return handshake_failed_ && level_ == TlsLevel::kOpportunistic && options_.username.empty() &&
           !options_.implicit_tls;
  }

 private:
  Task<bool> Connect(Dialer& dialer, const std::string& host, uint16_t port);
  Task<bool> Greeting();
  Task<bool> Ehlo();
  Task<bool> Helo(const Reply& to_ehlo);
  Task<bool> StartTls();
  Task<bool> Injected();
  Task<bool> Handshake();

  Task<absl::StatusOr<Reply>> Ask(std::string_view verb, std::string_view argument);
  bool Refused(const Reply& reply, FailureClass why, Scope scope);
  bool Silent(const absl::Status& status);

  SessionState& state_;
  Conversation& talk_;
  const SessionOptions& options_;
  const TlsLevel level_;
  bool handshake_failed_ = false;
  Outcome outcome_;
};

Task<bool> Opening::Run(Dialer& dialer, const std::string& host, uint16_t port) {
  bool ok = co_await Connect(dialer, host, port);
  if (ok && options_.implicit_tls) ok = co_await Handshake();
  if (ok) ok = co_await Greeting();
  if (ok) ok = co_await Ehlo();
  if (ok && !options_.implicit_tls) ok = co_await StartTls();
  if (ok && !options_.username.empty()) {
    std::optional<Outcome> refused = co_await Authenticate(state_, options_, host, port);
    ok = !refused;
    if (refused) outcome_ = *std::move(refused);
  }
  talk_.End();
  if (!ok) talk_.Close();
  co_return ok;
}

Task<bool> Opening::Connect(Dialer& dialer, const std::string& host, uint16_t port) {
  talk_.Begin(Phase::kConnect, state_.limits.connect);
  absl::StatusOr<std::unique_ptr<Stream>> stream =
      co_await dialer.Dial(host, port, talk_.deadline());
  if (!stream.ok()) {
    talk_.transcript().Note(absl::StrCat("(", stream.status().message(), ")"));
    co_return Silent(stream.status());
  }
  talk_.Attach(*std::move(stream));
  state_.address = talk_.Peer();
  co_return true;
}

Task<bool> Opening::Greeting() {
  talk_.Begin(Phase::kGreeting, state_.limits.greeting);
  const absl::StatusOr<Reply> reply = co_await talk_.Hear();
  if (!reply.ok()) co_return Silent(reply.status());
  if (!reply->Positive()) co_return Refused(*reply, FailureClass::kConnectFailure, Scope::kSite);
  co_return true;
}

Task<bool> Opening::Ehlo() {
  talk_.Begin(Phase::kEhlo, state_.limits.ehlo);
  const absl::StatusOr<Reply> reply = co_await Ask("EHLO", options_.ehlo_name);
  if (!reply.ok()) co_return Silent(reply.status());
  if (reply->Permanent()) {
    const bool spoken = co_await Helo(*reply);
    co_return spoken;
  }
  if (!reply->Positive()) co_return Refused(*reply, FailureClass::kConnectFailure, Scope::kSite);
  state_.capabilities = ParseEhlo(*reply, options_.ignored_extensions);
  co_return true;
}

// RFC 5321 3.2: a server that does not know EHLO is spoken to in the language of 1982, which has
// neither TLS nor AUTH.
Task<bool> Opening::Helo(const Reply& to_ehlo) {
  state_.capabilities = {};
  if (!options_.username.empty())
    co_return Refused(to_ehlo, FailureClass::kAuthFailed, Scope::kConfig);
  if (NeedsTls(level_)) co_return Refused(to_ehlo, FailureClass::kTlsFailure, Scope::kConfig);
  const absl::StatusOr<Reply> reply = co_await Ask("HELO", options_.ehlo_name);
  if (!reply.ok()) co_return Silent(reply.status());
  if (!reply->Positive()) co_return Refused(*reply, FailureClass::kConnectFailure, Scope::kSite);
  co_return true;
}

Task<bool> Opening::StartTls() {
  if (level_ == TlsLevel::kNone) co_return true;
  const SteadyTime now = state_.clock.Steady();
  if (!state_.capabilities.starttls) {
    if (state_.memory->OfferedTls(now)) {
      talk_.transcript().Note("(STARTTLS was offered before)");
      state_.tls_stripped = true;
    }
    if (!NeedsTls(level_)) co_return true;
    talk_.transcript().Note("(STARTTLS is not offered)");
    outcome_ = OpeningFailed(Phase::kStartTls, FailureClass::kTlsFailure, Scope::kConfig);
    co_return false;
  }
  state_.memory->NoteTlsOffered(now);
  talk_.Begin(Phase::kStartTls, state_.limits.starttls);
  const absl::StatusOr<Reply> reply = co_await Ask("STARTTLS", "");
  if (!reply.ok()) co_return Silent(reply.status());
  if (!reply->Positive()) {
    const bool refused = (reply->Transient() || reply->Permanent()) && reply->code != 421;
    if (refused && !NeedsTls(level_)) co_return true;
    co_return Refused(*reply, FailureClass::kTlsFailure,
                      reply->Permanent() ? Scope::kConfig : Scope::kNone);
  }
  if (talk_.Stale()) {
    const bool none = co_await Injected();
    co_return none;
  }
  const bool secure = co_await Handshake();
  if (!secure) co_return false;
  state_.capabilities = {};  // RFC 3207 4.2
  const bool spoken = co_await Ehlo();
  co_return spoken;
}

// Whatever comes between the 220 and the handshake came in clear from anybody, and must not be
// taken for the relay's (RFC 3207 6; CVE-2011-0411 and its many sisters). Unless it is just the end
// of the connection.
Task<bool> Opening::Injected() {
  bool injected = talk_.HeardUnasked();
  if (!injected) {
    const absl::StatusOr<Reply> heard = co_await talk_.Hear();
    injected = heard.ok() || talk_.HeardUnasked();
    if (!injected) co_return Silent(heard.status());
  }
  talk_.transcript().Note("(tls_injection: bytes before the handshake)");
  outcome_ = OpeningFailed(Phase::kStartTls, FailureClass::kTlsFailure, Scope::kSite);
  co_return false;
}

Task<bool> Opening::Handshake() {
  // For STARTTLS the phase is under way already: one limit for the command and the handshake.
  if (talk_.phase() != Phase::kStartTls) talk_.Begin(Phase::kStartTls, state_.limits.starttls);
  absl::Status status = co_await talk_.StartTls(options_.tls_name, level_ == TlsLevel::kVerified);
  const TlsFacts tls = talk_.Tls();
  if (status.ok() && level_ == TlsLevel::kVerified && !tls.verified) {
    status = absl::UnauthenticatedError("certificate not verified");
  }
  if (!status.ok()) {
    handshake_failed_ = true;
    talk_.transcript().Note(absl::StrCat("(handshake failed: ", status.message(), ")"));
    const bool bad_certificate = status.code() == absl::StatusCode::kUnauthenticated;
    outcome_ = OpeningFailed(Phase::kStartTls, FailureClass::kTlsFailure,
                             bad_certificate ? Scope::kConfig : Scope::kSite);
    co_return false;
  }
  state_.tls = tls;
  talk_.transcript().Note(
      absl::StrCat("(", tls.version, " ", tls.cipher, tls.verified ? ", verified)" : ")"));
  co_return true;
}

// Says one command and hears its reply.
Task<absl::StatusOr<Reply>> Opening::Ask(std::string_view verb, std::string_view argument) {
  if (talk_.HeardUnasked()) {
    talk_.transcript().Note("(reply before the command)");
    co_return absl::InvalidArgumentError("reply before the command");
  }
  std::string line;
  const absl::Status written = AppendCommand(line, verb, argument);
  if (!written.ok()) co_return written;
  talk_.transcript().Client(std::string_view(line).substr(0, line.size() - 2));
  absl::StatusOr<Reply> reply = co_await talk_.Ask(line);
  co_return reply;
}

bool Opening::Refused(const Reply& reply, FailureClass why, Scope scope) {
  outcome_ = OpeningRefused(talk_.phase(), reply, why, scope);
  return false;
}

bool Opening::Silent(const absl::Status& status) {
  outcome_ = JudgeSilence(talk_.phase(), ClassOf(status));
  return false;
}

}  // namespace

Task<std::unique_ptr<Session>> Session::Open(Dialer& dialer, const Clock& clock, std::string host,
                                             uint16_t port, const SessionOptions& options,
                                             Attempt* failed, Progress* progress) {
  const absl::Time start_time = clock.Now();
  std::unique_ptr<Session> session(new Session());
  session->impl_ = std::make_unique<Impl>(clock, options);
  Impl& state = *session->impl_;
  state.address = absl::StrCat(host, ":", port);
  std::optional<Watched> watched(std::in_place, state.talk, progress);

  // Where an address is to be used in clear if need be, one failed handshake an hour is enough.
  const bool clear = options.tls == TlsLevel::kOpportunistic && options.username.empty() &&
                     !options.implicit_tls && state.memory->HandshakeFails(clock.Steady());
  if (clear) state.talk.transcript().Note("(in clear: the handshake failed before)");
  state.tls_downgraded = clear;
  Opening opening(state, options, clear ? TlsLevel::kNone : options.tls);
  bool open = co_await opening.Run(dialer, host, port);
  Outcome outcome = opening.outcome();
  if (!open && opening.MayGoOnInClear()) {
    state.talk.transcript().Note("(once more in clear, on a new connection)");
    state.tls_downgraded = true;
    state.handshake_failed = true;
    Opening in_clear(state, options, TlsLevel::kNone);
    open = co_await in_clear.Run(dialer, host, port);
    outcome = in_clear.outcome();
  }
  if (open) co_return session;

  *failed = Attempt();
  failed->ending = Ending::kRelayFailed;
  failed->outcome = std::move(outcome);
  failed->start_time = start_time;
  state.Describe(*failed);
  watched.reset();  // Before what it watches.
  session.reset();
  co_return session;
}

}  // namespace posthaste::smtp
