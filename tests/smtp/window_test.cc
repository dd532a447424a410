#include "smtp/window.h"

#include <gtest/gtest.h>

#include <algorithm>

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

// What the reversal is for. Each message on a connection of its own, which is the worst case.
TEST(Window, CostsOneRefusalARoundAtASiteThatTakesOnlySoMany) {
  for (const int limit : {1, 4, 5, 10, 50}) {
    Window window(5, 100);
    int sent = 0, refused = 0;
    while (sent < 20'000) {
      const int round = window.size();
      for (int i = 0; i < round; ++i, ++sent) {
        if (i < limit) {
          window.Succeeded(round);
        } else {
          window.Failed();
          ++refused;
        }
      }
    }
    EXPECT_LE(refused, sent / 5) << limit;
    EXPECT_GE(window.size(), limit - 1) << limit;
    EXPECT_LE(window.size(), limit + 1) << limit;
  }
}

// Every message on a connection of its own, which is the worst case: who keeps its sessions meets
// the bad host once in a hundred messages.
TEST(Window, DoesNotCollapseBehindANameWithOneBadHostOfFour) {
  Window window(5, 20);
  FakeRandom random;
  int smallest = 20;
  for (int i = 0; i < 10'000; ++i) {
    if (random.Below(4) == 0) {
      window.Failed();
    } else {
      window.Succeeded(window.size());
    }
    smallest = std::min(smallest, window.size());
  }
  EXPECT_GE(smallest, 2);
  EXPECT_GE(window.size(), 5);
}

}  // namespace
}  // namespace posthaste::smtp
