#include "tests/support/process.h"

#include <gtest/gtest.h>
#include <signal.h>

namespace posthaste {
namespace {

TEST(Process, GivesExitCodeAndBothStreams) {
  const Finished finished = RunProcess({"sh", "-c", "cat; echo oops >&2; exit 3"}, {}, "input");
  EXPECT_EQ(finished.code, 3);
  EXPECT_EQ(finished.out, "input");
  EXPECT_EQ(finished.err, "oops\n");
}

TEST(Process, AddsToTheEnvironment) {
  EXPECT_EQ(RunProcess({"sh", "-c", "echo $PH_WORD"}, {"PH_WORD=hello"}).out, "hello\n");
}

TEST(Process, SaysWhichSignalEndedIt) {
  Process process({"sh", "-c", "echo ready; exec sleep 60"});
  ASSERT_EQ(process.WaitForLine("read"), "ready");
  process.Signal(SIGTERM);
  EXPECT_EQ(process.Wait(), -SIGTERM);
}

TEST(Process, StopsWaitingForALineWhenTheProcessEnds) {
  Process process({"true"});
  EXPECT_EQ(process.WaitForLine("never"), std::nullopt);
}

TEST(Process, KillsWhatRunsLongerThanItsLimit) {
  EXPECT_EQ(RunProcess({"sleep", "60"}, {}, {}, absl::Milliseconds(20)).code, -SIGKILL);
}

TEST(Process, ExitsWith127WhenTheProgramIsMissing) {
  EXPECT_EQ(RunProcess({"/nowhere/at/all"}).code, 127);
}

TEST(Process, NeverBlocksAChildThatWritesMuch) {
  EXPECT_EQ(RunProcess({"head", "-c", "1000000", "/dev/zero"}).out.size(), 1'000'000U);
}

}  // namespace
}  // namespace posthaste
