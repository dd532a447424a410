// Decides what a relay's answer means for the message.
//
// This is the only place where a reply becomes a decision: the session reports the phase and the
// reply, Judge() says whether to be glad, to wait or to give up. Refusals before MAIL never get
// here, nor does 421: those speak of the relay, not of the message, so the session reports that the
// relay failed and the next relay is tried.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "smtp/phase.h"
#include "smtp/reply.h"

namespace posthaste::smtp {

enum class Verdict : uint8_t {
  kAccepted,   // The relay has taken responsibility for the message.
  kDeferred,   // Not now. Another attempt may succeed.
  kBounced,    // Not ever. Another attempt would be abuse.
  kUncertain,  // The dot was sent and nothing certain came back; the relay may hold a copy (RFC
               // 1047).
};

// Why, in the words operators search for. Values are stored: append only.
enum class FailureClass : uint8_t {
  kNone = 0,
  kInvalidRecipient,
  kInactiveMailbox,
  kMailboxFull,
  kBadDomain,
  kNullMx,
  kSenderRejected,
  kAuthFailed,
  kPolicyAuth,
  kSpamContent,
  kIpReputation,
  kRateLimited,
  kGreylisted,
  kTooLarge,
  kProtocolError,
  kTlsFailure,
  kDnsFailure,
  kConnectFailure,
  kTimeout,
  kUtf8Unsupported,
  kOther,
};

// How far the failure reaches: whom it says something about, and so what is done beside waiting or
// giving up. Values are stored: append only.
enum class Scope : uint8_t {
  kNone = 0,
  kMessage,    // This message only: nothing else is done.
  kRecipient,  // Any message to this recipient: a final one may put it on the suppression list.
  kSite,       // Whatever goes to this relay now: another relay at once; this one is asked less.
  kSource,  // Our address or domain is not welcome. Another relay may speak from another address.
  kConfig,  // Ours to mend: credentials, TLS, our domain's papers. Never bounces mail; alarms
            // (alarm.h), and refused credentials suspend the relay.
};

struct Outcome {
  Verdict verdict = Verdict::kDeferred;
  FailureClass failure_class = FailureClass::kNone;
  Scope scope = Scope::kNone;
  Phase phase = Phase::kDot;
  Reply reply;  // code 0 when there was none.
  // The reply gave its reason in words or by an enhanced code; else only its plain code spoke, and
  // 550 says the same of a missing mailbox as of a policy (RFC 5321 4.2.3).
  bool stated = false;
};

std::string_view VerdictName(Verdict verdict);  // "accepted", "deferred", "bounced", "uncertain"
std::string_view FailureClassName(FailureClass failure);  // "invalid_recipient", …; "" for kNone
std::string_view ScopeName(Scope scope);

// Judges `reply`, the answer to `phase`. An answer that we cannot understand is a deferral: doubt
// never loses a message; after the dot it is uncertain. REQUIRES: `phase` is one of kMail, kRcpt,
// kData, kBody, kDot.
Outcome Judge(Phase phase, const Reply& reply);

// Judges what came after the dot. `second`: another reply that came together with `reply`, if one
// did. A relay that refuses in the middle of a message (a filter's verdict, say) and goes on to
// take it answers twice: where the two disagree only the relay knows which of them is the dot's,
// and that is kUncertain. A 421 beside the answer only says that the relay closes (RFC 5321 3.8).
// `whole`: the dot is known to have left; a yes to half a dot is none.
Outcome JudgeDot(const Reply& reply, const std::optional<Reply>& second, bool whole);

// No usable answer: the connection ended, the limit passed or what came was no reply. After the dot
// that is kUncertain, before it kDeferred with scope kSite (the relay holds nothing, so another may
// be tried at once).
Outcome JudgeSilence(Phase phase, FailureClass why);

}  // namespace posthaste::smtp
