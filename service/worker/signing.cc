#include "service/worker/signing.h"

#include <memory>
#include <utility>

#include "base/clock.h"
#include "base/metrics.h"

namespace posthaste::worker {
namespace {

// What the pool reads and writes. Its caller may be gone by then.
struct Signature {
  std::string message;
  absl::Status status;
};

void Observe(absl::Duration took) {
  static metrics::Histogram& histogram = metrics::GetHistogram(
      "posthaste_dkim_seconds", "From a message that is to be signed to its signatures.", {},
      metrics::CallBuckets());
  histogram.Observe(absl::ToDoubleSeconds(took));
}

}  // namespace

Task<absl::Status> Sign(Loop& loop, const Signing& signing, const std::string& from_domain,
                        absl::Time date, std::string& message) {
  if (signing.keys == nullptr) co_return absl::OkStatus();
  const std::vector<smtp::DkimKey>& keys = signing.keys->For(from_domain);
  if (keys.empty()) co_return absl::OkStatus();
  const SteadyTime begin = SystemClock().Steady();
  const auto signature = std::make_shared<Signature>();
  signature->message = message;
  WorkPool::Work work = [signature, held = signing.keys, &keys, date] {
    absl::StatusOr<std::string> fields = smtp::SignDkim(signature->message, keys, date);
    signature->status = fields.status();
    if (fields.ok()) signature->message.insert(0, *fields);
  };
  const absl::Status ran = co_await signing.pool->Run(loop, std::move(work), kSigningLimit);
  if (!ran.ok()) co_return ran;
  if (!signature->status.ok()) co_return signature->status;
  message = std::move(signature->message);
  Observe(absl::FromChrono(SystemClock().Steady() - begin));
  co_return absl::OkStatus();
}

}  // namespace posthaste::worker
