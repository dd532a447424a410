#include "service/worker/signing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/smtp/dkim_support.h"
#include "tests/support/run_task.h"

namespace posthaste::worker {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kMessage[] = "From: a@example.test\r\nSubject: hi\r\n\r\nbody\r\n";
const absl::Time kDate = absl::FromUnixSeconds(1'800'000'000);

class SigningTest : public testing::Test {
 protected:
  absl::Status Signed(const std::string& domain) {
    return RunTask(
        loop_,
        Sign(loop_,
             {std::shared_ptr<const smtp::DkimKeys>(std::shared_ptr<void>(), &keys_), &pool_},
             domain, kDate, message_));
  }

  Loop loop_;
  const smtp::DkimKeys keys_{smtp::TestKeys("example.test")};
  WorkPool pool_{1, 8};
  std::string message_ = kMessage;
};

TEST_F(SigningTest, PutsBothSignaturesBeforeTheMessage) {
  ASSERT_TRUE(Signed("example.test").ok());
  EXPECT_THAT(message_, StartsWith("DKIM-Signature: v=1; a=rsa-sha256;"));
  EXPECT_THAT(message_, HasSubstr("\r\nDKIM-Signature: v=1; a=ed25519-sha256;"));
  EXPECT_THAT(message_, EndsWith(std::string("\r\n") + kMessage));
}

TEST_F(SigningTest, SignsForADomainBelowAndForNoOther) {
  ASSERT_TRUE(Signed("mail.example.test").ok());
  EXPECT_THAT(message_, HasSubstr(" d=example.test;"));
  message_ = kMessage;
  ASSERT_TRUE(Signed("other.test").ok());
  EXPECT_EQ(message_, kMessage);
  ASSERT_TRUE(RunTask(loop_, Sign(loop_, {}, "example.test", kDate, message_)).ok());
  EXPECT_EQ(message_, kMessage);
}

TEST_F(SigningTest, GivesEveryAttemptTheSameBytes) {
  ASSERT_TRUE(Signed("example.test").ok());
  const std::string first = message_;
  message_ = kMessage;
  ASSERT_TRUE(Signed("example.test").ok());
  EXPECT_EQ(message_, first);
}

TEST_F(SigningTest, LeavesWhatItCannotSignAsItWas) {
  message_ = "no header";
  EXPECT_TRUE(absl::IsInvalidArgument(Signed("example.test")));
  EXPECT_EQ(message_, "no header");
}

TEST_F(SigningTest, SaysThatItIsNotNowWhenThePoolStops) {
  pool_.Stop();
  EXPECT_TRUE(absl::IsCancelled(Signed("example.test")));
  EXPECT_EQ(message_, kMessage);
}

}  // namespace
}  // namespace posthaste::worker
