#include "smtp/lately_state.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace posthaste::smtp {
namespace {

constexpr double kFirstLatency = 0.001, kLatencyStep = 1.2;

void Add(const LatelyCounts& more, LatelyCounts& sum) {
  sum.accepted += more.accepted;
  sum.deferred += more.deferred;
  sum.bounced += more.bounced;
  sum.uncertain += more.uncertain;
  sum.relay_failed += more.relay_failed;
}

int LatencyBucket(absl::Duration took) {
  const double steps =
      std::log(std::max(absl::ToDoubleSeconds(took), kFirstLatency) / kFirstLatency) /
      std::log(kLatencyStep);
  return static_cast<int>(std::ceil(steps));
}

absl::Duration LatencyOf(size_t bucket) {
  return absl::Seconds(kFirstLatency * std::pow(kLatencyStep, static_cast<double>(bucket)));
}

// The entry of a ring that is for `number`; null if a newer one has its place.
template <typename Ring>
auto* Entry(Ring& ring, int64_t number) {
  auto& entry = ring[static_cast<size_t>(number % kLatelySlices)];
  if (entry.number > number) return static_cast<decltype(&entry)>(nullptr);
  if (entry.number < number) entry = {number, {}};
  return &entry;
}

void Merge(const LatelySeries& more, LatelySeries& sum) {
  for (const LatelySeries::Slice& slice : more.slices) {
    if (slice.number < 0) continue;
    if (auto* into = Entry(sum.slices, slice.number)) Add(slice.counts, into->counts);
  }
  sum.accepted = std::max(sum.accepted, more.accepted);
  const bool newer = more.failing_since && (!sum.failing_since || more.last.time > sum.last.time);
  if (more.failing_since)
    sum.failing_since =
        std::min(sum.failing_since.value_or(*more.failing_since), *more.failing_since);
  if (newer) sum.last = more.last;
  if (!sum.failing_since) return;
  // What one of them took later is news for the other.
  if (sum.last.time < sum.accepted) {
    sum.failing_since.reset();
  } else if (*sum.failing_since < sum.accepted) {
    sum.failing_since = sum.last.time;
  }
}

void Merge(const std::map<std::string, LatelySeries>& more,
           std::map<std::string, LatelySeries>& sum) {
  for (const auto& [name, series] : more) Merge(series, sum[name]);
}

template <typename Ring>
void ShiftRing(int64_t slices, Ring& ring) {
  Ring shifted;
  for (auto& entry : ring) {
    const int64_t number = entry.number + slices;
    if (entry.number < 0 || number < 0) continue;
    auto& place = shifted[static_cast<size_t>(number % kLatelySlices)];
    place = entry;
    place.number = number;
  }
  ring = shifted;
}

void Shift(absl::Duration by, int64_t slices, LatelySeries& series) {
  if (slices != 0) ShiftRing(slices, series.slices);
  if (series.failing_since) *series.failing_since += by;
  series.last.time += by;
  series.accepted += by;
}

std::vector<LatelyOf> List(const std::map<std::string, LatelySeries>& from, int64_t first,
                           int64_t last) {
  std::vector<LatelyOf> list;
  for (const auto& [name, series] : from)
    list.push_back({name, series.Sum(first, last), series.failing_since, series.last});
  return list;
}

using Buckets = std::array<int64_t, LatelyLatencies::kBuckets>;

std::optional<absl::Duration> Percentile(const Buckets& counts, int64_t total, double share) {
  int64_t left = static_cast<int64_t>(std::ceil(share * static_cast<double>(total)));
  for (size_t i = 0; i < counts.size(); ++i) {
    left -= counts[i];
    if (counts[i] > 0 && left <= 0) return LatencyOf(i);
  }
  return std::nullopt;
}

}  // namespace

int64_t LatelySliceOf(absl::Time time) {
  return absl::ToUnixMillis(time) / absl::ToInt64Milliseconds(kLatelySlice);
}

LatelyCounts& LatelySeries::At(int64_t number) {
  Slice& slice = slices[static_cast<size_t>(number % kLatelySlices)];
  if (slice.number != number) slice = {number, {}};
  return slice.counts;
}

LatelyCounts LatelySeries::Sum(int64_t first, int64_t last_number) const {
  LatelyCounts sum;
  for (const Slice& slice : slices) {
    if (slice.number >= first && slice.number <= last_number) Add(slice.counts, sum);
  }
  return sum;
}

void LatelyState::NoteLatency(int64_t number, absl::Duration took) {
  LatelyLatencies& slice = latencies[static_cast<size_t>(number % kLatelySlices)];
  if (slice.number != number) slice = {number, {}};
  ++slice.counts[static_cast<size_t>(
      std::clamp(LatencyBucket(took), 0, LatelyLatencies::kBuckets - 1))];
}

void LatelyState::NoteFailure(LatelyFailure failure) {
  failures.push_front(std::move(failure));
  if (failures.size() > kLatelyFailuresMax) failures.pop_back();
}

void Merge(const LatelyState& more, LatelyState& sum) {
  Merge(more.relays, sum.relays);
  Merge(more.providers, sum.providers);
  Merge(more.all, sum.all);
  Merge(more.codes, sum.codes);
  for (const LatelyLatencies& slice : more.latencies) {
    if (slice.number < 0) continue;
    auto* into = Entry(sum.latencies, slice.number);
    if (into == nullptr) continue;
    for (size_t i = 0; i < slice.counts.size(); ++i) into->counts[i] += slice.counts[i];
  }
  sum.failures.insert(sum.failures.end(), more.failures.begin(), more.failures.end());
  std::stable_sort(sum.failures.begin(), sum.failures.end(),
                   [](const LatelyFailure& a, const LatelyFailure& b) { return a.time > b.time; });
  if (sum.failures.size() > kLatelyFailuresMax) sum.failures.resize(kLatelyFailuresMax);
}

void Shift(absl::Duration by, LatelyState& state) {
  const auto slices = static_cast<int64_t>(std::llround(absl::FDivDuration(by, kLatelySlice)));
  for (auto& [name, series] : state.relays) Shift(by, slices, series);
  for (auto& [name, series] : state.providers) Shift(by, slices, series);
  Shift(by, slices, state.all);
  Shift(by, slices, state.codes);
  if (slices != 0) ShiftRing(slices, state.latencies);
  for (LatelyFailure& failure : state.failures) failure.time += by;
}

LatelyPicture PictureOf(const LatelyState& state, absl::Time now, absl::Duration span) {
  const int64_t last = LatelySliceOf(now);
  const int64_t first = last - std::clamp<int64_t>(span / kLatelySlice, 1, kLatelySlices) + 1;
  LatelyPicture picture;
  picture.relays = List(state.relays, first, last);
  picture.providers = List(state.providers, first, last);
  picture.failures.assign(state.failures.begin(), state.failures.end());
  for (int64_t number = first; number <= last; ++number)
    picture.slices.push_back(state.all.Sum(number, number));
  picture.codes = state.codes.Sum(first, last);
  Buckets counts{};
  int64_t total = 0;
  for (const LatelyLatencies& slice : state.latencies) {
    if (slice.number < first || slice.number > last) continue;
    for (size_t i = 0; i < counts.size(); ++i) counts[i] += slice.counts[i];
  }
  for (const int64_t count : counts) total += count;
  picture.p50 = Percentile(counts, total, 0.5);
  picture.p95 = Percentile(counts, total, 0.95);
  picture.p99 = Percentile(counts, total, 0.99);
  return picture;
}

}  // namespace posthaste::smtp
