#include "base/secret.h"

#include <gtest/gtest.h>

#include <concepts>
#include <ostream>
#include <type_traits>

namespace posthaste {
namespace {

template <typename T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};

static_assert(!Printable<Secret>);
static_assert(!std::is_convertible_v<Secret, std::string>);
static_assert(!std::is_convertible_v<Secret, std::string_view>);
static_assert(!std::is_convertible_v<std::string, Secret>);

TEST(Secret, GivesItsBytesOnlyWhenAsked) {
  const Secret secret("hunter2");
  EXPECT_EQ(secret.Reveal(), "hunter2");
  EXPECT_FALSE(secret.empty());
  EXPECT_TRUE(Secret().empty());
}

TEST(Secret, SurvivesCopyAndMove) {
  Secret one("hunter2");
  Secret copy = one;
  const Secret moved = std::move(one);
  EXPECT_EQ(copy.Reveal(), "hunter2");
  EXPECT_EQ(moved.Reveal(), "hunter2");
}

}  // namespace
}  // namespace posthaste
