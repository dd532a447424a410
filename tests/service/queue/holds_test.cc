#include "service/queue/holds.h"

#include <gtest/gtest.h>

namespace posthaste::queue {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

Hold Of(int64_t number, HoldScope scope, const std::string& target,
        absl::Duration left = absl::Hours(1)) {
  Hold hold;
  hold.number = number;
  hold.scope = scope;
  hold.target = target;
  hold.expire_time = kNow + left;
  return hold;
}

HoldSubject Notice() { return {"acme", MailClass::kNotice, "", {"mx1", "mx2"}}; }

int64_t Found(const std::vector<Hold>& holds, const HoldSubject& subject = Notice()) {
  const Hold* hold = FindHold(holds, subject, kNow);
  return hold == nullptr ? 0 : hold->number;
}

TEST(FindHold, KnowsWhomEachScopeConcerns) {
  EXPECT_EQ(Found({}), 0);
  EXPECT_EQ(Found({Of(1, HoldScope::kAll, "")}), 1);
  EXPECT_EQ(Found({Of(1, HoldScope::kTenant, "acme")}), 1);
  EXPECT_EQ(Found({Of(1, HoldScope::kTenant, "globex")}), 0);
  EXPECT_EQ(Found({Of(1, HoldScope::kMailClass, "NOTICE")}), 1);
  EXPECT_EQ(Found({Of(1, HoldScope::kMailClass, "CODE")}), 0);
  EXPECT_EQ(Found({Of(1, HoldScope::kProvider, "gmail")}), 0);
  EXPECT_EQ(Found({Of(1, HoldScope::kProvider, "other")}), 1) << "who is nobody's is other";
  HoldSubject at_gmail = Notice();
  at_gmail.provider = "gmail";
  EXPECT_EQ(Found({Of(1, HoldScope::kProvider, "gmail")}, at_gmail), 1);
  EXPECT_EQ(Found({Of(1, HoldScope::kProvider, "other")}, at_gmail), 0);
}

TEST(FindHold, ForgetsThoseThatHaveEnded) {
  EXPECT_EQ(Found({Of(1, HoldScope::kAll, "", absl::ZeroDuration())}), 0);
  EXPECT_EQ(Found({Of(1, HoldScope::kAll, "", absl::Milliseconds(1))}), 1);
}

TEST(FindHold, TellsTheOneThatEndsLast) {
  const std::vector<Hold> holds = {Of(1, HoldScope::kAll, "", absl::Hours(2)),
                                   Of(2, HoldScope::kTenant, "acme", absl::Hours(3)),
                                   Of(3, HoldScope::kMailClass, "NOTICE", absl::Hours(1))};
  EXPECT_EQ(Found(holds), 2);
}

TEST(FindHold, HoldsAMessageOnlyIfEveryRelayOfItsRouteIs) {
  const Hold first = Of(1, HoldScope::kRelay, "mx1", absl::Hours(2));
  const Hold second = Of(2, HoldScope::kRelay, "mx2", absl::Hours(1));
  EXPECT_EQ(Found({first}), 0) << "the other relay takes it";
  EXPECT_EQ(Found({first, second}), 2) << "until the first of them is free";
  HoldSubject nowhere = Notice();
  nowhere.relays.clear();
  EXPECT_EQ(Found({first, second}, nowhere), 0);
  EXPECT_EQ(Found({first, second, Of(3, HoldScope::kAll, "", absl::Hours(5))}), 3);
}

TEST(FindRelayHold, TellsTheOneThatEndsLast) {
  const std::vector<Hold> holds = {Of(1, HoldScope::kRelay, "mx1", absl::Hours(1)),
                                   Of(2, HoldScope::kRelay, "mx1", absl::Hours(2)),
                                   Of(3, HoldScope::kRelay, "mx2", absl::Hours(3)),
                                   Of(4, HoldScope::kTenant, "mx1", absl::Hours(4))};
  ASSERT_NE(FindRelayHold(holds, "mx1", kNow), nullptr);
  EXPECT_EQ(FindRelayHold(holds, "mx1", kNow)->number, 2);
  EXPECT_EQ(FindRelayHold(holds, "mx3", kNow), nullptr);
}

TEST(HoldId, IsReadAsItIsWritten) {
  EXPECT_EQ(HoldId(17), "h17");
  EXPECT_EQ(ParseHoldId("h17"), 17);
  for (const char* wrong :
       {"", "h", "17", "h0", "h-1", "h1x", "m17", "h01", "h99999999999999999"}) {
    EXPECT_EQ(ParseHoldId(wrong), std::nullopt) << wrong;
  }
}

TEST(HoldScopes, HaveANameEach) {
  EXPECT_EQ(HoldScopeName(HoldScope::kAll), "all");
  EXPECT_EQ(HoldScopeName(HoldScope::kTenant), "tenant");
  EXPECT_EQ(HoldScopeName(HoldScope::kMailClass), "mail_class");
  EXPECT_EQ(HoldScopeName(HoldScope::kRelay), "relay");
  EXPECT_EQ(HoldScopeName(HoldScope::kProvider), "provider");
  EXPECT_EQ(MailClassName(MailClass::kGeneral), "GENERAL");
}

}  // namespace
}  // namespace posthaste::queue
