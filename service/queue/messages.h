// Reading messages and withdrawing them, for whoever asks about one. One per loop.
//
// A message of another tenant does not exist, whatever is asked.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/task.h"
#include "service/queue/call.h"
#include "service/queue/keys.h"
#include "service/queue/queue.h"
#include "service/queue/server_clock.h"
#include "service/redis/client.h"

namespace posthaste::queue {

// A record without its seal, and the job's place in the queue if it has one.
struct MessageView {
  std::string id;
  Record record;
  std::optional<Score> score;
};

// The state that a caller sees: SENDING while a worker holds it, else the record's.
State ShownState(const MessageView& view);

// When a QUEUED or DEFERRED message is tried (again).
std::optional<absl::Time> NextAttempt(const MessageView& view);

struct MessagePage {
  std::vector<MessageView> messages;
  std::string next;  // Token for the rest; "" at the end. An empty page may have one.
};

inline constexpr int kPageMax = 200;

class Messages {
 public:
  // All three must outlive this; RegisterScripts was called with the client.
  Messages(redis::Client& client, const Keys& keys, ServerClock& clock)
      : client_(client), keys_(keys), clock_(clock) {}

  Task<absl::StatusOr<std::optional<MessageView>>> Get(std::string tenant, std::string id);

  // Messages to one recipient, newest first. `token`: "" or a page's `next`; INVALID_ARGUMENT if it
  // is none. `size` at most kPageMax.
  Task<absl::StatusOr<MessagePage>> ListByRecipient(std::string tenant, int shard,
                                                    std::string mailbox_hash, int size,
                                                    std::string token);

  // Messages in a live state (QUEUED, SENDING, DEFERRED, PARKED; else INVALID_ARGUMENT), shard by
  // shard. A page ends when it is full or when enough was looked through; jobs move while pages are
  // read, so one may be told twice or not at all.
  Task<absl::StatusOr<MessagePage>> ListByState(std::string tenant, State state, int size,
                                                std::string token);

  // Its SMTP attempts, oldest first, at most kAttemptsKept; nothing if there is no such message.
  Task<absl::StatusOr<std::optional<std::vector<store::v1::AttemptRecord>>>> Attempts(
      std::string tenant, std::string id);

  // Withdraws it (cancel.lua). One that waits for another try after an uncertain dot is not tried
  // again, and answers kTooLate. Repeated, it answers the same.
  Task<absl::StatusOr<Cancelled>> Cancel(std::string tenant, std::string id);

 private:
  struct Place;

  // The messages of `ids` in one shard, in their order; those that are gone, or another tenant's,
  // are left out.
  Task<absl::StatusOr<std::vector<MessageView>>> View(std::string tenant, int shard,
                                                      std::vector<std::string> ids);

  redis::Client& client_;
  const Keys& keys_;
  ServerClock& clock_;
};

}  // namespace posthaste::queue
