// How far each webhook was told, and how it fares: on Redis, for whichever process sends.
//
// One sender at a time has a webhook, by a lease with a token; who lost it writes nothing any more.
// Of events nothing is kept here: the streams of events are the queue (event_log.h), and a place
// in them says what is still to be told.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/task.h"
#include "service/queue/event_log.h"
#include "service/queue/keys.h"
#include "service/queue/server_clock.h"
#include "service/redis/client.h"

namespace posthaste::queue {

// Longer than one request may take (30 s) and the pauses between two notes.
inline constexpr absl::Duration kWebhookLease = absl::Seconds(60);
// What is known of a webhook that nobody has any more.
inline constexpr absl::Duration kWebhookKept = absl::Hours(24 * 30);

// A place in one shard's stream.
struct Mark {
  std::string position;
  int64_t seen_ms = 0;  // By Redis' clock: whatever was written before lies at or before it.
  bool operator==(const Mark&) const = default;
};
using Marks = std::vector<Mark>;  // By shard.

std::string EncodeMarks(const Marks& marks);
// nullopt: not of an installation with so many shards.
std::optional<Marks> DecodeMarks(std::string_view text, int shards);

// Behind what was trimmed after `mark`, if anything was: right before the first line that is kept.
// Pure.
std::optional<Mark> BehindGap(const Mark& mark, int64_t now_ms, const Kept& kept);

struct WebhookStanding {
  std::optional<Marks> marks;  // None: it was never told anything.
  int failures = 0;            // Attempts that failed since the last that did not.
  int64_t since_ms = 0;        // When the first of them did.
  int64_t next_ms = 0;         // When the next may be.
  std::string paused;          // Why; "" = it is not.
};

// One webhook of a tenant, as one sender sees it. Used on the loop of its client.
class WebhookLedger {
 public:
  // `token`: of this sender alone. The first three must outlive this; RegisterScripts was called
  // with the client.
  WebhookLedger(redis::Client& client, const Keys& keys, ServerClock& clock,
                std::string_view tenant, std::string_view id, std::string token)
      : client_(client),
        keys_(keys),
        clock_(clock),
        key_(Keys::Webhook(tenant, id)),
        token_(std::move(token)) {}

  // Takes it, or renews the lease. With other `settings` than those that it was last taken with, it
  // is neither failing nor paused any more. nullopt: another sender has it.
  Task<absl::StatusOr<std::optional<WebhookStanding>>> Take(std::string settings);

  // Renews the lease and keeps `standing`; with `release` gives it up instead. False: another
  // sender has it, and nothing was kept. REQUIRES: `standing.marks`.
  Task<absl::StatusOr<bool>> Note(WebhookStanding standing, bool release = false);

 private:
  redis::Client& client_;
  const Keys& keys_;
  ServerClock& clock_;
  const std::string key_, token_;
};

}  // namespace posthaste::queue
