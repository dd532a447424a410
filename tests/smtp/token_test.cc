#include "smtp/token.h"

#include <gtest/gtest.h>

#include "tests/support/run_task.h"

namespace posthaste::smtp {
namespace {

TEST(TokenFrom, ReadsAnewEveryTime) {
  Loop loop;
  int reads = 0;
  const std::shared_ptr<TokenSource> source =
      TokenFrom([&reads]() -> absl::StatusOr<Secret> { return Secret(std::to_string(++reads)); });
  EXPECT_EQ(RunTask(loop, source->Token())->Reveal(), "1");
  EXPECT_EQ(RunTask(loop, source->Token())->Reveal(), "2");
}

TEST(TokenFrom, PassesOnWhyThereIsNone) {
  Loop loop;
  const std::shared_ptr<TokenSource> source =
      TokenFrom([]() -> absl::StatusOr<Secret> { return absl::NotFoundError("/t: gone"); });
  EXPECT_EQ(RunTask(loop, source->Token()).status().message(), "/t: gone");
}

}  // namespace
}  // namespace posthaste::smtp
