// A report with something in every field.
#pragma once

#include "service/delivery/report.h"

namespace posthaste::delivery {

inline const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

inline RelayState RelayNamed(const std::string& id, std::vector<std::string> tenants = {"acme"}) {
  RelayState relay;
  relay.id = id;
  relay.where = id + ".test:587";
  relay.open = 4;
  relay.active = 2;
  relay.window = 8;
  relay.tenants = std::move(tenants);
  return relay;
}

inline Report FullReport(absl::Time time = kNow) {
  Report report;
  report.time = time;
  report.processes = 1;
  report.slots = 64;
  report.slots_used = 3;
  report.relays = {RelayNamed("mx1"), RelayNamed("mx2", {"acme", "globex"})};
  report.relays[1].breaker = smtp::Breaker::State::kOpen;
  report.relays[1].reopen = time + absl::Seconds(30);
  smtp::LatelyState& lately = report.lately;
  const int64_t slice = smtp::LatelySliceOf(time);
  for (smtp::LatelySeries* series :
       {&lately.relays["mx1"], &lately.providers["gmail"], &lately.all, &lately.codes}) {
    series->At(slice) = {5, 4, 3, 2, 1};
    series->At(slice - 3) = {50, 40, 30, 20, 10};
    series->accepted = time - absl::Seconds(2);
  }
  smtp::LatelyFailure failure{time - absl::Seconds(1),
                              "m1",
                              "mx1",
                              "gmail",
                              "rcpt",
                              "deferred",
                              smtp::FailureClass::kGreylisted,
                              "451 4.7.1 later"};
  lately.relays["mx1"].failing_since = time - absl::Seconds(1);
  lately.relays["mx1"].last = failure;
  lately.NoteFailure(failure);
  lately.NoteLatency(slice, absl::Milliseconds(20));
  lately.NoteLatency(slice - 2, absl::Seconds(9));
  return report;
}

}  // namespace posthaste::delivery
