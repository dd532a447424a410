#include "service/queue/call.h"

#include <iterator>

namespace posthaste::queue {

Task<absl::StatusOr<std::vector<redis::Reply>>> ScriptCall::WaitFor(redis::Pending pending,
                                                                    ServerClock* clock,
                                                                    SteadyTime asked) {
  absl::StatusOr<redis::Reply> reply = co_await pending.Wait();
  if (!reply.ok()) co_return reply.status();
  absl::StatusOr<std::vector<redis::Reply>> elements = reply->TakeArray();
  if (!elements.ok()) co_return elements.status();
  if (elements->empty()) co_return absl::InternalError("a script answered nothing");
  const absl::StatusOr<int64_t> now = elements->front().Integer();
  if (!now.ok()) co_return now.status();
  clock->Observe(*now, asked, clock->Steady());
  elements->erase(elements->begin());
  co_return std::move(*elements);
}

Task<absl::StatusOr<int64_t>> ScriptCall::NumberOf(
    Task<absl::StatusOr<std::vector<redis::Reply>>> elements) {
  const absl::StatusOr<std::vector<redis::Reply>> reply = co_await std::move(elements);
  if (!reply.ok()) co_return reply.status();
  if (reply->empty()) co_return absl::InternalError("a script answered no number");
  co_return reply->front().Integer();
}

redis::Command CallOf(const redis::Script& script, size_t keys) {
  return redis::Command("EVALSHA", script.sha1, keys);
}

}  // namespace posthaste::queue
