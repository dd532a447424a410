#include "service/queue/recipient_read.h"

#include "absl/strings/numbers.h"

namespace posthaste::queue {

Task<absl::StatusOr<Recipient>> ReadRecipient(redis::Client& redis, const Keys& keys, int shard,
                                              std::string hash) {
  const std::string key = keys.Recipient(shard, hash);
  const absl::StatusOr<redis::Reply> reply = co_await redis.Call(redis::Command("GET", key));
  if (!reply.ok()) co_return reply.status();
  co_return DecodeRecipient(reply->IsNil() ? std::string_view() : reply->raw_text(), shard);
}

Task<absl::StatusOr<int64_t>> ReadWrongGuesses(redis::Client& redis, const Keys& keys, int shard,
                                               std::string failure_key) {
  const std::string key = keys.Limit(shard, failure_key);
  const absl::StatusOr<redis::Reply> reply = co_await redis.Call(redis::Command("GET", key));
  if (!reply.ok()) co_return reply.status();
  int64_t guesses = 0;
  if (!reply->IsNil() && !absl::SimpleAtoi(reply->raw_text(), &guesses))
    co_return absl::DataLossError("stored failure budget: no number");
  co_return guesses;
}

}  // namespace posthaste::queue
