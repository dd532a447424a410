#include "smtp/attempt_metrics.h"

#include <array>
#include <map>
#include <string>

#include "absl/time/time.h"
#include "base/metrics.h"
#include "smtp/site_fault.h"

namespace posthaste::smtp {
namespace {

using PhaseHistograms = std::array<metrics::Histogram*, kPhases>;

PhaseHistograms MakePhaseHistograms() {
  PhaseHistograms histograms{};
  for (int i = 0; i < kPhases; ++i) {
    const std::string phase(PhaseName(static_cast<Phase>(i)));
    histograms[i] = &metrics::GetHistogram("posthaste_smtp_phase_seconds",
                                           "How long each phase of an attempt took.",
                                           {{"phase", phase}}, metrics::WaitBuckets());
  }
  return histograms;
}

std::string OutcomeLabel(const Attempt& attempt) {
  switch (attempt.ending) {
    case Ending::kJudged:
      return std::string(VerdictName(attempt.outcome.verdict));
    case Ending::kRelayFailed:
      return "relay_failed";
    case Ending::kStopped:
      return "stopped";
  }
  return "";
}

// A connection that ended while idle is no fault.
void CountFault(const Attempt& attempt) {
  if (attempt.ending == Ending::kStopped || attempt.stale) return;
  const bool opening = attempt.outcome.phase < Phase::kMail;
  const SiteFault fault =
      opening ? FaultAtOpening(attempt.outcome) : FaultInTransaction(attempt.outcome);
  if (fault == SiteFault::kNone) return;
  metrics::GetCounter("posthaste_relay_faults_total", "What counts against a relay.",
                      {{"relay", attempt.relay}, {"kind", std::string(SiteFaultName(fault))}})
      .Increment();
}

}  // namespace

void CountAttempt(const Attempt& attempt) {
  CountFault(attempt);
  static const PhaseHistograms histograms = MakePhaseHistograms();
  for (int i = 0; i < kPhases; ++i) {
    if (attempt.phase_durations[i] <= absl::ZeroDuration()) continue;
    histograms[i]->Observe(absl::ToDoubleSeconds(attempt.phase_durations[i]));
  }
  // Asked for once a thread: all of these come from closed sets.
  thread_local std::map<std::array<std::string, 4>, metrics::Counter*> counters;
  const std::array<std::string, 4> labels = {
      attempt.relay, std::string(PhaseName(attempt.outcome.phase)), OutcomeLabel(attempt),
      std::string(FailureClassName(attempt.outcome.failure_class))};
  metrics::Counter*& counter = counters[labels];
  if (counter == nullptr) {
    counter = &metrics::GetCounter("posthaste_smtp_attempts_total",
                                   "Attempts to hand a message to a relay.",
                                   {{"relay", labels[0]},
                                    {"phase", labels[1]},
                                    {"outcome", labels[2]},
                                    {"failure_class", labels[3]}});
  }
  counter->Increment();
}

void ShowCertificate(const RelayOptions& relay, const TlsFacts& facts) {
  const bool of_site = !relay.addresses.empty();
  if (relay.session.tls != TlsLevel::kVerified || of_site) return;
  if (facts.not_after == absl::InfinitePast()) return;
  metrics::GetGauge("posthaste_relay_certificate_not_after_timestamp_seconds",
                    "Until when the certificate is good that the relay showed last, in Unix time.",
                    {{"relay", relay.id}})
      .Set(static_cast<double>(absl::ToUnixSeconds(facts.not_after)));
}

}  // namespace posthaste::smtp
