#include "base/core_dumps.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>

namespace posthaste {
namespace {

TEST(CoreDumps, AreForbiddenByTheLimitAndByTheFlagThatPipesObey) {
  // In a process of its own: neither can be taken back.
  const auto forbidden = [] {
    ForbidCoreDumps();
    rlimit limit{};
    getrlimit(RLIMIT_CORE, &limit);
    const bool none = limit.rlim_cur == 0 && limit.rlim_max == 0;
#ifdef PH_SANITIZED
    std::_Exit(none ? 0 : 1);
#else
    std::_Exit(none && prctl(PR_GET_DUMPABLE) == 0 ? 0 : 1);
#endif
  };
  EXPECT_EXIT(forbidden(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace posthaste
