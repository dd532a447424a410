#include "service/ops/console/session.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"
#include "tests/support/fake_random.h"

namespace posthaste::ops {
namespace {

class SessionsTest : public testing::Test {
 protected:
  FakeClock clock_;
  FakeRandom random_;
  Sessions sessions_{clock_, random_};
};

TEST_F(SessionsTest, FindsASessionByItsTokenOnly) {
  const std::string ana = sessions_.Begin({"ana", true}), bo = sessions_.Begin({"bo", false});
  ASSERT_NE(sessions_.Find(ana), nullptr);
  EXPECT_EQ(sessions_.Find(ana)->who.key, "ana");
  EXPECT_TRUE(sessions_.Find(ana)->who.write);
  EXPECT_FALSE(sessions_.Find(bo)->who.write);
  EXPECT_NE(sessions_.Find(ana)->csrf, sessions_.Find(bo)->csrf);
  EXPECT_EQ(sessions_.Find(""), nullptr);
  EXPECT_EQ(sessions_.Find(sessions_.Find(ana)->csrf), nullptr);
  sessions_.End(ana);
  EXPECT_EQ(sessions_.Find(ana), nullptr);
  EXPECT_NE(sessions_.Find(bo), nullptr);
}

TEST_F(SessionsTest, EndsThemAfterTheirLife) {
  const std::string token = sessions_.Begin({"ana", true});
  clock_.Advance(absl::Hours(8) - absl::Seconds(1));
  EXPECT_NE(sessions_.Find(token), nullptr);
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(sessions_.Find(token), nullptr);
}

TEST_F(SessionsTest, EndsTheOldestWhenThereAreTooMany) {
  const std::string first = sessions_.Begin({"first", true});
  clock_.Advance(absl::Seconds(1));
  const std::string second = sessions_.Begin({"second", true});
  for (size_t i = 2; i < Sessions::kMax; ++i) sessions_.Begin({"other", true});
  EXPECT_NE(sessions_.Find(first), nullptr);
  clock_.Advance(absl::Seconds(1));
  sessions_.Begin({"one too many", true});
  EXPECT_EQ(sessions_.Find(first), nullptr);
  EXPECT_NE(sessions_.Find(second), nullptr);
}

TEST_F(SessionsTest, LetsNobodyTryAfterTooManyFailuresForAMinute) {
  for (int i = 0; i < Sessions::kFailures; ++i) {
    EXPECT_TRUE(sessions_.MayTry());
    sessions_.Failed();
  }
  EXPECT_FALSE(sessions_.MayTry());
  clock_.Advance(absl::Seconds(60));
  EXPECT_TRUE(sessions_.MayTry());
}

TEST(Cookie, IsFoundAmongOthers) {
  EXPECT_EQ(CookieNamed("a=1; ph=x=y; b=2", "ph"), "x=y");
  EXPECT_EQ(CookieNamed("xph=1;ph=2", "ph"), "2");
  EXPECT_EQ(CookieNamed("ph", "ph"), "");
  EXPECT_EQ(CookieNamed("", "ph"), "");
}

}  // namespace
}  // namespace posthaste::ops
