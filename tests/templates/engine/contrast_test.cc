#include "templates/engine/contrast.h"

#include <gtest/gtest.h>

namespace posthaste::templates {
namespace {

TEST(Contrast, IsTwentyOneAtMostAndOneAtLeast) {
  EXPECT_NEAR(Contrast("#000000", "#ffffff"), 21.0, 1e-9);
  EXPECT_NEAR(Contrast("#0b7285", "#0B7285"), 1.0, 1e-9);
}

TEST(Contrast, IsTheSameEitherWay) {
  EXPECT_DOUBLE_EQ(Contrast("#777777", "#ffffff"), Contrast("#ffffff", "#777777"));
}

// The example that everybody knows: #777777 just misses 4.5, #767676 just makes it.
TEST(Contrast, ComputesAsTheGuidelinesDo) {
  EXPECT_LT(Contrast("#777777", "#ffffff"), 4.5);
  EXPECT_GT(Contrast("#767676", "#ffffff"), 4.5);
}

}  // namespace
}  // namespace posthaste::templates
