#include "service/worker/worker.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <utility>

#include "service/worker/events.h"

namespace posthaste::worker {
namespace {

constexpr int kClaimMax = 32;              // Jobs of one claim.
constexpr int kSettlers = 2;               // Batches of settlements under way at once.
constexpr absl::Duration kIdleWait = absl::Seconds(1);
constexpr absl::Duration kRenewEvery = absl::Seconds(10);
// Longer than the longest limits of a session together: whoever holds a job longer is stuck, and its lease may go.
constexpr absl::Duration kHeldMax = absl::Minutes(15);

}  // namespace

// The heart of the program: claim, attempt, settle.
Task<void> Worker::Handle(queue::LeasedJob job) {
  const Report report = co_await Attempt(job);
  const queue::Settlement settlement = Decide(job, report, shared_.uncertain, store_.clock().Now(), random_);
  const absl::StatusOr<queue::Settled> settled = co_await settler_.Settle(settlement);
  Attempted(job, report, settlement, settled, store_.clock().Now());
  // A lost lease needs no repair here: whoever holds it now will settle it.
  Release(job.lease.id);
}

Task<Report> Worker::Attempt(const queue::LeasedJob& job) {
  Claimed(job, store_.clock().Now());
  if (stopping_) {
    Report report;
    report.held = job.dot ? Held::kDot : Held::kStopping;
    co_return report;
  }
  co_return co_await Dispatch(job, store_, sender_, shared_, clock_);
}

Worker::Worker(Loop& loop, queue::Store& store, smtp::Sender& sender, const Shared& shared, std::vector<int> shards,
               const Clock& clock, Random& random)
    : loop_(loop), store_(store), sender_(sender), shared_(shared), clock_(clock), random_(random),
      settler_(loop, store.leases()), idle_(loop), renew_(loop) {
  for (const int shard : shards) {
    polls_.push_back(std::make_unique<Poll>(loop));
    polls_.back()->shard = shard;
  }
}

void Worker::Start() {
  for (const std::unique_ptr<Poll>& poll : polls_) {
    ++running_;
    asio::co_spawn(loop_, PollShard(poll.get()), asio::detached);
  }
  for (int i = 0; i < kSettlers; ++i) asio::co_spawn(loop_, settler_.Run(), asio::detached);
  asio::co_spawn(loop_, Renew(), asio::detached);
  asio::co_spawn(loop_, sender_.Tend(), asio::detached);
}

void Worker::Wake(int shard) {
  for (const std::unique_ptr<Poll>& poll : polls_) {
    if (poll->shard == shard) poll->signal.Notify();
  }
}

int Worker::FreeSlots() const { return shared_.slots - held() - reserved_; }

// A fifth of the slots takes codes only.
int Worker::SharedSlots() const { return FreeSlots() - (shared_.slots + 4) / 5; }

Task<void> Worker::PollShard(Poll* poll) {
  while (!stopping_) {
    const absl::Duration wait = co_await ClaimSome(poll);
    if (wait > absl::ZeroDuration() && !stopping_) co_await poll->signal.Wait(wait);
  }
  --running_;
  idle_.Notify();
}

// One claim; answers how long to wait before the next.
Task<absl::Duration> Worker::ClaimSome(Poll* poll) {
  // One claim in eight looks at the last class first, so that a flood of codes cannot stop all else.
  const bool last_first = ++poll->turn % 8 == 0;
  const queue::MailClass first = last_first ? queue::MailClass::kGeneral : queue::MailClass::kCode;
  const bool only_codes = SharedSlots() <= 0;
  const int room = std::min(only_codes ? FreeSlots() : SharedSlots(), kClaimMax);
  poll->wants_any = room <= 0;
  poll->wants_shared = only_codes;
  if (room <= 0) co_return kIdleWait;
  reserved_ += room;
  absl::StatusOr<queue::ClaimAnswer> claimed = co_await store_.leases().Claim(
      poll->shard, only_codes ? queue::MailClass::kCode : first, room, true, only_codes);
  reserved_ -= room;
  if (!claimed.ok()) co_return kIdleWait * (0.8 + 0.4 * random_.Unit());
  for (queue::LeasedJob& job : claimed->jobs) {
    held_[job.lease.id] = Holding{job.lease, clock_.Steady()};
    asio::co_spawn(loop_, Handle(std::move(job)), asio::detached);
  }
  if (!claimed->jobs.empty()) co_return absl::ZeroDuration();
  const absl::Duration until_due = claimed->next_due - store_.clock().Now();
  co_return std::clamp(until_due, absl::Milliseconds(1), kIdleWait * (0.8 + 0.4 * random_.Unit()));
}

void Worker::Release(const std::string& id) {
  held_.erase(id);
  if (stopping_) idle_.Notify();
  OfferSlots();
}

// Whoever had to leave jobs for want of slots looks again.
void Worker::OfferSlots() {
  const bool any = FreeSlots() > 0, shared = SharedSlots() > 0;
  for (const std::unique_ptr<Poll>& poll : polls_) {
    if ((poll->wants_any && any) || (poll->wants_shared && shared)) {
      poll->wants_any = poll->wants_shared = false;
      poll->signal.Notify();
    }
  }
}

Task<void> Worker::Renew() {
  while (!stopping_ || !held_.empty()) {
    co_await renew_.Wait(kRenewEvery);
    std::vector<queue::Lease> leases;
    const SteadyTime now = clock_.Steady();
    for (const auto& [id, holding] : held_) {
      if (now - holding.since < absl::ToChronoNanoseconds(kHeldMax)) leases.push_back(holding.lease);
    }
    if (leases.empty()) continue;
    const absl::Status renewed = co_await store_.leases().Renew(leases);
    if (!renewed.ok()) RenewFailed(leases.size(), renewed);
  }
}

Task<void> Worker::Stop() {
  stopping_ = true;
  for (const std::unique_ptr<Poll>& poll : polls_) poll->signal.Notify();
  const SteadyTime give_up = clock_.Steady() + absl::ToChronoNanoseconds(shared_.grace);
  co_await sender_.Drain(clock_.Now() + shared_.grace);
  while ((!held_.empty() || running_ > 0) && clock_.Steady() < give_up) co_await idle_.Wait(absl::Milliseconds(100));
  settler_.Stop();
  renew_.Notify();
}

}  // namespace posthaste::worker
