#include "service/queue/attachments_read.h"

#include <utility>

namespace posthaste::queue {

Task<absl::StatusOr<std::string>> ReadAttachments(redis::Client& redis, const Keys& keys, int shard,
                                                  std::string id) {
  redis::Command get("GET", keys.Attachments(shard, id));
  absl::StatusOr<redis::Reply> reply = co_await redis.Call(std::move(get));
  if (!reply.ok()) co_return reply.status();
  if (reply->IsNil()) co_return std::string();
  co_return reply->TakeText();
}

}  // namespace posthaste::queue
