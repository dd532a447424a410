#include "smtp/outcome.h"

#include "smtp/outcome_rules.h"

namespace posthaste::smtp {
namespace {

// The only yes there is to a dot (RFC 5321 4.3.2).
bool SaysYes(const Reply& reply) { return reply.code >= 250 && reply.code <= 259; }
bool SaysNo(const Reply& reply) {
  return (reply.Transient() || reply.Permanent()) && reply.code != 421;
}

}  // namespace

std::string_view VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kAccepted:
      return "accepted";
    case Verdict::kDeferred:
      return "deferred";
    case Verdict::kBounced:
      return "bounced";
    case Verdict::kUncertain:
      return "uncertain";
  }
  return "";
}

std::string_view FailureClassName(FailureClass failure) {
  switch (failure) {
    case FailureClass::kNone:
      return "";
    case FailureClass::kInvalidRecipient:
      return "invalid_recipient";
    case FailureClass::kInactiveMailbox:
      return "inactive_mailbox";
    case FailureClass::kMailboxFull:
      return "mailbox_full";
    case FailureClass::kBadDomain:
      return "bad_domain";
    case FailureClass::kNullMx:
      return "null_mx";
    case FailureClass::kSenderRejected:
      return "sender_rejected";
    case FailureClass::kAuthFailed:
      return "auth_failed";
    case FailureClass::kPolicyAuth:
      return "policy_auth";
    case FailureClass::kSpamContent:
      return "spam_content";
    case FailureClass::kIpReputation:
      return "ip_reputation";
    case FailureClass::kRateLimited:
      return "rate_limited";
    case FailureClass::kGreylisted:
      return "greylisted";
    case FailureClass::kTooLarge:
      return "too_large";
    case FailureClass::kProtocolError:
      return "protocol_error";
    case FailureClass::kTlsFailure:
      return "tls_failure";
    case FailureClass::kDnsFailure:
      return "dns_failure";
    case FailureClass::kConnectFailure:
      return "connect_failure";
    case FailureClass::kTimeout:
      return "timeout";
    case FailureClass::kUtf8Unsupported:
      return "utf8_unsupported";
    case FailureClass::kOther:
      return "other";
  }
  return "";
}

std::string_view ScopeName(Scope scope) {
  switch (scope) {
    case Scope::kNone:
      return "";
    case Scope::kMessage:
      return "message";
    case Scope::kRecipient:
      return "recipient";
    case Scope::kSite:
      return "site";
    case Scope::kSource:
      return "source";
    case Scope::kConfig:
      return "config";
  }
  return "";
}

Outcome JudgeSilence(Phase phase, FailureClass why) {
  Outcome outcome;
  outcome.verdict = phase == Phase::kDot ? Verdict::kUncertain : Verdict::kDeferred;
  outcome.failure_class = why;
  outcome.scope = Scope::kSite;
  outcome.phase = phase;
  return outcome;
}

Outcome Judge(Phase phase, const Reply& reply) {
  Outcome outcome;
  // A 220 or 354 in place of a yes means that we and the relay are out of step, and what became of
  // the message is unknown.
  if (phase == Phase::kDot && SaysYes(reply)) {
    outcome.verdict = Verdict::kAccepted;
    outcome.phase = phase;
  } else if (const rules::Rule* const rule = rules::Match(phase, reply)) {
    outcome.verdict = rule->verdict;
    outcome.failure_class = rule->failure_class;
    outcome.scope = rule->scope;
    outcome.phase = phase;
    outcome.stated = rule->enhanced.kind == rules::Enhanced::Kind::kCode || *rule->words != '\0';
  } else {
    outcome = JudgeSilence(phase, FailureClass::kProtocolError);
  }
  outcome.reply = reply;
  return outcome;
}

Outcome JudgeDot(const Reply& reply, const std::optional<Reply>& second, bool whole) {
  Outcome outcome = Judge(Phase::kDot, reply);
  const bool torn = !whole && outcome.verdict == Verdict::kAccepted;
  const bool contradicted =
      second && ((SaysYes(reply) && SaysNo(*second)) || (SaysNo(reply) && SaysYes(*second)));
  if (torn || contradicted) {
    outcome = JudgeSilence(Phase::kDot, FailureClass::kProtocolError);
    outcome.reply = reply;
  }
  return outcome;
}

}  // namespace posthaste::smtp
