#include "service/redis/pending.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/dispatch.hpp>

#include "absl/strings/cord.h"

namespace posthaste::redis {
namespace {

constexpr char kMaybeExecuted[] = "posthaste/redis.maybe_executed";

// Suspends until the waiter is done. No coroutine itself: g++ 12 miscompiles async_initiate inside
// one.
Task<void> Suspend(WaiterPtr waiter) {
  return asio::async_initiate<const asio::use_awaitable_t<>, void()>(
      [](auto handler, WaiterPtr waiter) {
        waiter->resume = [handler = std::move(handler)]() mutable {
          asio::dispatch(std::move(handler));
        };
      },
      asio::use_awaitable, std::move(waiter));
}

}  // namespace

bool MaybeExecuted(const absl::Status& status) {
  return status.GetPayload(kMaybeExecuted).has_value();
}

absl::Status MarkMaybeExecuted(absl::Status status) {
  status.SetPayload(kMaybeExecuted, absl::Cord("1"));
  return status;
}

void Waiter::Finish(absl::StatusOr<Reply> result) {
  if (done) return;
  answer = std::move(result);
  done = true;
  intercept = nullptr;
  if (resume) std::exchange(resume, nullptr)();
}

Task<absl::StatusOr<Reply>> Pending::WaitFor(WaiterPtr waiter) {
  if (!waiter->done) co_await Suspend(waiter);
  co_return std::move(waiter->answer);
}

WaiterList::~WaiterList() {
  for (auto& [waiter, status] : owed_) {
    // Moved out first: destroying the coroutine drops references to the waiter.
    const absl::AnyInvocable<void()> resume = std::exchange(waiter->resume, nullptr);
    const absl::AnyInvocable<bool(const Reply&)> intercept =
        std::exchange(waiter->intercept, nullptr);
  }
}

void WaiterList::FinishAll() {
  while (!owed_.empty()) {
    auto [waiter, status] = std::move(owed_.front());
    owed_.pop_front();
    waiter->Finish(std::move(status));
  }
}

}  // namespace posthaste::redis
