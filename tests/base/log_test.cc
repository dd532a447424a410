#include "base/log.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <limits>
#include <string>
#include <thread>

#include "tests/support/temp.h"

namespace posthaste::log {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

// Everything behind the time of the one line that `emit` writes.
template <typename Emitter>
std::string LineOf(Emitter emit) {
  const TempDir dir;
  EXPECT_TRUE(Start(Level::kDebug, dir.File("log")));
  emit();
  Stop();
  return ReadFile(dir.File("log"));
}

TEST(Log, WritesOneJsonObjectALine) {
  const std::string line = LineOf([] {
    Emit(Level::kInfo, "attempt",
         {{"relay", "r1"}, {"n", int64_t{-2}}, {"size", uint64_t{3}}, {"s", 0.5}, {"ok", true}});
  });
  EXPECT_THAT(
      line,
      MatchesRegex(
          R"(\{"time":"[0-9-]{10}T[0-9:]{8}\.[0-9]{3}Z","level":"info","event":"attempt",.*\}.)"));
  EXPECT_THAT(line, EndsWith(R"("relay":"r1","n":-2,"size":3,"s":0.5,"ok":true})"
                             "\n"));
}

TEST(Log, EscapesWhatJsonOrATerminalWouldTakeForMore) {
  const std::string line = LineOf([] {
    Emit(Level::kError, "e", {{"text", "\"\\\r\n\x1b\x7f\xc2\x9b \xc3\xa4 </s>"}});
  });
  EXPECT_THAT(line, HasSubstr(R"("text":"\"\\\u000d\u000a\u001b\u007f\u009b )"
                              "\xc3\xa4 </s>\""));
}

TEST(Log, ReplacesBytesThatAreNotUtf8) {
  const std::string line = LineOf([] { Emit(Level::kError, "e", {{"text", "a\xff\xc3z"}}); });
  EXPECT_THAT(line, HasSubstr("\"a\xEF\xBF\xBD\xEF\xBF\xBDz\""));
}

TEST(Log, WritesNullForWhatIsNoNumber) {
  const std::string line = LineOf([] {
    Emit(Level::kError, "e", {{"x", std::numeric_limits<double>::infinity()}});
  });
  EXPECT_THAT(line, HasSubstr(R"("x":null)"));
}

TEST(Log, LeavesOutWhatIsBelowTheThresholdAndCountsTheRest) {
  const TempDir dir;
  ASSERT_TRUE(Start(Level::kWarning, dir.File("log")));
  const uint64_t infos = Written(Level::kInfo);
  const uint64_t errors = Written(Level::kError);
  Emit(Level::kInfo, "quiet", {});
  Emit(Level::kError, "loud", {});
  Stop();
  EXPECT_EQ(Written(Level::kInfo), infos);
  EXPECT_EQ(Written(Level::kError), errors + 1);
  EXPECT_THAT(ReadFile(dir.File("log")), ::testing::Not(HasSubstr("quiet")));
}

TEST(Log, GoesToStandardErrorBeforeItIsStarted) {
  testing::internal::CaptureStderr();
  Emit(Level::kError, "early", {});
  EXPECT_THAT(testing::internal::GetCapturedStderr(), EndsWith("\"event\":\"early\"}\n"));
}

TEST(Log, RefusesAFileThatCannotBeOpened) {
  const TempDir dir;
  EXPECT_FALSE(Start(Level::kInfo, dir.path()));
}

TEST(Log, DropsTheOldestLinesInsteadOfBlockingWhenNobodyReads) {
  const TempDir dir;
  const std::string path = dir.File("fifo");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const int fd = open(path.c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_GE(fd, 0);
  ASSERT_TRUE(Start(Level::kInfo, path));
  const uint64_t before = Dropped();
  const std::string long_text(1000, 'x');
  for (int64_t i = 0; i < 20'000; ++i) Emit(Level::kInfo, "flood", {{"text", long_text}, {"i", i}});
  EXPECT_GT(Dropped(), before);
  std::string text;
  std::thread reader([&] {
    char buffer[65536];
    while (!text.ends_with("\"i\":19999}\n")) {
      const ssize_t size = read(fd, buffer, sizeof(buffer));
      if (size <= 0) break;
      text.append(buffer, static_cast<size_t>(size));
    }
  });
  Stop();
  reader.join();
  close(fd);
  EXPECT_THAT(text, EndsWith("\"i\":19999}\n"));
}

}  // namespace
}  // namespace posthaste::log
