#include "service/queue/scripts.h"

#include "absl/strings/str_cat.h"
#include "service/queue/score.h"
#include "tests/service/queue/admission_fixture.h"

namespace posthaste::queue {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class ScriptsTest : public AdmissionTest {};

TEST(Scripts, OpenWithTheirEngineAndIncludeWhatTheyShare) {
  int scripts = 0;
  for (const EmbeddedFile& file : ScriptFiles()) {
    if (file.path.starts_with("lib_")) continue;
    ++scripts;
    const redis::Script& script = ScriptNamed(file.path.substr(0, file.path.size() - 4));
    EXPECT_THAT(script.source, StartsWith("#!lua")) << file.path;
    EXPECT_THAT(script.source, Not(HasSubstr("-- include"))) << file.path;
    EXPECT_THAT(std::string(file.bytes), HasSubstr("\n-- KEYS  ")) << file.path;
    EXPECT_THAT(std::string(file.bytes), HasSubstr("\n-- Returns ")) << file.path;
  }
  EXPECT_GE(scripts, 5);
  EXPECT_EQ(&ScriptNamed("admit"), &ScriptNamed("admit"));
}

TEST(Scripts, LetNothingInWhenMemoryIsShort) {
  for (const std::string_view name : {"admit", "check", "take_limit"}) {
    EXPECT_THAT(ScriptNamed(name).source, StartsWith("#!lua\n")) << name;
  }
}

TEST(Scripts, PackNumbersLittleEndian) {
  const std::string bytes = Packer().I64(-2).U32(0x04030201).U16(0x0605).U8(7).bytes();
  EXPECT_EQ(bytes, std::string("\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01\x02\x03\x04\x05\x06\x07"));
}

TEST_F(ScriptsTest, KeepAScoreBitExactThroughLuaAndBack) {
  std::string source = "#!lua\nlocal now_ms = 0\n";
  for (const EmbeddedFile& file : ScriptFiles()) {
    if (file.path == "lib_score.lua") source += file.bytes;
  }
  source +=
      "local answer = {}\n"
      "for i = 1, #ARGV do\n"
      "  redis.call('ZADD', KEYS[1], struct.unpack('<i8', ARGV[i]), 'id')\n"
      "  local score = tonumber(redis.call('ZSCORE', KEYS[1], 'id'))\n"
      "  local again = score_at(visible_of(score), low_of(score))\n"
      "  local low = low_of(again)\n"
      "  answer[i] = string.format('%.0f %s %s %s %d', again, tostring(is_leased(low)), "
      "tostring(has_dot(low)),\n"
      "    tostring(has_cancel(low)), low % 512)\n"
      "end\n"
      "return answer\n";
  for (int batch = 0; batch < 100; ++batch) {
    std::vector<std::string> command = {"EVAL", source, "1", "scores"};
    std::string expected;
    for (int i = 0; i < 1000; ++i) {
      const uint64_t bits = random_.Below(8);
      const Score score = {
          .visible_ms = kScoreEpochMs + static_cast<int64_t>(random_.Below(uint64_t{1} << 41)),
          .leased = (bits & 1) != 0,
          .dot = (bits & 2) != 0,
          .cancel = (bits & 4) != 0,
          .claims = static_cast<int>(random_.Below(kClaimsMax + 1))};
      const int64_t packed = batch == 0 && i == 0 ? (int64_t{1} << 53) - 1 : Pack(score);
      const Score whole = Unpack(packed);
      command.push_back(Packer().I64(packed).bytes());
      const auto word = [](bool value) { return value ? "true" : "false"; };
      absl::StrAppend(&expected, packed, " ", word(whole.leased), " ", word(whole.dot), " ",
                      word(whole.cancel), " ", whole.claims, "\n");
    }
    ASSERT_EQ(server_.Call(command), expected);
  }
}

}  // namespace
}  // namespace posthaste::queue
