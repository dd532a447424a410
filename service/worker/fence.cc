#include "service/worker/fence.h"

#include <memory>
#include <optional>

namespace posthaste::worker {
namespace {

class QueueFence final : public smtp::Fence {
 public:
  QueueFence(queue::Leases& leases, const queue::Lease& lease) : leases_(leases), lease_(lease) {}

  void Ask() override { call_.emplace(leases_.StartFence(lease_)); }

  Task<smtp::FenceAnswer> Answer() override {
    const absl::StatusOr<queue::Fenced> fenced = co_await call_->Wait();
    // An answer that was lost may have been a pass: the dot is marked then, nothing is sent, and
    // settling clears the mark.
    if (!fenced.ok()) co_return smtp::FenceAnswer::kUnavailable;
    switch (*fenced) {
      case queue::Fenced::kPass:
        co_return smtp::FenceAnswer::kPass;
      case queue::Fenced::kCancelled:
        co_return smtp::FenceAnswer::kCancelled;
      case queue::Fenced::kExpired:
        co_return smtp::FenceAnswer::kExpired;
      case queue::Fenced::kLost:
        break;
    }
    co_return smtp::FenceAnswer::kLost;
  }

 private:
  queue::Leases& leases_;
  const queue::Lease lease_;
  std::optional<queue::FenceCall> call_;
};

}  // namespace

smtp::FenceFactory FencesFor(queue::Leases& leases, const queue::Lease& lease) {
  return [&leases, lease]() -> std::unique_ptr<smtp::Fence> {
    return std::make_unique<QueueFence>(leases, lease);
  };
}

}  // namespace posthaste::worker
