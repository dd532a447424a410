// What webhooks tell operators: one function per event, which writes the log line and counts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "base/metrics.h"
#include "service/webhooks/endpoint.h"
#include "service/webhooks/schedule.h"

namespace posthaste::webhooks {

// The figures of one webhook in this process: zeros while another process tells it.
class Figures {
 public:
  explicit Figures(const Endpoint& endpoint);
  ~Figures() { Show({}, false); }
  Figures(const Figures&) = delete;
  Figures& operator=(const Figures&) = delete;

  // `behind`: how old the first event is that was not taken yet.
  void Show(absl::Duration behind, bool paused);

 private:
  metrics::Gauge& behind_;
  metrics::Gauge& paused_;
};

// One request and what came of it.
void Asked(const Endpoint& endpoint, const Outcome& outcome);

// It will be told again after `wait`.
void Failed(const Endpoint& endpoint, const std::string& event, const Outcome& outcome,
            int failures, absl::Duration wait);

// Taken, after `failures` in a row.
void Recovered(const Endpoint& endpoint, int failures);

// Nothing is told any more until the settings change. `why`: "failing" or "gone".
void Paused(const Endpoint& endpoint, std::string_view why);

// What was to be told of so many shards is no longer kept.
void Missed(const Endpoint& endpoint, int shards);

}  // namespace posthaste::webhooks
