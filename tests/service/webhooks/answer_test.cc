#include "service/webhooks/answer.h"

#include <gtest/gtest.h>

#include <string>

namespace posthaste::webhooks {
namespace {

// Whether `text` was whole when it came in pieces of `size`, and nothing of it was left.
bool ReadIn(AnswerReader& reader, const std::string& text, size_t size) {
  for (size_t at = 0; at < text.size(); at += size) {
    const absl::StatusOr<bool> whole = reader.Put(std::string_view(text).substr(at, size));
    if (!whole.ok()) return false;
    if (*whole) return at + size >= text.size();
  }
  return false;
}

TEST(AnswerReader, ReadsTheSameWhateverThePieces) {
  const std::string plain = "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 5\r\n\r\nlater";
  const std::string chunked =
      "HTTP/1.1 503 \r\nretry-after: 7\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nlat\r\n2\r\ner\r\n0\r\n\r\n";
  const std::string interim = "HTTP/1.1 100 Continue\r\n\r\n" + plain;
  const std::string empty =
      "HTTP/1.1 503 \r\nretry-after: 7\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
  for (const std::string& text : {plain, chunked, interim, empty}) {
    for (size_t size = 1; size <= text.size(); ++size) {
      AnswerReader reader;
      EXPECT_TRUE(ReadIn(reader, text, size)) << size << "\n" << text;
      EXPECT_EQ(reader.status(), 503);
      EXPECT_EQ(reader.retry_after(), absl::Seconds(7));
      EXPECT_TRUE(reader.keep_alive());
    }
  }
}

TEST(AnswerReader, KnowsWhetherAnotherRequestMayFollow) {
  for (const char* text : {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
                           "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"}) {
    AnswerReader reader;
    EXPECT_TRUE(reader.Put(text).value());
    EXPECT_FALSE(reader.keep_alive()) << text;
  }
  AnswerReader more;
  EXPECT_TRUE(more.Put("HTTP/1.1 204 No\r\n\r\nHTTP/1.1 200").value());
  EXPECT_FALSE(more.keep_alive()) << "something unasked follows";
}

TEST(AnswerReader, EndsWithTheConnectionWhereThereIsNoLength) {
  AnswerReader reader;
  EXPECT_FALSE(reader.Put("HTTP/1.1 200 OK\r\n\r\nall there is").value());
  EXPECT_TRUE(reader.PutEnd());
  EXPECT_EQ(reader.status(), 200);
  AnswerReader cut;
  EXPECT_FALSE(cut.Put("HTTP/1.1 200 OK\r\nContent-Le").value());
  EXPECT_FALSE(cut.PutEnd());
  EXPECT_EQ(cut.status(), 0);
  AnswerReader nothing;
  EXPECT_FALSE(nothing.PutEnd());
}

TEST(AnswerReader, RefusesWhatIsNoAnswerOrTooMuchOfOne) {
  for (const std::string& text :
       {std::string("SSH-2.0-OpenSSH_9.2\r\n"), std::string("HTTP/1.1 abc\r\n\r\n"),
        "HTTP/1.1 200 OK\r\nA: " + std::string(kAnswerHeaderMax, 'a')}) {
    AnswerReader reader;
    EXPECT_FALSE(reader.Put(text).ok()) << text.substr(0, 40);
    EXPECT_EQ(reader.status(), 0);
  }
  AnswerReader forever;
  absl::StatusOr<bool> put = false;
  for (int i = 0; i < 10 && put.ok(); ++i) put = forever.Put("HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_FALSE(put.ok());
}

TEST(AnswerReader, KnowsTheStatusOfAnAnswerWhoseBodyIsTooLong) {
  AnswerReader reader;
  const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40000\r\n";
  EXPECT_FALSE(reader.Put(head + std::string(0x40000, 'x')).ok());
  EXPECT_EQ(reader.status(), 200);
}

// A line of a chunk and the trailers have no limit of their own.
TEST(AnswerReader, EndsWhatNeverEndsOutsideOfTheBody) {
  const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const char* begun : {"1;a=", "0\r\nA: ", "0\r\n"}) {
    AnswerReader reader;
    absl::StatusOr<bool> put = reader.Put(head + begun);
    size_t bytes = 0;
    while (put.ok() && bytes <= kAnswerMax) {
      const std::string more = std::string(4096 - 6, 'b') + "\r\nc: d";
      put = reader.Put(begun == std::string("0\r\n") ? "b: c\r\n" + more : std::string(4096, 'b'));
      bytes += 4096;
    }
    EXPECT_FALSE(put.ok()) << begun;
    EXPECT_EQ(reader.status(), 200);
  }
}

TEST(AnswerReader, HeedsNoDateAndNoNonsense) {
  for (const char* value : {"Wed, 21 Oct 2015 07:28:00 GMT", "-1", "1e9", "99999999999999", ""}) {
    AnswerReader reader;
    const std::string text =
        std::string("HTTP/1.1 429 X\r\nRetry-After: ") + value + "\r\nContent-Length: 0\r\n\r\n";
    EXPECT_TRUE(reader.Put(text).value());
    EXPECT_EQ(reader.retry_after(), std::nullopt) << value;
  }
}

}  // namespace
}  // namespace posthaste::webhooks
