// Logging in: which mechanism, the exchange, and once more with a fresh token.
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/encoding.h"
#include "smtp/session_state.h"

namespace posthaste::smtp {
namespace {

// 18 bytes are 24 characters of base64: printable, and without a comma.
constexpr size_t kNonceBytes = 18;

// What became of one exchange.
struct Answer {
  absl::StatusOr<Reply> reply;  // The last. An error: none came, or what came cannot be trusted.
  bool token_refused = false;
};

class Authentication {
 public:
  Authentication(SessionState& state, const SessionOptions& options, const std::string& host,
                 uint16_t port)
      : state_(state), talk_(state.talk), options_(options) {
    login_.username = options.username;
    login_.secret = options.password;
    login_.has_token = options.tokens != nullptr;
    login_.channel = talk_.Binding();
    login_.host = host;
    login_.port = port;
  }

  Task<std::optional<Outcome>> Run();

 private:
  Task<bool> FetchToken();
  Task<Answer> TryAll();
  Task<Answer> Exchange(Mechanism mechanism);
  Outcome Judge(const Answer& answer) const;
  Outcome Ours(std::string_view note) const;

  SessionState& state_;
  Conversation& talk_;
  const SessionOptions& options_;
  Login login_;
};

Task<std::optional<Outcome>> Authentication::Run() {
  talk_.Begin(Phase::kAuth, state_.limits.auth);
  if (!MaySendCredentials(state_.tls, options_.auth_without_tls, state_.address)) {
    co_return Ours("(no credentials without verified TLS)");
  }
  std::optional<Answer> refused;  // The first token was.
  while (true) {
    if (login_.has_token) {
      const bool fetched = co_await FetchToken();
      if (!fetched)
        co_return OpeningFailed(Phase::kAuth, FailureClass::kAuthFailed, Scope::kConfig);
    }
    if (UsableMechanisms(state_.capabilities, options_.mechanisms, login_).empty()) {
      co_return Ours("(no AUTH mechanism that we may use is offered)");
    }
    Answer answer = co_await TryAll();
    std::optional<Outcome> outcome;
    if (answer.reply.ok() && answer.reply->Positive()) co_return outcome;
    // What was good when it was fetched may have run out since, or been renewed meanwhile.
    if (answer.token_refused && !refused) {
      talk_.transcript().Note("(once more with a fresh token)");
      refused = std::move(answer);
      continue;
    }
    // Some relays close after a refusal; that says nothing new.
    if (refused && !answer.reply.ok()) answer = *std::move(refused);
    outcome = Judge(answer);
    co_return outcome;
  }
}

Task<bool> Authentication::FetchToken() {
  absl::StatusOr<Secret> token = co_await options_.tokens->Token();
  if (token.ok() && !IsBearerToken(token->Reveal())) {
    token = absl::InvalidArgumentError("what the token's source gave is no bearer token");
  }
  if (!token.ok()) {
    talk_.transcript().Note(absl::StrCat("(no token: ", token.status().message(), ")"));
    co_return false;
  }
  login_.secret = *std::move(token);
  co_return true;
}

// The best mechanism; the next only where the relay does not know what it offers (RFC 4954 4: 504).
Task<Answer> Authentication::TryAll() {
  const std::vector<Mechanism> mechanisms =
      UsableMechanisms(state_.capabilities, options_.mechanisms, login_);
  for (size_t i = 0;; ++i) {
    Answer answer = co_await Exchange(mechanisms[i]);
    const bool unknown = answer.reply.ok() && answer.reply->code == 504;
    if (!unknown || i + 1 == mechanisms.size()) co_return answer;
  }
}

// The exchange up to its last reply, which is not a 334 that we have an answer to.
Task<Answer> Authentication::Exchange(Mechanism mechanism) {
  std::string nonce = Base64(options_.random->Bytes(kNonceBytes));
  AuthExchange exchange(mechanism, login_, state_.capabilities, std::move(nonce));
  absl::StatusOr<Secret> line = exchange.First();
  Answer answer{absl::FailedPreconditionError(line.status().message())};
  if (!line.ok()) co_return answer;
  std::string shown(line->Reveal().substr(0, line->Reveal().size() - 2));
  while (true) {
    answer.reply = absl::InvalidArgumentError("reply before the command");
    if (talk_.HeardUnasked()) co_return answer;
    talk_.transcript().Client(shown);
    crypto::Wipe(shown);
    shown = "***";
    absl::StatusOr<Reply> reply = co_await talk_.Ask(line->Reveal());
    const bool refused = reply.ok() && reply->Permanent();
    answer.token_refused = answer.token_refused || (NeedsToken(mechanism) && refused);
    const absl::Status proven =
        reply.ok() && reply->Positive() ? exchange.Finish() : absl::OkStatus();
    answer.reply = std::move(reply);
    if (!proven.ok()) answer.reply = proven;
    if (!answer.reply.ok() || answer.reply->code != 334) co_return answer;
    absl::StatusOr<std::optional<Secret>> next = exchange.Next(answer.reply->lines.back());
    if (!next.ok()) answer.reply = next.status();
    if (!next.ok() || !next->has_value()) co_return answer;
    line = **std::move(next);
  }
}

Outcome Authentication::Judge(const Answer& answer) const {
  if (answer.reply.ok()) {
    // 5xx: the credentials, or what we may do with them, are ours to mend; no message is to blame
    // (RFC 4954 6). 4xx will pass.
    const Scope scope = answer.reply->Permanent() ? Scope::kConfig : Scope::kSite;
    return OpeningRefused(Phase::kAuth, *answer.reply, FailureClass::kAuthFailed, scope);
  }
  const absl::Status& status = answer.reply.status();
  // Nobody should go on with a relay that is not the one that knows the password, nor with
  // credentials that cannot be said.
  if (absl::IsUnauthenticated(status) || absl::IsFailedPrecondition(status)) {
    return Ours(absl::StrCat("(", status.message(), ")"));
  }
  if (absl::IsInvalidArgument(status)) {
    talk_.transcript().Note(absl::StrCat("(", status.message(), ")"));
  }
  return JudgeSilence(Phase::kAuth, ClassOf(status));
}

// Something that an operator must mend, here or there.
Outcome Authentication::Ours(std::string_view note) const {
  talk_.transcript().Note(note);
  return OpeningFailed(Phase::kAuth, FailureClass::kAuthFailed, Scope::kConfig);
}

}  // namespace

Task<std::optional<Outcome>> Authenticate(SessionState& state, const SessionOptions& options,
                                          const std::string& host, uint16_t port) {
  Authentication authentication(state, options, host, port);
  std::optional<Outcome> outcome = co_await authentication.Run();
  co_return outcome;
}

}  // namespace posthaste::smtp
