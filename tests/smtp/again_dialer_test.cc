#include "smtp/again_dialer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/support/fake_clock.h"
#include "tests/support/run_task.h"

namespace posthaste::smtp {
namespace {

using ::testing::ElementsAre;

// Notes whom it was to dial, and reaches nobody.
class NotingDialer final : public Dialer {
 public:
  Task<absl::StatusOr<std::unique_ptr<Stream>>> Dial(const std::string& host, uint16_t,
                                                     SteadyTime deadline) override {
    dialled.push_back(host);
    deadlines.push_back(deadline);
    co_return absl::UnavailableError("nobody");
  }
  std::vector<std::string> dialled;
  std::vector<SteadyTime> deadlines;
};

class AgainDialerTest : public ::testing::Test {
 protected:
  std::vector<std::string> Dial(const std::string& address, uint16_t port = 25) {
    inner_ = NotingDialer();
    AgainDialer dialer(inner_, address, clock_);
    const auto stream =
        RunTask(loop_, dialer.Dial("mx.test", port, clock_.Steady() + std::chrono::seconds(9)));
    EXPECT_FALSE(stream.ok());
    return inner_.dialled;
  }
  Loop loop_;
  FakeClock clock_;
  NotingDialer inner_;
};

TEST_F(AgainDialerTest, DialsTheAddressFirstAndThenTheHost) {
  EXPECT_THAT(Dial("192.0.2.1:25"), ElementsAre("192.0.2.1", "mx.test"));
  EXPECT_EQ(inner_.deadlines[0], clock_.Steady() + std::chrono::seconds(3));
  EXPECT_EQ(inner_.deadlines[1], clock_.Steady() + std::chrono::seconds(9));
  EXPECT_THAT(Dial("[2001:db8::1]:25"), ElementsAre("2001:db8::1", "mx.test"));
}

TEST_F(AgainDialerTest, WhatIsNoAddressOfThisPortIsNothing) {
  for (const char* address : {"", "192.0.2.1", "192.0.2.1:26", "mx.test:25", ":25", "[]:25"}) {
    EXPECT_THAT(Dial(address), ElementsAre("mx.test")) << address;
  }
}

}  // namespace
}  // namespace posthaste::smtp
