#include "smtp/body.h"

#include <gtest/gtest.h>

#include "tests/support/fake_random.h"

namespace posthaste::smtp {
namespace {

std::string Wire(std::string_view message) {
  std::string out;
  EXPECT_TRUE(AppendBody(out, message).ok()) << message;
  return out;
}

// What a relay makes of it (RFC 5321 4.5.2).
std::string Unstuff(std::string_view wire) {
  std::string message;
  bool line_begin = true;
  for (const char c : wire) {
    if (!(line_begin && c == '.')) message += c;
    line_begin = c == '\n';
  }
  return message;
}

TEST(Body, DoublesTheDotsThatBeginLines) {
  EXPECT_EQ(Wire(".\r\n"), "..\r\n");
  EXPECT_EQ(Wire("a\r\n.b\r\n..c\r\nd.\r\n"), "a\r\n..b\r\n...c\r\nd.\r\n");
  EXPECT_EQ(Wire("a.b\r\n"), "a.b\r\n");
}

TEST(Body, EndsInExactlyOneCrlf) {
  EXPECT_EQ(Wire("a"), "a\r\n");
  EXPECT_EQ(Wire("a\r\n"), "a\r\n");
  EXPECT_EQ(Wire("."), "..\r\n");
  EXPECT_EQ(Wire(""), "");
  EXPECT_EQ(Wire("a\r\n\r\n"), "a\r\n\r\n");
}

TEST(Body, RefusesABareCrOrLfAndLeavesTheBufferAsItWas) {
  for (const std::string_view message : {"a\nb\r\n", "a\rb\r\n", "\n", "\r", "a\r\n.\n", "a\r",
                                         "a\r\r\n", "a\n\r\n", "a\r\n\n", "\n.\r\n"}) {
    std::string out = "before";
    EXPECT_EQ(AppendBody(out, message).code(), absl::StatusCode::kInvalidArgument) << message;
    EXPECT_EQ(AppendChunk(out, message).code(), absl::StatusCode::kInvalidArgument) << message;
    EXPECT_EQ(out, "before");
  }
}

TEST(Body, ComesBackAsItWasForAnyMixOfDotsAndLines) {
  FakeRandom random;
  for (int round = 0; round < 2000; ++round) {
    std::string message;
    const uint64_t pieces = random.Below(40);
    for (uint64_t i = 0; i < pieces; ++i) {
      constexpr std::string_view kPieces[] = {".", "\r\n", "a", "..", "\xc3\xbc", "\r\n.\r\n"};
      message += kPieces[random.Below(std::size(kPieces))];
    }
    std::string expected = message;
    const bool ended = message.size() >= 2 && message.substr(message.size() - 2) == "\r\n";
    if (!message.empty() && !ended) expected += "\r\n";
    const std::string wire = Wire(message);
    ASSERT_EQ(Unstuff(wire), expected);
    ASSERT_EQ(wire.find("\r\n.\r\n"), std::string::npos) << "the message ends early";
    ASSERT_EQ(MessageBytes(message), expected.size());
  }
}

TEST(Chunk, IsTheMessageAsItIs) {
  for (const std::string_view message : {"", ".\r\n", "a\r\n.\r\n..b\r\n", "a"}) {
    std::string out = "x";
    ASSERT_TRUE(AppendChunk(out, message).ok());
    EXPECT_EQ(out, "x" + std::string(message) + (message == "a" ? "\r\n" : ""));
    EXPECT_EQ(out.size() - 1, MessageBytes(message));
  }
}

TEST(Body, KnowsEightBitBytesWhereverTheyAre) {
  EXPECT_FALSE(HasEightBit(""));
  EXPECT_FALSE(HasEightBit("plain text of more than eight bytes"));
  for (size_t at = 0; at < 20; ++at) {
    std::string text(20, 'x');
    text[at] = '\x80';
    EXPECT_TRUE(HasEightBit(text)) << at;
  }
}

}  // namespace
}  // namespace posthaste::smtp
