#include "smtp/saslprep.h"

#include <gtest/gtest.h>

namespace posthaste::smtp {
namespace {

void ExpectPrepared(const std::string& text, const std::string& expected) {
  const absl::StatusOr<std::string> prepared = SaslPrep(text);
  ASSERT_TRUE(prepared.ok()) << prepared.status();
  EXPECT_EQ(*prepared, expected);
}
void ExpectRefused(const std::string& text, const std::string& why) {
  const absl::Status status = SaslPrep(text).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(std::string(status.message()), why);
}

TEST(SaslPrep, MatchesTheExamplesOfRfc4013) {
  ExpectPrepared("I\xC2\xADX", "IX");
  ExpectPrepared("user", "user");
  ExpectPrepared("USER", "USER");
  ExpectPrepared("\xC2\xAA", "a");
  ExpectPrepared("\xE2\x85\xA8", "IX");
  ExpectRefused("\x07", "a character that must not be in it");
  ExpectRefused("\xD8\xA7\x31", "directions are mixed");
}

TEST(SaslPrep, MakesTheSameOfTheSameWords) {
  ExpectPrepared("m\xC3\xBCller", "m\xC3\xBCller");
  ExpectPrepared("mu\xCC\x88ller", "m\xC3\xBCller");
  ExpectPrepared(
      "a\xC2\xA0"
      "b\xE3\x80\x80"
      "c",
      "a b c");
  ExpectPrepared("\xE6\x97\xA5\xE6\x9C\xAC", "\xE6\x97\xA5\xE6\x9C\xAC");
  ExpectPrepared("\xD8\xA7\xD8\xA8", "\xD8\xA7\xD8\xA8");
}

TEST(SaslPrep, RefusesWhatMustNotBeInIt) {
  ExpectRefused("\xFF", "not UTF-8");
  ExpectRefused("", "nothing is left of it");
  ExpectRefused("\xC2\xAD", "nothing is left of it");
  ExpectRefused(std::string("a\0b", 3), "a character that must not be in it");
  ExpectRefused("\xEE\x80\x80", "a character that must not be in it");      // Private use.
  ExpectRefused("\xEF\xBF\xBD", "a character that must not be in it");      // Replacement.
  ExpectRefused("\xF0\x9F\xBF\xBE", "a character that must not be in it");  // U+1FFFE.
  ExpectRefused("\xE2\x80\xAE", "a character that must not be in it");      // Override.
}

}  // namespace
}  // namespace posthaste::smtp
