#include "service/redis/reply_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace posthaste::redis {
namespace {

struct Read {
  std::vector<Reply> replies;
  bool broken = false;
};

Read ReadPieces(const std::vector<std::string_view>& pieces, const ReplyLimits& limits = {}) {
  ReplyReader reader(limits);
  Read read;
  for (const std::string_view piece : pieces) {
    reader.Feed(piece);
    while (!read.broken) {
      absl::StatusOr<std::optional<Reply>> next = reader.Next();
      if (!next.ok()) {
        read.broken = true;
      } else if (next->has_value()) {
        read.replies.push_back(**std::move(next));
      } else {
        break;
      }
    }
  }
  return read;
}

const std::string& Sample() {
  static const std::string bytes = std::string(
      "+OK\r\n-ERR no\r\n:-42\r\n$5\r\na\r\nb\0\r\n$0\r\n\r\n$-1\r\n*-1\r\n*0\r\n"
      "*3\r\n:1\r\n*2\r\n$1\r\nx\r\n$-1\r\n+s\r\n:9223372036854775807\r\n",
      101);
  return bytes;
}

std::vector<Reply> SampleReplies() {
  std::vector<Reply> inner = {Reply::OfString("x"), Reply()};
  std::vector<Reply> outer = {Reply::OfInteger(1), Reply::OfArray(inner), Reply::OfStatus("s")};
  return {Reply::OfStatus("OK"),
          Reply::OfError("ERR no"),
          Reply::OfInteger(-42),
          Reply::OfString(std::string("a\r\nb\0", 5)),
          Reply::OfString(""),
          Reply(),
          Reply(),
          Reply::OfArray({}),
          Reply::OfArray(outer),
          Reply::OfInteger(INT64_MAX)};
}

TEST(ReplyReader, ReadsEveryKind) {
  const Read read = ReadPieces({Sample()});
  EXPECT_FALSE(read.broken);
  EXPECT_EQ(read.replies, SampleReplies());
}

TEST(ReplyReader, ReadsTheSameHoweverTheBytesAreSplit) {
  const std::string_view all = Sample();
  for (size_t at = 0; at <= all.size(); ++at) {
    const Read read = ReadPieces({all.substr(0, at), all.substr(at)});
    EXPECT_FALSE(read.broken);
    EXPECT_EQ(read.replies, SampleReplies()) << "split at " << at;
  }
  std::vector<std::string_view> bytes;
  for (size_t at = 0; at < all.size(); ++at) bytes.push_back(all.substr(at, 1));
  EXPECT_EQ(ReadPieces(bytes).replies, SampleReplies());
}

TEST(ReplyReader, GivesWhatCameBeforeGarbageAndThenStaysBroken) {
  for (const char* garbage :
       {"HTTP/1.1 200 OK\r\n", ":x\r\n", "$x\r\n", "$-2\r\n", "*-2\r\n", "\r\n"}) {
    const std::string bytes = "+OK\r\n" + std::string(garbage) + "+OK\r\n";
    Read read = ReadPieces({bytes, "+OK\r\n"});
    EXPECT_TRUE(read.broken) << garbage;
    EXPECT_EQ(read.replies.size(), 1u) << garbage;
  }
  ReplyReader reader;
  reader.Feed("!\r\n");
  EXPECT_EQ(reader.Next().status().code(), absl::StatusCode::kDataLoss);
  reader.Feed("+OK\r\n");
  EXPECT_EQ(reader.Next().status().code(), absl::StatusCode::kDataLoss);
}

TEST(ReplyReader, RefusesABulkAboveTheLimitBeforeAllOfItCame) {
  ReplyLimits limits;
  limits.line_or_bulk_bytes_max = 1000;
  EXPECT_FALSE(ReadPieces({"$1000\r\n", std::string(1000, 'x'), "\r\n"}, limits).broken);
  EXPECT_TRUE(ReadPieces({"$1001\r\n" + std::string(1001, 'x') + "\r\n"}, limits).broken);
  EXPECT_TRUE(ReadPieces({"$1000000000\r\n", std::string(2000, 'x')}, limits).broken);
}

TEST(ReplyReader, RefusesALineWithoutEnd) {
  ReplyLimits limits;
  limits.line_or_bulk_bytes_max = 1000;
  EXPECT_TRUE(ReadPieces({"+" + std::string(1100, 'x')}, limits).broken);
}

TEST(ReplyReader, RefusesAnArrayWhoseElementsWouldNotFit) {
  ReplyLimits limits;
  limits.reply_bytes_max = 1u << 20u;
  EXPECT_TRUE(ReadPieces({"*2147483647\r\n"}, limits).broken);
  // Many small ones in one reply count together.
  std::string nested = "*100\r\n";
  for (int i = 0; i < 100; ++i) nested += "*1000\r\n";
  EXPECT_TRUE(ReadPieces({nested}, limits).broken);
}

TEST(ReplyReader, CountsEachReplyAnew) {
  ReplyLimits limits;
  limits.reply_bytes_max = 1000;
  std::string bytes;
  for (int i = 0; i < 50; ++i) bytes += "$900\r\n" + std::string(900, 'x') + "\r\n";
  const Read read = ReadPieces({bytes}, limits);
  EXPECT_FALSE(read.broken);
  EXPECT_EQ(read.replies.size(), 50u);
}

TEST(ReplyReader, RefusesNestingThatNobodySends) {
  std::string deep;
  for (int i = 0; i < 50; ++i) deep += "*1\r\n";
  EXPECT_TRUE(ReadPieces({deep + ":1\r\n"}).broken);
}

}  // namespace
}  // namespace posthaste::redis
