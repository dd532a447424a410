// What a session keeps between its transactions. Private to session*.cc.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "smtp/conversation.h"
#include "smtp/offer.h"
#include "smtp/session.h"

namespace posthaste::smtp {

struct SessionState {
  SessionState(const Clock& clock, const SessionOptions& options)
      : clock(clock),
        relay(options.relay),
        limits(options.limits),
        memory(options.memory),
        talk(clock) {}

  // What every attempt on this session tells.
  void Describe(Attempt& attempt) {
    talk.End();
    attempt.relay = relay;
    attempt.address = address;
    attempt.tls = tls;
    attempt.tls_stripped = std::exchange(tls_stripped, false);
    attempt.phase_durations = talk.durations();
    attempt.transcript = talk.transcript().text();
  }

  Attempt Described() {
    Attempt attempt;
    Describe(attempt);
    return attempt;
  }

  const Clock& clock;
  const std::string relay;
  const PhaseLimits limits;
  const std::shared_ptr<RelayMemory> memory;
  Conversation talk;
  std::string address;  // As connected to; before that "host:port".
  TlsFacts tls;
  Capabilities capabilities;  // Of the last EHLO.
  bool tls_downgraded = false;
  bool tls_stripped = false;  // Not offered, though it was before; until an attempt has told it.
  bool handshake_failed = false;  // Of this session, and not in the memory yet.
  bool reset_pending =
      false;  // The last transaction failed: RSET goes before the next (RFC 5321 4.1.1.5).
  int transactions = 0;
  std::set<std::string> domains;  // Of recipients told so far, lower case; only with
                                  // RCPTDOMAINMAX.
  Offer offer;                    // Of the transaction under way.
};

// Why a session could not be opened: nothing was said, or nothing of use.
inline Outcome OpeningFailed(Phase phase, FailureClass why, Scope scope) {
  Outcome outcome = JudgeSilence(phase, why);
  outcome.scope = scope;
  return outcome;
}

// The relay does not want us. A 421 always means that it fails, not that something is wrong with
// our configuration; 3yz where none belongs is nonsense.
inline Outcome OpeningRefused(Phase phase, const Reply& reply, FailureClass why, Scope scope) {
  const bool failing = reply.code == 421;
  if (reply.Intermediate()) why = FailureClass::kProtocolError;
  Outcome outcome = OpeningFailed(phase, failing ? FailureClass::kConnectFailure : why,
                                  failing ? Scope::kSite : scope);
  outcome.reply = reply;
  return outcome;
}

// Logs in. Nothing = done. REQUIRES: options.username is not empty. `host` and `port` are the
// relay's, as it was asked for.
Task<std::optional<Outcome>> Authenticate(SessionState& state, const SessionOptions& options,
                                          const std::string& host, uint16_t port);

struct Session::Impl : SessionState {
  using SessionState::SessionState;
};

}  // namespace posthaste::smtp
