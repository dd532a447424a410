// What came of attempts lately, by relay and by provider of mailboxes: for operators who look now.
// Prometheus keeps the rest.
//
// Counts are kept in slices of ten seconds for fifteen minutes; what a relay or provider last
// refused, until it takes mail again. Of this process only, and bounded: relays and providers are
// closed sets, failures a ring.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "smtp/session.h"

namespace posthaste::smtp {

// Whose attempt it was.
struct LatelySubject {
  std::string message;   // Its id.
  std::string provider;  // "" = "other".
  bool code = false;
  absl::Time enqueued;
};

struct LatelyCounts {
  int64_t accepted = 0, deferred = 0, bounced = 0, uncertain = 0;
  int64_t relay_failed = 0;  // The relay failed before the dot; the message went on.

  int64_t failed() const { return deferred + bounced + uncertain + relay_failed; }
};

struct LatelyFailure {
  absl::Time time;
  std::string message, relay, provider;
  std::string phase, outcome;  // "rcpt"; "deferred", "bounced", "uncertain" or "relay_failed".
  FailureClass failure_class = FailureClass::kNone;
  std::string reply;  // Redacted; "" if there was none.
};

class Lately {
 public:
  static constexpr absl::Duration kSlice = absl::Seconds(10);
  static constexpr int kSlices = 90;
  static constexpr size_t kFailuresMax = 50;

  struct Of {  // A relay, or a provider.
    std::string name;
    LatelyCounts counts;
    // The first failure that speaks of it since it last took mail, and the last one.
    std::optional<absl::Time> failing_since;
    LatelyFailure last;
  };
  struct Picture {
    std::vector<Of> relays, providers;    // By name.
    std::vector<LatelyFailure> failures;  // Newest first.
    std::vector<LatelyCounts> slices;     // Of kSlice each, oldest first; the last is not over.
    LatelyCounts codes;
    // From the enqueue to a relay's 250, of codes that were accepted; nothing if none were. Upper
    // bounds, a fifth too high at most.
    std::optional<absl::Duration> p50, p95, p99;
  };

  // `attempt` ended at `now`. Those that we stopped ourselves, and sessions that had gone stale,
  // say nothing.
  void Saw(const Attempt& attempt, const LatelySubject& subject, absl::Time now);

  // Counts over `span` before `now`, at most kSlices * kSlice.
  Picture At(absl::Time now, absl::Duration span) const;

 private:
  static constexpr int kLatencies = 64;  // From 1 ms, each a fifth above the one before: to 97 s.

  // The newest kSlices of something, each known by its number since the epoch.
  struct Slice {
    int64_t number = -1;
    LatelyCounts counts;
  };
  struct Series {
    std::array<Slice, kSlices> slices;
    std::optional<absl::Time> failing_since;
    LatelyFailure last;

    LatelyCounts& Now(int64_t number);
    LatelyCounts Sum(int64_t first, int64_t last_number) const;
  };
  struct Latencies {
    int64_t number = -1;
    std::array<uint32_t, kLatencies> counts{};
  };
  void NoteLatency(int64_t number, absl::Duration took) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Fill(Picture& picture, int64_t first, int64_t last) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  std::map<std::string, Series> relays_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Series> providers_ ABSL_GUARDED_BY(mutex_);
  Series all_ ABSL_GUARDED_BY(mutex_);
  Series codes_ ABSL_GUARDED_BY(mutex_);
  std::array<Latencies, kSlices> latencies_ ABSL_GUARDED_BY(mutex_);
  std::deque<LatelyFailure> failures_ ABSL_GUARDED_BY(mutex_);  // Newest first.
};

// The process' own. Thread-safe.
Lately& TheLately();

}  // namespace posthaste::smtp
