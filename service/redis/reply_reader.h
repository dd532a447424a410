// Decodes a stream of bytes into replies, however it was cut into pieces (hiredis' redisReader does
// the parsing).
//
// The memory that an answer can take is bounded before it is taken. After the first error the
// reader stays broken: the stream has lost its framing, and only a new connection helps.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/redis/reply.h"

struct redisReader;

namespace posthaste::redis {

// Nesting is limited to 7 arrays in arrays by hiredis.
struct ReplyLimits {
  size_t line_or_bulk_bytes_max = 64u << 20u;  // One string, status or error.
  size_t reply_bytes_max = 256u << 20u;  // A whole reply in memory: its strings and its elements.
  size_t idle_buffer_bytes_max = 256u << 10u;  // Of the buffer kept between replies.
};

class ReplyBuilder;

class ReplyReader {
 public:
  explicit ReplyReader(const ReplyLimits& limits = {});
  ~ReplyReader();
  ReplyReader(const ReplyReader&) = delete;
  ReplyReader& operator=(const ReplyReader&) = delete;

  // Adds bytes as they came from the connection. Call Next until it answers nothing before feeding
  // more.
  void Feed(std::string_view bytes);

  // The next whole reply, nothing if more bytes are needed. DATA_LOSS: what came is no RESP2, or
  // above a limit.
  absl::StatusOr<std::optional<Reply>> Next();

 private:
  absl::Status Break(std::string_view why);

  const ReplyLimits limits_;
  const std::unique_ptr<ReplyBuilder> builder_;
  redisReader* const reader_;
  absl::Status broken_;  // Set once.
};

}  // namespace posthaste::redis
