#include "service/ops/console/events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/log.h"
#include "tests/support/temp.h"

namespace posthaste::ops {
namespace {

using ::testing::HasSubstr;

TEST(ConsoleEvents, TellWhoDidWhatAndWhy) {
  const TempDir dir;
  ASSERT_TRUE(log::Start(log::Level::kInfo, dir.File("log")));
  Acted("CreateHold", "ana", "ill for bo@x.test", R"({"target":"mx1"})", absl::OkStatus());
  Acted("DeleteHold", "bo", "well again", "{}", absl::NotFoundError("no such hold"));
  LoggedIn("", "192.0.2.7", false);
  log::Stop();
  const std::string lines = ReadFile(dir.File("log"));
  EXPECT_THAT(
      lines,
      HasSubstr(
          R"("event":"console_action","action":"CreateHold","key":"ana","reason":"ill for ***@x.test","request":"{\"target\":\"mx1\"}","done":true)"));
  EXPECT_THAT(lines, HasSubstr(R"("done":false,"why":"no such hold")"));
  EXPECT_THAT(lines,
              HasSubstr(R"("event":"console_login","key":"","source":"192.0.2.7","good":false)"));
}

}  // namespace
}  // namespace posthaste::ops
