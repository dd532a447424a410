#include "service/delivery/report.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "smtp/lately.h"

namespace posthaste::delivery {
namespace {

using Breaker = smtp::Breaker;

void Join(const RelayState& more, RelayState& sum) {
  if (more.breaker > sum.breaker) {
    sum.breaker = more.breaker;
    sum.reopen = more.reopen;
  }
  sum.open += more.open;
  sum.active += more.active;
  sum.window += more.window;
  std::vector<std::string> tenants;
  std::set_union(sum.tenants.begin(), sum.tenants.end(), more.tenants.begin(), more.tenants.end(),
                 std::back_inserter(tenants));
  sum.tenants = std::move(tenants);
}

RelayState StateOf(const OwnRelay& own, absl::Time now) {
  const smtp::RelayOptions& options = own.relay->options();
  const smtp::Governor& governor = own.relay->governor();
  RelayState state;
  state.id = options.id;
  state.where = absl::StrCat(options.direct ? "direct" : options.host, ":", options.port);
  state.breaker = governor.BreakerState();
  const absl::Time reopen = governor.ReopenTime();
  if (reopen > now && reopen < absl::InfiniteFuture()) state.reopen = reopen;
  state.open = governor.open();
  state.active = governor.active();
  state.window = governor.window();
  state.tenants = own.tenants;
  return state;
}

}  // namespace

// The states of a breaker are in the order of their gravity.
static_assert(Breaker::State::kClosed < Breaker::State::kHalfOpen &&
              Breaker::State::kHalfOpen < Breaker::State::kOpen &&
              Breaker::State::kOpen < Breaker::State::kSuspended);

void Shift(absl::Duration by, Report& report) {
  report.time += by;
  for (RelayState& relay : report.relays) {
    if (relay.reopen) *relay.reopen += by;
  }
  Shift(by, report.lately);
}

Report Together(const Report& own, const std::vector<Report>& others, absl::Time now) {
  Report all;
  all.time = now;
  all.processes = 0;
  std::map<std::string, RelayState> relays;
  const auto add = [&](const Report& report) {
    Merge(report.lately, all.lately);
    if (report.slots == 0 || now - report.time > kReportFresh) return;
    ++all.processes;
    all.slots += report.slots;
    all.slots_used += report.slots_used;
    for (const RelayState& relay : report.relays) {
      const auto [at, is_new] = relays.try_emplace(relay.id, relay);
      if (!is_new) Join(relay, at->second);
    }
  };
  add(own);
  for (const Report& report : others) add(report);
  for (auto& [id, relay] : relays) all.relays.push_back(std::move(relay));
  return all;
}

Report OwnReport(const std::vector<OwnRelay>& relays, int slots, int slots_used, absl::Time now) {
  Report report;
  report.time = now;
  report.processes = slots > 0 ? 1 : 0;
  report.slots = slots;
  report.slots_used = slots_used;
  for (const OwnRelay& relay : relays) report.relays.push_back(StateOf(relay, now));
  report.lately = smtp::TheLately().State();
  return report;
}

}  // namespace posthaste::delivery
