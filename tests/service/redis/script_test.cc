#include "service/redis/script.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace posthaste::redis {
namespace {

std::string Encoded(const Command& command) {
  std::string out;
  command.AppendTo(out);
  return out;
}

TEST(Script, IsNamedByTheSha1OfItsSource) {
  // FIPS 180-2, appendix A.1.
  EXPECT_EQ(MakeScript("abc", "abc").sha1, "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(MakeScript("empty", "").sha1, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

TEST(Script, CountsItsKeysApartFromItsArguments) {
  const Script script = MakeScript("one", "return 1");
  const std::vector<std::string_view> keys = {"k1", "k2"};
  const std::vector<std::string_view> args = {"a"};
  EXPECT_EQ(Encoded(EvalSha(script, keys, args)),
            Encoded(Command("EVALSHA", script.sha1, 2, "k1", "k2", "a")));
  EXPECT_EQ(Encoded(EvalSha(script, {})), Encoded(Command("EVALSHA", script.sha1, 0)));
  EXPECT_EQ(Encoded(ScriptLoad(script)), Encoded(Command("SCRIPT", "LOAD", "return 1")));
}

}  // namespace
}  // namespace posthaste::redis
