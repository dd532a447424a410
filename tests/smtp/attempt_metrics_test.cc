#include "smtp/attempt_metrics.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

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

// How many observations of `phase` lie at or below `le` seconds.
uint64_t Observed(const std::string& phase, double le) {
  const auto histogram = metrics::GetHistogram("posthaste_smtp_phase_seconds", "",
                                               {{"phase", phase}}, metrics::WaitBuckets())
                             .Collect()
                             .histogram;
  for (const auto& bucket : histogram.bucket) {
    if (bucket.upper_bound >= le) return bucket.cumulative_count;
  }
  return histogram.sample_count;
}

TEST(AttemptMetrics, ShowsTheEndOfACertificateThatWasShown) {
  RelayOptions relay;
  relay.id = "m9";
  relay.session.tls = TlsLevel::kVerified;
  TlsFacts facts;
  ShowCertificate(relay, facts);
  EXPECT_FALSE(Exposes("not_after_timestamp_seconds{relay=\"m9\"}"));
  facts.not_after = absl::FromUnixSeconds(1'900'000'000);
  relay.session.tls = TlsLevel::kRequired;
  ShowCertificate(relay, facts);
  EXPECT_FALSE(Exposes("not_after_timestamp_seconds{relay=\"m9\"}")) << "any will do";
  relay.session.tls = TlsLevel::kVerified;
  ShowCertificate(relay, facts);
  EXPECT_TRUE(
      Exposes("posthaste_relay_certificate_not_after_timestamp_seconds{relay=\"m9\"} 1900000000"));
}

TEST(AttemptMetrics, ObservesOnlyPhasesThatHappened) {
  constexpr double kAll = std::numeric_limits<double>::infinity();
  const uint64_t quiet = Observed("auth", kAll), quick = Observed("dot", 0.02),
                 slower = Observed("dot", 0.05);
  Attempt attempt;
  attempt.phase_durations[static_cast<int>(Phase::kDot)] = absl::Milliseconds(30);
  CountAttempt(attempt);
  EXPECT_EQ(Observed("auth", kAll), quiet);
  EXPECT_EQ(Observed("dot", 0.02), quick);
  EXPECT_EQ(Observed("dot", 0.05), slower + 1);
}

}  // namespace
}  // namespace posthaste::smtp
