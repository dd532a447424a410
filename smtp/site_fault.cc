#include "smtp/site_fault.h"

namespace posthaste::smtp {
namespace {

bool SaysCredentials(const Outcome& outcome) {
  return outcome.failure_class == FailureClass::kAuthFailed && outcome.scope == Scope::kConfig;
}

// Also in a greeting, which the session takes for a failure to connect.
bool SaysSlower(const Outcome& outcome) {
  if (outcome.failure_class == FailureClass::kRateLimited) return outcome.scope == Scope::kSite;
  if (outcome.failure_class != FailureClass::kConnectFailure || outcome.reply.code == 0)
    return false;
  return Judge(Phase::kMail, outcome.reply).failure_class == FailureClass::kRateLimited;
}

}  // namespace

SiteFault FaultAtOpening(const Outcome& outcome) {
  // The recipient's domain leads to no relay at all.
  if (outcome.scope == Scope::kRecipient) return SiteFault::kNone;
  // It is there, and does not offer what our settings ask for.
  const bool unlike = outcome.failure_class == FailureClass::kTlsFailure;
  if (unlike && outcome.scope != Scope::kSite) return SiteFault::kNone;
  if (SaysCredentials(outcome)) return SiteFault::kCredentials;
  if (SaysSlower(outcome)) return SiteFault::kRate;
  return outcome.reply.code == 0 ? SiteFault::kUnreachable : SiteFault::kTurnedAway;
}

SiteFault FaultInTransaction(const Outcome& outcome) {
  if (outcome.verdict == Verdict::kAccepted) return SiteFault::kNone;
  if (SaysCredentials(outcome)) return SiteFault::kCredentials;
  if (SaysSlower(outcome)) return SiteFault::kRate;
  const bool silent = outcome.reply.code == 0 && outcome.scope == Scope::kSite;
  const bool ended = outcome.reply.code == 421 || outcome.verdict == Verdict::kUncertain;
  return silent || ended ? SiteFault::kBroken : SiteFault::kNone;
}

std::string_view SiteFaultName(SiteFault fault) {
  switch (fault) {
    case SiteFault::kNone:
      return "";
    case SiteFault::kUnreachable:
      return "unreachable";
    case SiteFault::kTurnedAway:
      return "turned_away";
    case SiteFault::kCredentials:
      return "credentials";
    case SiteFault::kRate:
      return "rate";
    case SiteFault::kBroken:
      return "broken";
  }
  return "";
}

}  // namespace posthaste::smtp
