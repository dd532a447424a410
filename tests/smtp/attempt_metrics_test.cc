#include "smtp/attempt_metrics.h"

#include <gtest/gtest.h>

#include "base/metrics.h"

namespace posthaste::smtp {
namespace {

bool Exposes(const std::string& line) {
  return metrics::Exposition().find(line) != std::string::npos;
}

TEST(AttemptMetrics, CountsByRelayPhaseOutcomeAndClass) {
  Attempt attempt;
  attempt.relay = "m1";
  attempt.ending = Ending::kJudged;
  attempt.outcome.verdict = Verdict::kBounced;
  attempt.outcome.phase = Phase::kRcpt;
  attempt.outcome.failure_class = FailureClass::kInvalidRecipient;
  CountAttempt(attempt);
  CountAttempt(attempt);
  EXPECT_TRUE(Exposes(
      "posthaste_smtp_attempts_total{failure_class=\"invalid_recipient\",outcome=\"bounced\","
      "phase=\"rcpt\",relay=\"m1\"} 2"));
}

TEST(AttemptMetrics, TellsARelayThatFailedFromAMessageThatWasStopped) {
  Attempt attempt;
  attempt.relay = "m2";
  attempt.ending = Ending::kRelayFailed;
  attempt.outcome.phase = Phase::kConnect;
  attempt.outcome.failure_class = FailureClass::kConnectFailure;
  CountAttempt(attempt);
  EXPECT_TRUE(Exposes("outcome=\"relay_failed\",phase=\"connect\",relay=\"m2\"} 1"));
  attempt.ending = Ending::kStopped;
  CountAttempt(attempt);
  EXPECT_TRUE(Exposes("outcome=\"stopped\",phase=\"connect\",relay=\"m2\"} 1"));
}

TEST(AttemptMetrics, ObservesOnlyPhasesThatHappened) {
  const auto& quiet = metrics::GetHistogram("posthaste_smtp_phase_seconds", "", {{"phase", "auth"}},
                                            metrics::WaitBuckets());
  Attempt attempt;
  attempt.phase_durations[static_cast<int>(Phase::kDot)] = absl::Milliseconds(30);
  const double before = quiet.Collect().histogram.sample_count;
  CountAttempt(attempt);
  EXPECT_EQ(quiet.Collect().histogram.sample_count, before);
  EXPECT_TRUE(Exposes("posthaste_smtp_phase_seconds_bucket{phase=\"dot\",le=\"0.02\"} 0"));
  EXPECT_TRUE(Exposes("posthaste_smtp_phase_seconds_bucket{phase=\"dot\",le=\"0.05\"} "));
}

}  // namespace
}  // namespace posthaste::smtp
