#include "service/delivery/reporter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "service/delivery/report_codec.h"
#include "smtp/lately.h"
#include "tests/service/delivery/delivery_support.h"
#include "tests/support/fake_clock.h"
#include "tests/support/redis_server.h"
#include "tests/support/run_task.h"

namespace posthaste::delivery {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

class ReporterTest : public testing::Test {
 protected:
  ReporterTest() {
    static RedisServer server{RedisOptions{.appendfsync = ""}};
    server_ = &server;
    server.Call({"FLUSHALL"});
    redis::ClientOptions options;
    options.unix_path = server.socket();
    options.command_limit = absl::Seconds(10);
    store_ = queue::Store::Make(loop_, options, 1).value();
    if (!Run(store_->client().WaitReady(absl::Seconds(10))).ok())
      throw std::runtime_error("redis is away");
    smtp::RelayOptions relay;
    relay.id = "mx1";
    relay.host = "mx1.test";
    relay_ = std::make_shared<smtp::Relay>(relay, SystemClock());
    routes_["globex"] = {smtp::RouteStep{relay_}};
    routes_["acme"] = {smtp::RouteStep{relay_}};
  }
  template <typename T>
  T Run(Task<T> task) {
    return RunTask(loop_, std::move(task), std::chrono::seconds(60));
  }
  std::unique_ptr<Reporter> With(int slots) {
    return std::make_unique<Reporter>(
        *store_, slots > 0 ? routes_ : none_, [this] { return used_; }, slots, clock_);
  }
  // As another process would.
  void TellAsAnother(const Report& report) {
    EXPECT_TRUE(Run(store_->delivery_reports().Write("another", EncodeReport(report))).ok());
  }
  std::vector<Report> Told() {
    const auto told = Run(store_->delivery_reports().Read());
    std::vector<Report> reports;
    for (const queue::ToldReport& one : *told) reports.push_back(DecodeReport(one.bytes).value());
    return reports;
  }

  RedisServer* server_;
  Loop loop_;
  FakeClock clock_;  // At kNow.
  std::unique_ptr<queue::Store> store_;
  std::shared_ptr<smtp::Relay> relay_;
  absl::flat_hash_map<std::string, smtp::Route> routes_, none_;
  int used_ = 5;
};

TEST_F(ReporterTest, TellsHowThisProcessSends) {
  Run(With(64)->Tell());
  const std::vector<Report> told = Told();
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].time, kNow);
  EXPECT_EQ(told[0].slots, 64);
  EXPECT_EQ(told[0].slots_used, 5);
  ASSERT_THAT(told[0].relays, SizeIs(1));
  EXPECT_EQ(told[0].relays[0].where, "mx1.test:587");
  EXPECT_THAT(told[0].relays[0].tenants, ElementsAre("acme", "globex"));
}

TEST_F(ReporterTest, SaysNothingWhereNothingIsSent) {
  Run(With(0)->Tell());
  EXPECT_THAT(Told(), SizeIs(0));
}

TEST_F(ReporterTest, WritesWhatIsNewAtOnceAndTheSameOnlyNowAndThen) {
  const auto reporter = With(64);
  Run(reporter->Tell());
  clock_.Advance(absl::Seconds(5));
  Run(reporter->Tell());
  EXPECT_EQ(Told().at(0).time, kNow) << "there was nothing new";
  used_ = 6;
  Run(reporter->Tell());
  EXPECT_EQ(Told().at(0).time, kNow + absl::Seconds(5));
  clock_.Advance(absl::Seconds(10));
  Run(reporter->Tell());
  EXPECT_EQ(Told().at(0).time, clock_.Now()) << "or it would seem to be gone";
}

TEST_F(ReporterTest, KnowsOfAllAndCountsItselfOnce) {
  const auto reporter = With(64);
  Run(reporter->Tell());
  TellAsAnother(FullReport());
  const Report all = Run(reporter->All());
  EXPECT_EQ(all.processes, 2);
  EXPECT_EQ(all.slots, 128);
  EXPECT_THAT(all.relays, SizeIs(2));
  EXPECT_EQ(Run(With(0)->All()).processes, 1) << "not what this process told itself";
}

TEST_F(ReporterTest, GoesByRedisClockWhateverThatOfAnother) {
  for (const absl::Duration ahead : {-absl::Hours(1), absl::Hours(1)}) {
    TellAsAnother(FullReport(kNow + ahead));
    const Report all = Run(With(64)->All());
    EXPECT_EQ(all.processes, 2) << ahead;
    const smtp::LatelyPicture picture = PictureOf(all.lately, kNow, absl::Minutes(5));
    EXPECT_EQ(picture.codes.accepted, 55) << ahead;
    EXPECT_NEAR(absl::ToDoubleSeconds(kNow - *picture.relays[0].failing_since), 1, 0.5);
  }
}

TEST_F(ReporterTest, PassesOverWhatItCannotRead) {
  EXPECT_TRUE(Run(store_->delivery_reports().Write("broken", "\xff")).ok());
  TellAsAnother(FullReport());
  EXPECT_EQ(Run(With(64)->All()).processes, 2);
}

TEST_F(ReporterTest, KnowsItselfWhileRedisIsInTrouble) {
  server_->Call({"SET", queue::Keys::Reports(), "not a set"});
  const Report all = Run(With(64)->All());
  EXPECT_EQ(all.processes, 1);
  EXPECT_THAT(all.relays, SizeIs(1));
}

}  // namespace
}  // namespace posthaste::delivery
