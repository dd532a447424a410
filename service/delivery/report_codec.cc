#include "service/delivery/report_codec.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "posthaste/store/v1/delivery_report.pb.h"

namespace posthaste::delivery {
namespace {

using Stored = store::v1::DeliveryReport;
using Numbers = google::protobuf::RepeatedField<int64_t>;

constexpr int kOfSlice = 6, kOfLatency = 3;  // Numbers each.

absl::Time TimeOf(int64_t ms) { return absl::FromUnixMillis(ms); }

void Store(const smtp::LatelyFailure& failure, Stored::Failure& stored) {
  stored.set_time_ms(absl::ToUnixMillis(failure.time));
  stored.set_message(failure.message);
  stored.set_relay(failure.relay);
  stored.set_provider(failure.provider);
  stored.set_phase(failure.phase);
  stored.set_outcome(failure.outcome);
  stored.set_failure_class(static_cast<int>(failure.failure_class));
  stored.set_reply(failure.reply);
}

smtp::LatelyFailure FailureOf(const Stored::Failure& stored) {
  return {TimeOf(stored.time_ms()),
          stored.message(),
          stored.relay(),
          stored.provider(),
          stored.phase(),
          stored.outcome(),
          static_cast<smtp::FailureClass>(stored.failure_class()),
          stored.reply()};
}

void Store(const smtp::LatelySeries& series, Stored::Series& stored) {
  for (const smtp::LatelySeries::Slice& slice : series.slices) {
    const smtp::LatelyCounts& counts = slice.counts;
    if (counts == smtp::LatelyCounts()) continue;
    for (const int64_t number : {slice.number, counts.accepted, counts.deferred, counts.bounced,
                                 counts.uncertain, counts.relay_failed}) {
      stored.add_slices(number);
    }
  }
  if (series.failing_since) {
    stored.set_failing_since_ms(absl::ToUnixMillis(*series.failing_since));
    Store(series.last, *stored.mutable_last());
  }
  if (series.accepted > absl::InfinitePast())
    stored.set_accepted_ms(absl::ToUnixMillis(series.accepted));
}

bool Groups(const Numbers& numbers, int each) {
  if (numbers.size() % each != 0) return false;
  return std::all_of(numbers.begin(), numbers.end(), [](int64_t one) { return one >= 0; });
}

bool Read(const Stored::Series& stored, smtp::LatelySeries& series) {
  const Numbers& numbers = stored.slices();
  if (!Groups(numbers, kOfSlice)) return false;
  for (int i = 0; i < numbers.size(); i += kOfSlice) {
    series.At(numbers[i]) = {numbers[i + 1], numbers[i + 2], numbers[i + 3], numbers[i + 4],
                             numbers[i + 5]};
  }
  if (stored.failing_since_ms() > 0) {
    series.failing_since = TimeOf(stored.failing_since_ms());
    series.last = FailureOf(stored.last());
  }
  if (stored.accepted_ms() > 0) series.accepted = TimeOf(stored.accepted_ms());
  return true;
}

void Store(const RelayState& relay, Stored::Relay& stored) {
  stored.set_id(relay.id);
  stored.set_where(relay.where);
  stored.set_breaker(static_cast<int>(relay.breaker));
  if (relay.reopen) stored.set_reopen_ms(absl::ToUnixMillis(*relay.reopen));
  stored.set_open(relay.open);
  stored.set_active(relay.active);
  stored.set_window(relay.window);
  stored.mutable_tenants()->Add(relay.tenants.begin(), relay.tenants.end());
}

RelayState RelayOf(const Stored::Relay& stored) {
  RelayState relay;
  relay.id = stored.id();
  relay.where = stored.where();
  relay.breaker = static_cast<smtp::Breaker::State>(
      std::clamp<int>(stored.breaker(), 0, static_cast<int>(smtp::Breaker::State::kSuspended)));
  if (stored.reopen_ms() > 0) relay.reopen = TimeOf(stored.reopen_ms());
  relay.open = stored.open();
  relay.active = stored.active();
  relay.window = stored.window();
  relay.tenants = {stored.tenants().begin(), stored.tenants().end()};
  return relay;
}

bool ReadLatencies(const Numbers& numbers, smtp::LatelyState& lately) {
  if (!Groups(numbers, kOfLatency)) return false;
  for (int i = 0; i < numbers.size(); i += kOfLatency) {
    smtp::LatelyLatencies& slice =
        lately.latencies[static_cast<size_t>(numbers[i] % smtp::kLatelySlices)];
    const auto bucket = static_cast<size_t>(numbers[i + 1]);
    if (bucket >= slice.counts.size()) return false;
    slice.number = numbers[i];
    slice.counts[bucket] = static_cast<uint32_t>(numbers[i + 2]);
  }
  return true;
}

bool Read(const Stored& stored, smtp::LatelyState& lately) {
  for (const Stored::Series& one : stored.by_relay())
    if (!Read(one, lately.relays[one.name()])) return false;
  for (const Stored::Series& one : stored.by_provider())
    if (!Read(one, lately.providers[one.name()])) return false;
  for (const Stored::Failure& one : stored.failures()) {
    if (lately.failures.size() == smtp::kLatelyFailuresMax) break;
    lately.failures.push_back(FailureOf(one));
  }
  return Read(stored.all(), lately.all) && Read(stored.codes(), lately.codes) &&
         ReadLatencies(stored.latencies(), lately);
}

void Store(const smtp::LatelyState& lately, Stored& stored) {
  for (const auto& [name, series] : lately.relays) {
    stored.add_by_relay()->set_name(name);
    Store(series, *stored.mutable_by_relay()->rbegin());
  }
  for (const auto& [name, series] : lately.providers) {
    stored.add_by_provider()->set_name(name);
    Store(series, *stored.mutable_by_provider()->rbegin());
  }
  Store(lately.all, *stored.mutable_all());
  Store(lately.codes, *stored.mutable_codes());
  for (const smtp::LatelyLatencies& slice : lately.latencies) {
    for (size_t bucket = 0; bucket < slice.counts.size(); ++bucket) {
      if (slice.counts[bucket] == 0) continue;
      stored.add_latencies(slice.number);
      stored.add_latencies(static_cast<int64_t>(bucket));
      stored.add_latencies(slice.counts[bucket]);
    }
  }
  for (const smtp::LatelyFailure& failure : lately.failures) Store(failure, *stored.add_failures());
}

}  // namespace

std::string EncodeReport(const Report& report) {
  Stored stored;
  stored.set_time_ms(absl::ToUnixMillis(report.time));
  stored.set_slots(report.slots);
  stored.set_slots_used(report.slots_used);
  for (const RelayState& relay : report.relays) Store(relay, *stored.add_relays());
  Store(report.lately, stored);
  return stored.SerializeAsString();
}

absl::StatusOr<Report> DecodeReport(std::string_view bytes) {
  Stored stored;
  Report report;
  const bool good = stored.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) &&
                    stored.time_ms() > 0 && Read(stored, report.lately);
  if (!good) return absl::DataLossError("a process' report of its mail cannot be read");
  report.time = TimeOf(stored.time_ms());
  report.slots = stored.slots();
  report.slots_used = stored.slots_used();
  for (const Stored::Relay& relay : stored.relays()) report.relays.push_back(RelayOf(relay));
  return report;
}

}  // namespace posthaste::delivery
