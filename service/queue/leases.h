// Holding jobs: claim, renew, fence, settle. One per loop; used from that loop only.
//
// A lease is a token, (id, claims), and a time. Whoever claims a job again gets another token, so a
// holder that was away too long can neither fence nor settle. Every call may be repeated after a
// lost answer.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/task.h"
#include "service/queue/call.h"
#include "service/queue/keys.h"
#include "service/queue/queue.h"
#include "service/queue/server_clock.h"
#include "service/redis/client.h"

namespace posthaste::queue {

inline constexpr absl::Duration kLease = absl::Seconds(30);
inline constexpr absl::Duration kRenewEvery = absl::Seconds(10);
// A job whose record is of a newer version waits this long for a worker that can read it.
inline constexpr absl::Duration kNewerWait = absl::Seconds(30);
inline constexpr absl::Duration kFenceMargin = absl::Seconds(10);  // fence.lua renews below this.
inline constexpr int kLostLeasesMax = 5;                           // Then a job is parked.
inline constexpr int kClaimMax = 256;                              // Jobs of one claim.
inline constexpr int kSettleMax = 256;                             // Jobs of one settle script.
inline constexpr int kQuantum = 8;                                 // Jobs of one tenant's turn.
inline constexpr int kLanesKnown = 32;  // Lanes given to a claim, each class.

// A fence that is on its way.
class FenceCall {
 public:
  explicit FenceCall(ScriptCall call) : call_(std::move(call)) {}

  // kPass: `dot` is set, and only a settlement clears it. An error: nobody knows whether it is; do
  // not send the dot, and settle (retry or release says that none was sent). REQUIRES: called once.
  Task<absl::StatusOr<Fenced>> Wait() { return WaitFor(std::move(call_)); }

 private:
  static Task<absl::StatusOr<Fenced>> WaitFor(ScriptCall call);

  ScriptCall call_;
};

class Leases {
 public:
  // All three must outlive this; RegisterScripts was called with the client.
  Leases(redis::Client& client, const Keys& keys, ServerClock& clock);

  // Leases up to `max` (at most kClaimMax) due jobs of `shard`: those of class `first` first, then
  // the others by urgency, or `only` that class. Expired, cancelled and too often lost jobs are
  // among them: the holder settles those. With `arm`, and nothing due, whoever makes a job visible
  // at once within the next 5 s wakes the sleepers (waker.h).
  Task<absl::StatusOr<ClaimAnswer>> Claim(int shard, MailClass first, int max, bool arm,
                                          bool only = false);

  // Prolongs leases to 30 s from now, one script per shard. A lease that was lost is passed over:
  // its fence or settlement will say so. The span must live until this has started.
  Task<absl::Status> Renew(std::span<const Lease> leases);

  // May this job's dot be sent? Starts at once. A lease with less than kFenceMargin left is
  // prolonged in the same step. REQUIRES: the job was not claimed with `dot`.
  FenceCall StartFence(const Lease& lease);

  // Settles jobs, one script per shard and kSettleMax jobs. Answers in the order given. On an error
  // some may have been settled: give them all again, and those answer kAlready.
  Task<absl::StatusOr<std::vector<Settled>>> Settle(std::vector<Settlement> settlements);

 private:
  struct Claimed;

  // Tenants whose lanes a claim names: what the last one learned.
  struct Lanes {
    std::vector<std::string> notices, general;
  };

  redis::Command ClaimCommand(int shard, std::string_view classes, int max, bool arm,
                              const Lanes& known) const;
  absl::StatusOr<Claimed> ReadClaim(int shard, std::vector<redis::Reply> reply, const Lanes& known);
  Task<absl::Status> Open(int shard, Claimed claimed, ClaimAnswer* answer);
  Task<void> NoteSuppressed(int shard, ClaimAnswer* answer);
  ScriptCall StartRenew(int shard, const std::vector<const Lease*>& leases);
  // `packed[i]` is what settle.lua is told of `settlements[i]`, which names the keys.
  ScriptCall StartSettle(int shard, std::span<const std::string> packed,
                         std::span<const Settlement* const> settlements);

  redis::Client& client_;
  const Keys& keys_;
  ServerClock& clock_;
  std::vector<std::shared_ptr<const Lanes>> lanes_;  // By shard.
};

}  // namespace posthaste::queue
