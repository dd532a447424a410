#include "service/worker/worker.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <utility>

#include "service/worker/events.h"

namespace posthaste::worker {
namespace {

constexpr int kClaimMax = 32;  // Jobs of one claim.
constexpr int kSettlers = 2;   // Batches of settlements under way at once.
constexpr absl::Duration kIdleWait = absl::Seconds(1);
constexpr absl::Duration kLastWait =
    absl::Seconds(3);  // For what only waits for an answer from Redis.

// One claim in eight begins with each of the other classes, so that a flood of codes cannot stop
// all else.
queue::MailClass FirstOf(int turn) {
  if (turn % 8 == 0) return queue::MailClass::kGeneral;
  return turn % 8 == 4 ? queue::MailClass::kNotice : queue::MailClass::kCode;
}

// By the slowest relay that any tenant has.
std::chrono::nanoseconds StuckAfter(const Shared& shared) {
  std::chrono::nanoseconds after{0};
  for (const auto& [tenant, route] : shared.routes) {
    for (const smtp::RouteStep& step : route)
      after = std::max(after, smtp::StuckAfter(step.relay->options().session.limits));
  }
  return after;
}

}  // namespace

// The heart of the program: claim, attempt, settle.
Task<void> Worker::Handle(queue::LeasedJob job) {
  const Report report = co_await Attempt(job);
  const queue::Settlement settlement =
      Decide(job, report, shared_->uncertain, store_.clock().Now(), random_);
  const absl::StatusOr<queue::Settled> settled = co_await settler_.Settle(settlement);
  Attempted(job, report, settlement, settled, store_.clock().Now());
  // A lost lease needs no repair here: whoever holds it now will settle it.
  Release(job.lease);
}

Task<Report> Worker::Attempt(const queue::LeasedJob& job) {
  Claimed(job, store_.clock().Now());
  if (stopping_) {
    Report report;
    report.held = job.dot ? Held::kDot : Held::kStopping;
    co_return report;
  }
  const auto holding = held_.find(Token(job.lease.id, job.lease.claims));
  std::shared_ptr<smtp::Progress> progress = holding->second.progress;
  const std::shared_ptr<const Shared> shared = shared_;  // Over a reload.
  co_return co_await Dispatch(loop_, job, store_, sender_, *shared, clock_, std::move(progress));
}

Worker::Worker(Loop& loop, queue::Store& store, smtp::Sender& sender,
               std::shared_ptr<const Shared> shared, std::vector<int> shards, const Clock& clock,
               Random& random)
    : loop_(loop),
      store_(store),
      sender_(sender),
      shared_(std::move(shared)),
      clock_(clock),
      random_(random),
      stuck_after_(StuckAfter(*shared_)),
      settler_(loop, store.leases(), clock),
      holds_(store, shared_, shards, clock),
      idle_(loop),
      renew_(loop),
      look_(loop) {
  for (const int shard : shards) {
    polls_.push_back(std::make_unique<Poll>(loop));
    polls_.back()->shard = shard;
  }
}

void Worker::Use(std::shared_ptr<const Shared> shared) {
  shared_ = std::move(shared);
  stuck_after_ = StuckAfter(*shared_);
  holds_.CloseRelays();
  OfferSlots();
}

void Worker::Start() {
  for (const std::unique_ptr<Poll>& poll : polls_) {
    ++polling_;
    asio::co_spawn(loop_, PollShard(poll.get()), asio::detached);
  }
  for (int i = 0; i < kSettlers; ++i) Spawn(settler_.Run());
  Spawn(Renew());
  Spawn(KeepHolds());
  Spawn(sender_.Tend());
}

void Worker::Spawn(Task<void> helper) {
  ++helping_;
  asio::co_spawn(loop_, Help(std::move(helper)), asio::detached);
}

Task<void> Worker::Help(Task<void> helper) {
  co_await std::move(helper);
  --helping_;
  idle_.Notify();
}

void Worker::Wake(int shard) {
  for (const std::unique_ptr<Poll>& poll : polls_) {
    if (poll->shard == shard) poll->signal.Notify();
  }
}

int Worker::FreeSlots() const { return shared_->slots - held() - reserved_; }

// A fifth of the slots is kept for codes (if there are at least 2): others fill the rest at most,
// however many codes there are.
int Worker::SharedSlots() const {
  const int kept = shared_->slots > 1 ? (shared_->slots + 4) / 5 : 0;
  return std::min(FreeSlots(), shared_->slots - kept - held_others_ - reserved_shared_);
}

Task<void> Worker::PollShard(Poll* poll) {
  while (!stopping_) {
    const absl::Duration wait = co_await ClaimSome(poll);
    if (wait > absl::ZeroDuration() && !stopping_) co_await poll->signal.Wait(wait);
  }
  --polling_;
  idle_.Notify();
}

// One claim; answers how long to wait before the next.
Task<absl::Duration> Worker::ClaimSome(Poll* poll) {
  const int shared = SharedSlots();
  const bool only_codes = shared <= 0;
  const int room = std::min(only_codes ? FreeSlots() : shared, kClaimMax);
  poll->wants_any = room <= 0;
  poll->wants_shared = only_codes;
  if (!store_.holds().known()) poll->wants_any = true;  // Nothing is sent before they were read.
  if (room <= 0 || !store_.holds().known()) co_return kIdleWait;
  const int room_shared = only_codes ? 0 : room;
  reserved_ += room;
  reserved_shared_ += room_shared;
  absl::StatusOr<queue::ClaimAnswer> claimed = co_await store_.leases().Claim(
      poll->shard, only_codes ? queue::MailClass::kCode : FirstOf(++poll->turn), room, true,
      only_codes);
  reserved_ -= room;
  reserved_shared_ -= room_shared;
  if (claimed.ok()) {
    if (claimed->unreadable > 0) CannotRead(poll->shard, claimed->unreadable);
    for (queue::LeasedJob& job : claimed->jobs) {
      Hold(job.lease);
      // Nothing of ours throws; if something does, the lease lapses and another holder has the job,
      // five times at most.
      const auto ended = [this, lease = job.lease](const std::exception_ptr& thrown) {
        if (thrown == nullptr) return;
        HolderThrew(lease);
        Release(lease);
      };
      asio::co_spawn(loop_, Handle(std::move(job)), ended);
    }
  }
  OfferSlots();  // Those that were reserved and not filled.
  if (!claimed.ok()) co_return kIdleWait*(0.8 + 0.4 * random_.Unit());
  if (!claimed->jobs.empty()) co_return absl::ZeroDuration();
  const absl::Duration until_due = claimed->next_due - store_.clock().Now();
  co_return std::clamp(until_due, absl::Milliseconds(1), kIdleWait * (0.8 + 0.4 * random_.Unit()));
}

void Worker::Hold(const queue::Lease& lease) {
  auto progress = std::make_shared<smtp::Progress>(clock_);
  held_.insert_or_assign(Token(lease.id, lease.claims),
                         Holding{lease, std::move(progress), stuck_after_});
  if (lease.mail_class != queue::MailClass::kCode) ++held_others_;
}

void Worker::Release(const queue::Lease& lease) {
  held_.erase(Token(lease.id, lease.claims));
  if (lease.mail_class != queue::MailClass::kCode) --held_others_;
  if (stopping_) idle_.Notify();
  OfferSlots();
}

// Whoever had to leave jobs for want of slots looks again. The first to be woken takes what there
// is, so each is the first in its turn.
void Worker::OfferSlots() {
  const bool any = FreeSlots() > 0, shared = SharedSlots() > 0;
  const size_t begin = next_offer_;
  for (size_t i = 0; i < polls_.size(); ++i) {
    const size_t at = (begin + i) % polls_.size();
    Poll& poll = *polls_[at];
    if (!(poll.wants_any && any) && !(poll.wants_shared && shared)) continue;
    if (next_offer_ == begin) next_offer_ = at + 1;
    poll.wants_any = poll.wants_shared = false;
    poll.signal.Notify();
  }
}

Task<void> Worker::Renew() {
  while (!over_) {
    co_await renew_.Wait(shared_->renew_every);
    std::vector<queue::Lease> leases;
    for (auto& [id, holding] : held_) {
      if (!Stuck(holding)) leases.push_back(holding.lease);
    }
    if (leases.empty()) continue;
    const absl::Status renewed = co_await store_.leases().Renew(leases);
    if (!renewed.ok()) RenewFailed(leases.size(), renewed);
  }
}

// The watchdog: where nothing has moved for longer than any limit allows, the session is ended. Its
// lease is left to run out; whoever claims the job then knows from the dot's mark what may have
// happened.
bool Worker::Stuck(Holding& holding) {
  const std::chrono::nanoseconds still = clock_.Steady() - holding.progress->last();
  if (still <= holding.stuck_after) return false;
  if (!holding.told) SessionStuck(holding.lease, absl::FromChrono(still));
  holding.told = true;
  holding.progress->Abort();
  return true;
}

Task<void> Worker::KeepHolds() {
  while (!stopping_) {
    co_await holds_.Look();
    // What waited for the first look may begin.
    if (store_.holds().known()) OfferSlots();
    if (!stopping_) co_await look_.Wait(kHoldsEvery);
  }
}

Task<void> Worker::Stop() {
  stopping_ = true;
  look_.Notify();
  for (const std::unique_ptr<Poll>& poll : polls_) poll->signal.Notify();
  const SteadyTime give_up = clock_.Steady() + absl::ToChronoNanoseconds(shared_->grace);
  co_await sender_.Drain(clock_.Now() + shared_->grace);
  while ((!held_.empty() || polling_ > 0) && clock_.Steady() < give_up)
    co_await idle_.Wait(absl::Milliseconds(100));
  over_ = true;
  settler_.Stop();
  renew_.Notify();
  const SteadyTime last = clock_.Steady() + absl::ToChronoNanoseconds(kLastWait);
  while (helping_ + polling_ > 0 && clock_.Steady() < last)
    co_await idle_.Wait(absl::Milliseconds(100));
}

}  // namespace posthaste::worker
