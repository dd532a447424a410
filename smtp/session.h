// One SMTP connection to a relay, and the transactions on it (RFC 5321, client side).
//
// The session speaks; it does not judge. It says in which phase a transaction ended and with which
// reply, and outcome.h decides what that means. Flights: with CHUNKING (RFC 3030) MAIL, RCPT and
// the whole message as one chunk leave together, and BDAT LAST follows; else MAIL, RCPT and DATA
// leave together (RFC 2920), then the message, then its dot. "The dot" is whichever of the two
// makes the relay take the message on. The fence is asked when RCPT is accepted, behind the chunk
// or a DATA that is still to be sent; where DATA left with RCPT, when DATA is accepted too. Not
// before: its yes is a durable mark that the dot may be out, which a message that is refused, or
// held up before its body, must not leave behind. Nothing is ever pipelined after the dot.
//
// Deliberately missing: several recipients (one job = one recipient), and conversion of 8-bit
// messages to 7-bit for relays without 8BITMIME: our composer writes 7-bit, so such a message is
// refused here instead (RFC 6152 3 allows either).
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/secret.h"
#include "base/task.h"
#include "smtp/auth.h"
#include "smtp/capabilities.h"
#include "smtp/envelope.h"
#include "smtp/outcome.h"
#include "smtp/phase.h"
#include "smtp/progress.h"
#include "smtp/relay_memory.h"
#include "smtp/reply.h"
#include "smtp/stream.h"
#include "smtp/token.h"
#include "smtp/transcript.h"

namespace posthaste::smtp {

// How to greet one relay. Values only; shared by all its sessions.
struct SessionOptions {
  std::string relay;      // Its id in the configuration; for logs and metrics.
  std::string tls_name;   // SNI and the name that must be in the certificate.
  std::string ehlo_name;  // Ours, a domain name or address literal.
  TlsLevel tls = TlsLevel::kVerified;
  // Port 465 (RFC 8314): TLS from the first byte at any level, never in clear instead.
  bool implicit_tls = false;
  std::string username;  // Empty = no AUTH.
  Secret password;       // Or:
  std::shared_ptr<TokenSource> tokens;
  std::vector<Mechanism> mechanisms = DefaultMechanisms();
  Random* random = &SystemRandom();  // Of nonces. Outlives the sessions.
  bool auth_without_tls = false;     // Only for a relay on loopback.
  // EHLO keywords that we act as if they were not offered. Upper case.
  std::vector<std::string> ignored_extensions;
  std::shared_ptr<RelayMemory> memory = std::make_shared<RelayMemory>();
  PhaseLimits limits;
};

// The last question before the dot: may this message still be handed over? Asked once per
// transaction.
enum class FenceAnswer : uint8_t {
  kPass,         // The intent to send the dot is durable.
  kCancelled,    // Cancelled or superseded meanwhile.
  kExpired,      // The deadline has passed.
  kLost,         // The lease is not ours any more.
  kUnavailable,  // The store did not answer: no dot may be sent.
};

class Fence {
 public:
  virtual ~Fence() = default;

  // Sends the question; returns at once.
  virtual void Ask() = 0;

  // Waits for the answer, within a bound of its own. REQUIRES: Ask() was called. Once it was,
  // Send() awaits the answer exactly once before it returns, also when the relay has failed
  // meanwhile.
  virtual Task<FenceAnswer> Answer() = 0;
};

// How a transaction ended.
enum class Ending : uint8_t {
  // `outcome` says what the relay's answer, or its silence after the dot, means for the message.
  kJudged,
  // The relay failed before the dot (lost, 421, nonsense). It holds nothing: another may be tried
  // at once.
  kRelayFailed,
  // The fence said no. Nothing was handed over.
  kStopped,
};

// One attempt, whole: what operators read, and what the worker decides on.
struct Attempt {
  Ending ending = Ending::kRelayFailed;
  Outcome outcome;  // kJudged and kRelayFailed: the phase, reply, class and scope.
  FenceAnswer fence = FenceAnswer::kPass;  // kStopped: why.
  bool dot_sent = false;  // From the moment that the write of the message's dot began.
  // kRelayFailed, on a session that had carried other transactions, before the relay took this one
  // up: the connection had ended while idle, or the relay closes after so many messages, or it
  // takes no more domains on one connection (RFC 9422). No failure of the relay's: open another
  // session at once.
  bool stale = false;
  // kRelayFailed: the relay offers CHUNKING and does not know BDAT. Noted in the options' memory;
  // open another session at once, which will use DATA.
  bool chunking_refused = false;
  // The relay offered STARTTLS before and not when this session was opened: its doing, or that of
  // somebody in between. Told once a session.
  bool tls_stripped = false;
  std::string relay, address;
  TlsFacts tls;
  absl::Time start_time;
  // Zero for phases that did not happen. Those of opening the session are told by its first
  // transaction.
  std::array<absl::Duration, kPhases> phase_durations{};
  std::string transcript;  // Redacted; at most 2 048 bytes.
};

class Session {
 public:
  // Connects, greets, starts TLS and authenticates as `options` asks. On failure `*failed` tells
  // the attempt (ending kRelayFailed) and the result is null. At level kOpportunistic without
  // credentials, a failed handshake is followed by a second connection in clear within the same
  // call (RFC 7435 3); tls_downgraded() tells, and the options' memory spares the next sessions the
  // handshake. Bytes sent ahead of the handshake always end the attempt (the transcript notes
  // tls_injection). Scope kConfig: what the relay offers does not
  // satisfy `options`, or it refused the credentials or showed a bad certificate, or no token could
  // be had. A token that is refused is fetched once more. What it does is noted in `progress`,
  // unless that is null.
  static Task<std::unique_ptr<Session>> Open(Dialer& dialer, const Clock& clock, std::string host,
                                             uint16_t port, const SessionOptions& options,
                                             Attempt* failed, Progress* progress = nullptr);
  ~Session();

  // Sends one message: `message` has CRLF line ends and no dot-stuffing (done here). REQUIRES:
  // Usable(). All references live until it is done.
  //
  // Bounced without a byte sent (reply code 0):
  // larger than the relay's SIZE (too_large), needing SMTPUTF8 that is not offered
  // (utf8_unsupported, scope recipient: another relay may offer it), 8-bit without 8BITMIME (other,
  // scope message), an address that no command can carry (invalid_recipient or sender_rejected), a
  // bare CR or LF in the message (protocol_error).
  Task<Attempt> Send(const Envelope& envelope, std::string_view message, Fence& fence);

  // How it was opened, as an attempt tells it: address, TLS, phases, transcript. REQUIRES: no
  // transaction has begun.
  Attempt HowOpened() const;

  // Whether another transaction may begin on this connection: in sync, not closed by the relay,
  // nothing unasked read, not UsedUp().
  bool Usable();

  // Whether the relay takes no more messages on this connection (MAILMAX, RFC 9422): say QUIT.
  bool UsedUp() const;

  int transactions() const;            // Begun so far.
  const std::string& address() const;  // Of the relay: "192.0.2.1:25".
  const Capabilities& capabilities() const;

  // Of this session, as opened.
  const TlsFacts& tls() const;

  // Whether the handshake failed, now or for a session before, and this one is in clear
  // (kOpportunistic only).
  bool tls_downgraded() const;

  // QUIT, best effort, at most 2 s; then closed. Never needed for correctness.
  Task<void> Quit();
  void Close();

 private:
  Session();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace posthaste::smtp
