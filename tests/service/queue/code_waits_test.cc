#include "service/queue/code_waits.h"

#include "tests/service/queue/lease_harness.h"

namespace posthaste::queue {
namespace {

class CodeWaitsTest : public LeaseTest {
 protected:
  CodeWaits waits_{*peer_.client, keys_, peer_.clock};

  void Look() {
    EXPECT_TRUE(Run(peer_.housekeeping.StatsNow()).ok());  // Shows us the time.
    EXPECT_TRUE(Run(waits_.Refresh()).ok());
  }
};

TEST_F(CodeWaitsTest, AreAsLongAsTheFirstDueCodeOfTheShardHasWaited) {
  AddJob({.shard = 1});
  AddJob({.shard = 2, .delay = absl::Minutes(20)});
  AddJob({.mail_class = MailClass::kNotice, .shard = 3});
  EXPECT_EQ(waits_.Of(1), absl::ZeroDuration()) << "nobody has looked";
  Server().MoveClock(absl::Minutes(8));
  AddJob({.shard = 1});
  Look();
  EXPECT_GE(waits_.Of(1), absl::Minutes(8));
  EXPECT_LT(waits_.Of(1), absl::Minutes(9));
  EXPECT_EQ(waits_.Of(0), absl::ZeroDuration());
  EXPECT_EQ(waits_.Of(2), absl::ZeroDuration()) << "it is put off";
  EXPECT_EQ(waits_.Of(3), absl::ZeroDuration()) << "no code";
}

TEST_F(CodeWaitsTest, EndWhenAWorkerTakesTheCode) {
  AddJob({});
  Server().MoveClock(absl::Minutes(5));
  Look();
  EXPECT_GE(waits_.Of(0), absl::Minutes(5));
  Claim(1);
  Look();
  EXPECT_EQ(waits_.Of(0), absl::ZeroDuration());
}

}  // namespace
}  // namespace posthaste::queue
