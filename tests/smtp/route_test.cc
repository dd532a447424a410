#include "smtp/route.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/support/fake_clock.h"

namespace posthaste::smtp {
namespace {

class RouteTest : public ::testing::Test {
 protected:
  void Add(const std::string& id, int rank, int weight = 1) {
    RelayOptions options;
    options.id = id;
    options.limits.sessions_max = options.limits.sessions_first = 100;
    route_.push_back({std::make_shared<Relay>(options, clock_), rank, weight});
  }
  std::string Order(const std::string& again = "") const {
    std::string order;
    for (const auto& relay : InOrder(route_, again)) order += relay->options().id;
    return order;
  }
  // `count` messages, `slots` at a time, each by the first of the order for as long as `takes` says
  // of it. How many each relay had.
  std::map<std::string, int> Share(int count, size_t slots,
                                   const std::map<std::string, absl::Duration>& takes) {
    std::map<std::string, int> had;
    std::multimap<absl::Time, std::shared_ptr<Relay>> under_way;
    for (int i = 0; i < count; ++i) {
      if (under_way.size() >= slots) {
        const auto first = under_way.begin();
        clock_.Advance(std::max(absl::ZeroDuration(), first->first - clock_.Now()));
        first->second->governor().End(Urgency::kOther, false);
        first->second->governor().Closed();
        under_way.erase(first);
      }
      const std::shared_ptr<Relay> relay = InOrder(route_, "").front();
      EXPECT_EQ(relay->governor().Begin(Urgency::kOther, false).answer, Governor::Answer::kGranted);
      under_way.emplace(clock_.Now() + takes.at(relay->options().id), relay);
      ++had[relay->options().id];
    }
    return had;
  }

  FakeClock clock_;
  Route route_;
};

TEST_F(RouteTest, GoesByRankAndThenAsWritten) {
  Add("c", 2);
  Add("a", 0);
  Add("b", 1);
  Add("d", 2);
  EXPECT_EQ(Order(), "abcd");
}

TEST_F(RouteTest, BeginsWhereAMessageWasGreylistedWhateverTheRank) {
  Add("a", 0);
  Add("b", 1);
  EXPECT_EQ(Order("b"), "ba");
  EXPECT_EQ(Order("gone"), "ab");
}

TEST_F(RouteTest, RelaysOfEqualRankAndSpeedHaveEqualParts) {
  Add("a", 0);
  Add("b", 0);
  std::map<std::string, int> had =
      Share(1000, 20, {{"a", absl::Milliseconds(10)}, {"b", absl::Milliseconds(10)}});
  EXPECT_NEAR(had["a"], 500, 50);
}

TEST_F(RouteTest, SharesByWeight) {
  Add("a", 0, 3);
  Add("b", 0, 1);
  std::map<std::string, int> had =
      Share(1000, 20, {{"a", absl::Milliseconds(10)}, {"b", absl::Milliseconds(10)}});
  EXPECT_NEAR(had["a"], 750, 50);
}

TEST_F(RouteTest, ASlowRelayBesideAFastOneHasItsShareInTimeOnly) {
  for (const size_t slots : {1U, 8U, 32U}) {
    route_.clear();
    Add("fast", 0);
    Add("slow", 0);
    std::map<std::string, int> had =
        Share(4000, slots, {{"fast", absl::Milliseconds(10)}, {"slow", absl::Milliseconds(400)}});
    EXPECT_GE(had["fast"], 3800) << slots;
    EXPECT_GE(had["slow"], 1) << slots;
  }
}

TEST_F(RouteTest, ARelayThatRefusesAtOnceIsNotTheFastest) {
  Add("refuses", 0);
  Add("works", 0);
  int refused = 0;
  for (int i = 0; i < 20; ++i) route_[1].relay->governor().Begin(Urgency::kCode, false);
  for (int second = 0; second < 60; ++second) {
    // Twenty sessions are busy, and each message of the second is offered to the first in order.
    for (int i = 0; i < 100; ++i) {
      Governor& governor = InOrder(route_, "").front()->governor();
      if (&governor != &route_[0].relay->governor()) break;
      ++refused;
      governor.Begin(Urgency::kOther, false);
      governor.Judged(JudgeSilence(Phase::kData, FailureClass::kTimeout));
      governor.End(Urgency::kOther, false);
      governor.Closed();
    }
    clock_.Advance(absl::Seconds(1));
  }
  EXPECT_LE(refused, 60);
  EXPECT_GE(refused, 1);
}

}  // namespace
}  // namespace posthaste::smtp
