#include "service/worker/events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/log.h"
#include "base/metrics.h"
#include "smtp/lately.h"
#include "tests/support/temp.h"

namespace posthaste::worker {
namespace {

using queue::Settled;
using v1::Message;

const absl::Time kLogged = absl::FromUnixSeconds(1'800'000'000);

class WorkerEventsTest : public testing::Test {
 protected:
  WorkerEventsTest() {
    job_.lease.id = "m0000000000000000000000";
    job_.lease.tenant = "shop";
    job_.lease.claims = 1;
    job_.record.head.create_ms = ToMillis(kLogged - absl::Milliseconds(1500));
    job_.record.head.deadline_ms = ToMillis(kLogged + absl::Minutes(10));
    job_.record.live.set_traceparent("00-abc");
  }

  static smtp::Attempt TriedOn(const std::string& relay) {
    smtp::Attempt attempt;
    attempt.relay = relay;
    return attempt;
  }

  // What was written meanwhile, each line from its level on.
  template <typename Act>
  std::string Lines(Act act) {
    const TempDir dir;
    const std::string path = dir.File("log");
    EXPECT_TRUE(log::Start(log::Level::kInfo, path));
    act();
    log::Stop();
    std::string text = ReadFile(path), lines;
    for (size_t begin = 0, end = 0; (end = text.find('\n', begin)) != std::string::npos;
         begin = end + 1) {
      const std::string line = text.substr(begin, end - begin);
      lines += line.substr(line.find("\"level\"")) + "\n";
    }
    return lines;
  }

  static double Counted(const std::string& name, const metrics::Labels& labels = {}) {
    return metrics::GetCounter(name, "", labels).Value();
  }

  queue::LeasedJob job_;
  Report report_;
  queue::Settlement settlement_;
};

TEST_F(WorkerEventsTest, WritesOneLineForAnAcceptedMessage) {
  report_.attempts.push_back(TriedOn("mx1"));
  settlement_.kind = queue::Settlement::Kind::kEnd;
  settlement_.state = Message::ACCEPTED;
  settlement_.attempts = 1;
  settlement_.result.set_last_reply("250 2.0.0 Ok");
  const std::string lines =
      Lines([&] { Attempted(job_, report_, settlement_, Settled::kDone, kLogged); });
  EXPECT_EQ(lines,
            "\"level\":\"info\",\"event\":\"attempt\",\"message\":\"m0000000000000000000000\","
            "\"tenant\":\"shop\","
            "\"mail_class\":\"CODE\",\"held\":\"tried\",\"relay\":\"mx1\",\"state\":\"ACCEPTED\","
            "\"failure_class\":\"FAILURE_CLASS_UNSPECIFIED\",\"reply\":\"250 2.0.0 "
            "Ok\",\"attempts\":1,\"lost_leases\":0,"
            "\"age_ms\":1500,\"settled\":\"done\",\"traceparent\":\"00-abc\"}\n");
}

TEST_F(WorkerEventsTest, TellsThoseWhoLookNowOfEveryAttempt) {
  report_.attempts = {TriedOn("lately-a"), TriedOn("lately-b")};
  job_.record.facts.set_provider("gmail");
  Lines([&] { Attempted(job_, report_, settlement_, Settled::kStale, kLogged); });
  const smtp::LatelyPicture picture =
      PictureOf(smtp::TheLately().State(), kLogged, absl::Minutes(1));
  int seen = 0;
  for (const smtp::LatelyOf& relay : picture.relays) seen += relay.name.rfind("lately-", 0) == 0;
  EXPECT_EQ(seen, 2);
  EXPECT_EQ(picture.failures.front().message, job_.lease.id);
  EXPECT_EQ(picture.failures.front().provider, "gmail");
}

TEST_F(WorkerEventsTest, WarnsOfALostLeaseOfPoisonAndOfAMissingKey) {
  const std::string stale =
      Lines([&] { Attempted(job_, report_, settlement_, Settled::kStale, kLogged); });
  EXPECT_THAT(stale, testing::HasSubstr("\"level\":\"warning\""));
  EXPECT_THAT(stale, testing::HasSubstr("\"settled\":\"stale\""));
  report_.held = Held::kPoison;
  const std::string poison =
      Lines([&] { Attempted(job_, report_, settlement_, Settled::kDone, kLogged); });
  EXPECT_THAT(poison, testing::HasSubstr("\"level\":\"warning\""));
  EXPECT_THAT(poison, testing::HasSubstr("\"held\":\"poison\""));
  report_.held = Held::kNoKey;
  const std::string no_key =
      Lines([&] { Attempted(job_, report_, settlement_, Settled::kDone, kLogged); });
  EXPECT_THAT(no_key, testing::HasSubstr("\"level\":\"warning\""));
  EXPECT_THAT(no_key, testing::HasSubstr("\"held\":\"no_key\""));
}

TEST_F(WorkerEventsTest, SaysWhyLeasesMayBeLost) {
  const std::string lines = Lines([&] { RenewFailed(3, absl::UnavailableError("redis is away")); });
  EXPECT_EQ(
      lines,
      "\"level\":\"warning\",\"event\":\"renew_failed\",\"leases\":3,\"why\":\"redis is away\"}\n");
}

TEST_F(WorkerEventsTest, CountsWhatWasSettledAndNothingElse) {
  settlement_.kind = queue::Settlement::Kind::kEnd;
  settlement_.state = Message::EXPIRED;
  const metrics::Labels expired = {{"mail_class", "CODE"}, {"to", "EXPIRED"}};
  const double before = Counted("posthaste_message_transitions_total", expired);
  const double unsent = Counted("posthaste_expired_unsent_total", {{"mail_class", "CODE"}});
  Lines([&] {
    Attempted(job_, report_, settlement_, Settled::kDone, kLogged);
    Attempted(job_, report_, settlement_, Settled::kStale, kLogged);
    Attempted(job_, report_, settlement_, Settled::kAlready, kLogged);
    Attempted(job_, report_, settlement_, absl::UnavailableError("away"), kLogged);
  });
  EXPECT_EQ(Counted("posthaste_message_transitions_total", expired), before + 1);
  EXPECT_EQ(Counted("posthaste_expired_unsent_total", {{"mail_class", "CODE"}}), unsent + 1);
}

TEST_F(WorkerEventsTest, CountsDoubtAndWhatWasGivenBack) {
  settlement_.kind = queue::Settlement::Kind::kRelease;
  settlement_.state = Message::QUEUED;
  const metrics::Labels released = {{"mail_class", "CODE"}, {"to", "RELEASED"}};
  const double before = Counted("posthaste_message_transitions_total", released);
  const double doubt = Counted("posthaste_uncertain_total");
  Lines([&] {
    Attempted(job_, report_, settlement_, Settled::kDone, kLogged);
    settlement_.kind = queue::Settlement::Kind::kRetry;
    settlement_.uncertain = 1;
    Attempted(job_, report_, settlement_, Settled::kDone, kLogged);
  });
  EXPECT_EQ(Counted("posthaste_message_transitions_total", released), before + 1);
  EXPECT_EQ(Counted("posthaste_uncertain_total"), doubt + 1);
}

TEST_F(WorkerEventsTest, CountsTheDotsThatTheFenceWithheldByItsReason) {
  using smtp::FenceAnswer;
  const auto withheld = [](const char* why) {
    return Counted("posthaste_dots_withheld_total", {{"why", why}});
  };
  const std::vector<std::pair<FenceAnswer, const char*>> reasons = {
      {FenceAnswer::kCancelled, "cancelled"},
      {FenceAnswer::kExpired, "expired"},
      {FenceAnswer::kLost, "lease_lost"},
      {FenceAnswer::kUnavailable, "store_unavailable"}};
  for (const auto& [answer, why] : reasons) {
    smtp::Attempt stopped = TriedOn("fenced");
    stopped.ending = smtp::Ending::kStopped;
    stopped.fence = answer;
    report_.attempts = {TriedOn("failed"), stopped};
    const double before = withheld(why);
    Attempted(job_, report_, settlement_, Settled::kStale, kLogged);
    EXPECT_EQ(withheld(why), before + 1) << why;
    report_.attempts = {TriedOn("failed")};
    Attempted(job_, report_, settlement_, Settled::kDone, kLogged);
    EXPECT_EQ(withheld(why), before + 1) << why;
  }
}

TEST_F(WorkerEventsTest, MeasuresTheWaitForTheFirstClaimOnly) {
  const auto count = [] {
    metrics::Histogram& wait = metrics::GetHistogram(
        "posthaste_queue_wait_seconds", "", {{"mail_class", "CODE"}}, metrics::WaitBuckets());
    return wait.Collect().histogram.sample_count;
  };
  const uint64_t before = count();
  Claimed(job_, kLogged);
  EXPECT_EQ(count(), before + 1);
  job_.lease.claims = 2;
  job_.record.head.settled = 1;
  Claimed(job_, kLogged);
  EXPECT_EQ(count(), before + 1);
}

TEST_F(WorkerEventsTest, MeasuresTheWaitFromTheTimeThatAMessageWasToBeSentAt) {
  const auto waited = [] {
    metrics::Histogram& wait = metrics::GetHistogram(
        "posthaste_queue_wait_seconds", "", {{"mail_class", "CODE"}}, metrics::WaitBuckets());
    return wait.Collect().histogram.sample_sum;
  };
  const double before = waited();
  job_.record.live.set_send_ms(ToMillis(kLogged - absl::Milliseconds(500)));
  Claimed(job_, kLogged);
  EXPECT_NEAR(waited() - before, 0.5, 1e-6);
}

TEST_F(WorkerEventsTest, AlarmWhenRecordsCannotBeRead) {
  const double before = Counted("posthaste_unreadable_records_total", {});
  const std::string lines = Lines([] { CannotRead(3, 2); });
  EXPECT_THAT(lines, testing::HasSubstr(
                         R"("level":"error","event":"records_unreadable","shard":3,"jobs":2})"));
  EXPECT_EQ(Counted("posthaste_unreadable_records_total", {}), before + 2);
}

TEST_F(WorkerEventsTest, TellWhoIsSuppressedOnceItIsSettled) {
  settlement_.kind = queue::Settlement::Kind::kEnd;
  settlement_.state = Message::BOUNCED;
  settlement_.failure_class = v1::MAILBOX_FULL;
  settlement_.suppress = queue::SuppressionFor(v1::MAILBOX_FULL, true);
  const metrics::Labels labels = {{"cause", "MAILBOX_FULL"}, {"event", "refused"}};
  const double before = Counted("posthaste_suppressions_total", labels);
  const std::string lines = Lines([&] {
    Attempted(job_, report_, settlement_, Settled::kDone, kLogged);
    Attempted(job_, report_, settlement_, Settled::kAlready, kLogged);
  });
  EXPECT_THAT(lines,
              testing::HasSubstr(
                  R"("event":"suppressed","message":"m0000000000000000000000","tenant":"shop",)"
                  R"("cause":"MAILBOX_FULL","soft":true)"));
  EXPECT_EQ(Counted("posthaste_suppressions_total", labels), before + 1);
}

}  // namespace
}  // namespace posthaste::worker
