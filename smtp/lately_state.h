// Counts of attempts by relay and by provider of mailboxes over the last fifteen minutes, in slices
// of ten seconds: of one process, or of several together. Plain values and pure functions; bounded:
// relays and providers are closed sets, failures a ring.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "smtp/outcome.h"

namespace posthaste::smtp {

inline constexpr absl::Duration kLatelySlice = absl::Seconds(10);
inline constexpr int kLatelySlices = 90;
inline constexpr size_t kLatelyFailuresMax = 50;

struct LatelyCounts {
  int64_t accepted = 0, deferred = 0, bounced = 0, uncertain = 0;
  int64_t relay_failed = 0;  // The relay failed before the dot; the message went on.

  int64_t failed() const { return deferred + bounced + uncertain + relay_failed; }
  bool operator==(const LatelyCounts&) const = default;
};

struct LatelyFailure {
  absl::Time time;
  std::string message, relay, provider;
  std::string phase, outcome;  // "rcpt"; "deferred", "bounced", "uncertain" or "relay_failed".
  FailureClass failure_class = FailureClass::kNone;
  std::string reply;  // Redacted; "" if there was none.
};

// The newest kLatelySlices of something, each known by its number since the epoch.
struct LatelySeries {
  struct Slice {
    int64_t number = -1;
    LatelyCounts counts;
  };
  std::array<Slice, kLatelySlices> slices;
  // The first failure that speaks of it since it last took mail, and the last one.
  std::optional<absl::Time> failing_since;
  LatelyFailure last;
  absl::Time accepted = absl::InfinitePast();  // When it last took mail.

  LatelyCounts& At(int64_t number);
  LatelyCounts Sum(int64_t first, int64_t last_number) const;
};

// How long codes took from the enqueue to the relay's 250, in one slice.
struct LatelyLatencies {
  static constexpr int kBuckets = 64;  // From 1 ms, each a fifth above the one before: to 97 s.
  int64_t number = -1;
  std::array<uint32_t, kBuckets> counts{};
};

struct LatelyState {
  std::map<std::string, LatelySeries> relays, providers;
  LatelySeries all, codes;
  std::array<LatelyLatencies, kLatelySlices> latencies;
  std::deque<LatelyFailure> failures;  // Newest first.

  void NoteLatency(int64_t number, absl::Duration took);
  void NoteFailure(LatelyFailure failure);
};

// The slice in which `time` lies.
int64_t LatelySliceOf(absl::Time time);

// What both saw. A relay that took mail from either after the other's last failure is not failing.
void Merge(const LatelyState& more, LatelyState& sum);

// As if the clock that it was seen by had been `by` later.
void Shift(absl::Duration by, LatelyState& state);

struct LatelyOf {  // A relay, or a provider.
  std::string name;
  LatelyCounts counts;
  std::optional<absl::Time> failing_since;
  LatelyFailure last;
};

struct LatelyPicture {
  std::vector<LatelyOf> relays, providers;  // By name.
  std::vector<LatelyFailure> failures;      // Newest first.
  std::vector<LatelyCounts> slices;  // Of kLatelySlice each, oldest first; the last is not over.
  LatelyCounts codes;
  // From the enqueue to a relay's 250, of codes that were accepted; nothing if none were. Upper
  // bounds, a fifth too high at most.
  std::optional<absl::Duration> p50, p95, p99;
};

// Counts over `span` before `now`, at most kLatelySlices * kLatelySlice.
LatelyPicture PictureOf(const LatelyState& state, absl::Time now, absl::Duration span);

}  // namespace posthaste::smtp
