// What came of this process' attempts lately: for operators who look now. Prometheus keeps the
// rest.
#pragma once

#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "smtp/lately_state.h"
#include "smtp/session.h"

namespace posthaste::smtp {

// Whose attempt it was.
struct LatelySubject {
  std::string message;   // Its id.
  std::string provider;  // "" = "other".
  bool code = false;
  absl::Time enqueued;
};

class Lately {
 public:
  // `attempt` ended at `now`. Those that we stopped ourselves, and sessions that had gone stale,
  // say nothing.
  void Saw(const Attempt& attempt, const LatelySubject& subject, absl::Time now);

  LatelyState State() const;

 private:
  mutable absl::Mutex mutex_;
  LatelyState state_ ABSL_GUARDED_BY(mutex_);
};

// The process' own. Thread-safe.
Lately& TheLately();

}  // namespace posthaste::smtp
