// Who may talk to a relay now: sessions, rate, back-off and breaker of one relay, shared by all
// loops.
//
// A relay that refuses is not always unwell. One that turns a session away while it serves others
// of ours has as many as it wants: the window closes by one. One that speaks of rates is left alone
// for a while. One that cannot be reached, or greets nobody, is dead, and the breaker opens.
//
// The one object that loops share. Its mutex is held for a few instructions, never across a wait.
// It waits for nothing itself: it says "not now, ask again at T", and nudges the loops when
// something was given back, so that nobody spins.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "smtp/breaker.h"
#include "smtp/busy_time.h"
#include "smtp/outcome.h"
#include "smtp/window.h"

namespace posthaste::smtp {

// Who asks. Codes pass before anything else.
enum class Urgency : uint8_t { kCode, kOther };

struct GovernorLimits {
  // Connections, idle ones too. How many there may be now is found out (window.h); a fifth of that
  // is reserved for codes (if there are at least 2).
  int sessions_max = 20;
  int sessions_first = 5;  // Where finding out begins.
  double messages_per_second =
      0;  // 0 = no limit. At most one second's worth, or one message, at once.
  // Whether its gauges are shown. Not for sites of which there may be any number.
  bool shown = true;
};

class Governor {
 public:
  Governor(std::string relay, const GovernorLimits& limits, const Clock& clock);
  Governor(const Governor&) = delete;
  Governor& operator=(const Governor&) = delete;

  enum class Answer : uint8_t {
    kGranted,
    kBusy,    // Every session is taken, or the rate is used up: wait a little.
    kClosed,  // Breaker, suspension or back-off: use another relay until `retry_at`.
  };
  struct Decision {
    Answer answer = Answer::kClosed;
    SteadyTime retry_at =
        SteadyTime::max();  // Not granted: no use asking before; max = you will be nudged.
    bool probe = false;     // Granted: this transaction must open a session, and is the probe.
  };

  // Asks for one transaction; with `reuse` on an idle session that the caller holds, else on a new
  // one, which then counts as open until Closed(). A probe always opens a new one. Each grant is
  // followed by End().
  Decision Begin(Urgency urgency, bool reuse);
  void End(Urgency urgency, bool probe);
  // A session (also one that never came to be) is gone.
  void Closed();

  // A session was opened (connected, greeted, authenticated). Each is followed by Lost(), when it
  // has ended; its place is given back by Closed() as any other's.
  void Opened();
  void Lost();
  // A session could not be opened, or an open one failed or refused: what that says about the
  // relay. OpenFailed is true if the relay has turned away only one session too many: it serves
  // others of ours, and the message may wait for one of them; or it has served us a moment ago, and
  // the message may ask again.
  bool OpenFailed(const Outcome& outcome);
  void Judged(const Outcome& outcome);

  // The configuration was loaded again, or the relay passed a probe elsewhere: a suspended or dead
  // relay is tried at once.
  void Reset();

  // An operator closes the relay until then, whatever else says about it; a time that has passed
  // opens it.
  void HoldUntil(SteadyTime until);

  // When anybody may pass again; InfinitePast if now.
  absl::Time ReopenTime() const;
  Breaker::State BreakerState() const;
  int open() const;
  int active() const;
  // How many sessions there may be now.
  int window() const;
  // Of its time, what our messages used lately and will use (busy_time.h).
  double BusySeconds() const;

  // Those who wait for a kBusy to pass say so while they wait: only then are the loops nudged when
  // something comes free.
  void WaitBegan();
  void WaitEnded();
  // Whether somebody waits and every session is open: who has an idle session should give it up.
  bool Starving() const;
  // `nudge` is called from any thread, under no lock, and must only post to its loop. Returns a
  // handle for RemoveListener.
  int AddListener(std::function<void()> nudge);
  void RemoveListener(int handle);

 private:
  using Listeners = std::vector<std::pair<int, std::function<void()>>>;

  Breaker::Gate GateAt(SteadyTime now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Fills the bucket up to `now`; returns when it has a message's worth.
  SteadyTime Refill(SteadyTime now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void BackOff(SteadyTime now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether one that was turned away is one too many, and says nothing about the relay.
  bool Crowded(SteadyTime now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool ServedLately(SteadyTime now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Publish(SteadyTime now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::shared_ptr<const Listeners> ToNudge() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static void Nudge(const std::shared_ptr<const Listeners>& listeners);

  const GovernorLimits limits_;
  const Clock& clock_;
  struct Gauges {
    metrics::Gauge &breaker, &window, &active, &idle;
  };
  const std::optional<Gauges> gauges_;

  mutable absl::Mutex mutex_;
  Breaker breaker_ ABSL_GUARDED_BY(mutex_);
  Window window_ ABSL_GUARDED_BY(mutex_);
  mutable BusyTime busy_ ABSL_GUARDED_BY(mutex_);
  SteadyTime served_ ABSL_GUARDED_BY(mutex_){};  // When a session or a message last went well.
  int open_ ABSL_GUARDED_BY(mutex_) = 0;
  int established_ ABSL_GUARDED_BY(mutex_) = 0;  // Of `open_`, those that the relay has let in.
  int alone_ ABSL_GUARDED_BY(mutex_) = 0;        // Turned away without others since it served us.
  int active_ ABSL_GUARDED_BY(mutex_) = 0;
  int active_other_ ABSL_GUARDED_BY(mutex_) = 0;
  int waiting_ ABSL_GUARDED_BY(mutex_) = 0;
  double tokens_ ABSL_GUARDED_BY(mutex_);
  SteadyTime refilled_ ABSL_GUARDED_BY(mutex_);
  SteadyTime back_off_until_ ABSL_GUARDED_BY(mutex_){};
  std::chrono::seconds back_off_ ABSL_GUARDED_BY(mutex_){0};
  SteadyTime held_until_ ABSL_GUARDED_BY(mutex_){};
  int next_handle_ ABSL_GUARDED_BY(mutex_) = 1;
  std::shared_ptr<const Listeners> listeners_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace posthaste::smtp
