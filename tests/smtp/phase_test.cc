#include "smtp/phase.h"

#include <gtest/gtest.h>

#include <set>

namespace posthaste::smtp {
namespace {

TEST(Phase, HasANameOfItsOwnForEachStep) {
  std::set<std::string_view> names;
  for (int i = 0; i < kPhases; ++i) names.insert(PhaseName(static_cast<Phase>(i)));
  EXPECT_EQ(names.size(), static_cast<size_t>(kPhases));
  EXPECT_EQ(names.count(""), 0u);
  EXPECT_EQ(PhaseName(Phase::kStartTls), "starttls");
  EXPECT_EQ(PhaseName(Phase::kDot), "dot");
}

}  // namespace
}  // namespace posthaste::smtp
