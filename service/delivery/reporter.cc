#include "service/delivery/reporter.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/encoding.h"
#include "base/random.h"
#include "service/delivery/report_codec.h"

namespace posthaste::delivery {
namespace {

constexpr absl::Duration kTellAgain = absl::Seconds(10);
constexpr size_t kNameBytes = 8;

// Under which this process tells. Another one each time it starts.
const std::string& ProcessName() {
  static const std::string* const name = new std::string(Hex(SystemRandom().Bytes(kNameBytes)));
  return *name;
}

}  // namespace

Task<absl::StatusOr<Report>> TogetherWithOthers(queue::Store& store, Report own) {
  const auto told = co_await store.delivery_reports().Read();
  if (!told.ok()) co_return told.status();
  const absl::Time now = store.clock().Now();
  std::vector<Report> others;
  for (const queue::ToldReport& one : *told) {
    if (one.process == ProcessName()) continue;
    absl::StatusOr<Report> report = DecodeReport(one.bytes);
    if (!report.ok()) continue;
    Shift(own.time - (now - one.time) - report->time, *report);
    others.push_back(*std::move(report));
  }
  co_return Together(own, others, own.time);
}

Reporter::Reporter(queue::Store& store, const absl::flat_hash_map<std::string, smtp::Route>& routes,
                   std::function<int()> slots_used, int slots, const Clock& clock)
    : store_(store), slots_used_(std::move(slots_used)), slots_(slots), clock_(clock) {
  SetRoutes(routes);
}

void Reporter::SetRoutes(const absl::flat_hash_map<std::string, smtp::Route>& routes) {
  std::map<std::string, OwnRelay> known;
  for (const auto& [tenant, route] : routes) {
    for (const smtp::RouteStep& step : route) {
      OwnRelay& one = known[step.relay->options().id];
      one.relay = step.relay;
      one.tenants.push_back(tenant);
    }
  }
  relays_.clear();
  for (auto& [id, one] : known) {
    std::sort(one.tenants.begin(), one.tenants.end());
    relays_.push_back(std::move(one));
  }
}

Report Reporter::Own() const { return OwnReport(relays_, slots_, slots_used_(), clock_.Now()); }

Task<void> Reporter::Tell() {
  if (slots_ == 0) co_return;
  Report own = Own();
  const absl::Time now = std::exchange(own.time, absl::UnixEpoch());
  std::string timeless = EncodeReport(own);
  if (timeless == told_ && now - told_time_ < kTellAgain) co_return;
  own.time = now;
  const absl::Status told =
      co_await store_.delivery_reports().Write(ProcessName(), EncodeReport(own));
  if (!told.ok()) co_return;
  told_ = std::move(timeless);
  told_time_ = now;
}

Task<Report> Reporter::All() {
  Report own = Own();
  absl::StatusOr<Report> all = co_await TogetherWithOthers(store_, own);
  if (!all.ok()) co_return own;
  co_return *std::move(all);
}

}  // namespace posthaste::delivery
