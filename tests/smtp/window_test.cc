#include "smtp/window.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/support/fake_random.h"

namespace posthaste::smtp {
namespace {

void Succeed(Window& window, int times) {
  for (int i = 0; i < times; ++i) window.Succeeded(window.size());
}
void Fail(Window& window, int times) {
  for (int i = 0; i < times; ++i) window.Failed();
}

TEST(Window, GrowsByOneForAWholeWindowOfSuccesses) {
  Window window(20, 100);
  Succeed(window, 19);
  EXPECT_EQ(window.size(), 20);
  Succeed(window, 1);
  EXPECT_EQ(window.size(), 21);
  Succeed(window, 20);
  EXPECT_EQ(window.size(), 21);
  Succeed(window, 1);
  EXPECT_EQ(window.size(), 22);
}

TEST(Window, AsksForTenSuccessesAlsoWhenItIsSmall) {
  Window window(1, 100);
  Succeed(window, 9);
  EXPECT_EQ(window.size(), 1);
  Succeed(window, 1);
  EXPECT_EQ(window.size(), 2);
}

TEST(Window, ShrinksWithTheFirstFailureWhichPaysForTheWindowsOthers) {
  Window window(10, 100);
  Fail(window, 1);
  EXPECT_EQ(window.size(), 9) << "the hysteresis is reversed";
  Fail(window, 8);
  EXPECT_EQ(window.size(), 9);
  Fail(window, 1);
  EXPECT_EQ(window.size(), 8);
}

TEST(Window, AStepUpForgetsWhatWasPaidForSoThatTheNextFailureCountsAtOnce) {
  Window window(10, 100);
  for (int round = 0; round < 5; ++round) {
    Fail(window, 1);
    EXPECT_EQ(window.size(), 9) << round;
    Succeed(window, 10);
    EXPECT_EQ(window.size(), 10) << round;
  }
}

TEST(Window, AFailureUndoesTheStepsThatWereBegun) {
  Window window(10, 100);
  Succeed(window, 9);
  Fail(window, 1);
  Succeed(window, 9);
  EXPECT_EQ(window.size(), 9);
}

TEST(Window, StaysBetweenOneAndItsMaximum) {
  Window window(5, 6);
  Fail(window, 1000);
  EXPECT_EQ(window.size(), 1);
  Succeed(window, 1000);
  EXPECT_EQ(window.size(), 6);
  EXPECT_EQ(Window(20, 3).size(), 3);
  EXPECT_EQ(Window(0, 0).size(), 1);
  window.Reset();
  EXPECT_EQ(window.size(), 5);
}

TEST(Window, DoesNotGrowWhileItIsNotUsed) {
  Window window(5, 100);
  for (int i = 0; i < 1000; ++i) window.Succeeded(1);
  EXPECT_EQ(window.size(), 6) << "its first size beyond what is in use";
}

TEST(Window, LearnsTheLimitOfASiteAndTriesTheNextStepMoreAndMoreSeldom) {
  Window window(5, 100);
  for (int i = 1; i <= 5; ++i) window.Opened(i);
  for (const int wait : {10, 20, 40, 80, 160, 320, 320}) {
    Succeed(window, wait - 1);
    EXPECT_EQ(window.size(), 5) << wait;
    Succeed(window, 1);
    EXPECT_EQ(window.size(), 6) << wait;
    window.Refused(5);
    EXPECT_EQ(window.size(), 5) << wait;
  }
}

TEST(Window, AStepThatHoldsMakesTheNextOneNear) {
  Window window(5, 100);
  for (int i = 1; i <= 5; ++i) window.Opened(i);
  for (const int wait : {10, 20, 40}) {
    Succeed(window, wait);
    window.Refused(5);
  }
  Succeed(window, 80);
  window.Opened(6);
  Succeed(window, 10);
  EXPECT_EQ(window.size(), 7);
}

TEST(Window, ARefusalWhereMoreWereOpenLatelyIsNoLimit) {
  Window window(5, 100);
  for (int i = 1; i <= 5; ++i) window.Opened(i);
  for (int i = 0; i < 1000; ++i) {
    window.Refused(i % 5);
    window.Opened(i % 5 + 1);
  }
  EXPECT_EQ(window.size(), 5);
}

TEST(Window, FollowsALimitThatWasTakenDown) {
  Window window(20, 20);
  for (int i = 1; i <= 20; ++i) window.Opened(i);
  for (int i = 0; i < 30; ++i) window.Refused(3);
  EXPECT_EQ(window.size(), 3);
}

TEST(Window, NeverAsksForFewerThanAreOpen) {
  Window window(10, 20);
  for (int i = 0; i < 10; ++i) window.Refused(4);
  EXPECT_EQ(window.size(), 4);
  for (int i = 0; i < 10; ++i) window.Refused(0);
  EXPECT_EQ(window.size(), 1);
}

// A site and as many who want to send as it will have, in turns: each of our sessions carries one
// message a turn and ends after `uses` of them; every place that is free then is asked for once.
struct Site {
  int limit = 1'000, uses = 1, bad_of = 0;

  // Turned away, of `messages`.
  int Serve(Window& window, int messages) {
    FakeRandom random;
    std::vector<int> sessions;  // How often each was used.
    int refused = 0;
    for (int sent = 0; sent < messages;) {
      const int want = window.size() - static_cast<int>(sessions.size());
      for (int i = 0; i < want; ++i) {
        const int established = static_cast<int>(sessions.size());
        const bool unwell = bad_of > 0 && random.Below(bad_of) == 0;
        if (established < limit && !unwell) {
          sessions.push_back(0);
          window.Opened(established + 1);
        } else {
          window.Refused(established);
          ++refused;
        }
      }
      smallest = std::min(smallest, window.size());
      const int active = static_cast<int>(sessions.size());
      for (int& used : sessions) {
        window.Succeeded(active);
        ++used;
        ++sent;
      }
      std::erase_if(sessions, [this](int used) { return used >= uses; });
    }
    return refused;
  }
  int smallest = 1'000;
};

TEST(Window, CostsASiteThatTakesOnlySoManyOneRefusalInTwentyAtMost) {
  for (int limit = 1; limit <= 20; ++limit) {
    for (int uses = 1; uses <= 20; ++uses) {
      Site site{limit, uses};
      Window window(5, 100);
      constexpr int kMessages = 2'000;
      EXPECT_LE(site.Serve(window, kMessages), kMessages / 20) << limit << " × " << uses;
      EXPECT_GE(window.size(), limit) << uses;
      EXPECT_LE(window.size(), limit + 1) << uses;
    }
  }
}

TEST(Window, GrowsBehindANameWithOneBadHostOfFour) {
  for (int uses = 1; uses <= 20; ++uses) {
    Site site{.uses = uses, .bad_of = 4};
    Window window(5, 20);
    site.Serve(window, 3'000);
    EXPECT_GE(site.smallest, 2) << uses;
    EXPECT_GE(window.size(), 15) << uses;
  }
}

TEST(Window, LearnsALimitBehindANameWithOneBadHostOfFour) {
  for (const int limit : {2, 3, 5, 10}) {
    Site site{limit, 1, 4};
    Window window(5, 100);
    site.Serve(window, 5'000);
    EXPECT_GE(window.size(), limit - 1) << limit;
    EXPECT_LE(window.size(), limit + 2) << limit;
  }
}

}  // namespace
}  // namespace posthaste::smtp
