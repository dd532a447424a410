// The main job, whole, on real parts: what `./dev demo` shows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>

#include <filesystem>
#include <regex>

#include "tests/e2e/cli_program.h"
#include "tests/support/poll.h"

namespace posthaste {
namespace {

using ::testing::HasSubstr;

TEST(Demo, ShowsTheWholeWayOfACodeAndANotice) {
  const Finished demo = Posthaste({"demo"});
  ASSERT_EQ(demo.code, 0) << demo.out << demo.err;
  EXPECT_EQ(demo.err, "");
  for (const char* part :
       {" 0 ms  enqueued", " ms  claimed", " ms  dot", " ms  accepted", " ms  checked",
        "MISMATCHED", "MATCHED", "Subject: Your Acme email confirmation code",
        "To: ana@example.test", "Your code:", "The password of your Acme account was changed."}) {
    EXPECT_THAT(demo.out, HasSubstr(part)) << demo.out;
  }
  const std::regex last(
      "\ndemo ok: code accepted in [0-9]+ ms and matched; password-changed notice accepted in "
      "[0-9]+ ms\n$");
  EXPECT_TRUE(std::regex_search(demo.out, last)) << demo.out;
}

TEST(Demo, CleansUpWhenItIsInterrupted) {
  const TempDir dir;
  Process demo({kProgram, "demo"}, {"TMPDIR=" + dir.path()});
  const auto at_work = [&dir] {
    for (const auto& entry : std::filesystem::directory_iterator(dir.path())) {
      if (std::filesystem::exists(entry.path() / "posthaste.log")) return true;
    }
    return false;
  };
  ASSERT_TRUE(PollUntil(absl::Seconds(20), at_work)) << demo.Err();
  demo.Signal(SIGINT);
  EXPECT_EQ(demo.Wait(), 1);
  EXPECT_EQ(demo.Err(), "\nposthaste: demo: interrupted\n");
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

TEST(Demo, FailsWithWhatWentWrong) {
  const Finished demo = Posthaste({"demo", "--to", "nobody"});
  EXPECT_EQ(demo.code, 1);
  EXPECT_THAT(demo.err, HasSubstr("RECIPIENT_INVALID"));
  EXPECT_EQ(demo.out.find("demo ok"), std::string::npos);
}

}  // namespace
}  // namespace posthaste
