// How mail is sent now and was lately: by one process, and by all of them together. Pure, but for
// OwnReport.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "smtp/breaker.h"
#include "smtp/lately_state.h"
#include "smtp/relay.h"

namespace posthaste::delivery {

// A relay's governor, read once.
struct RelayState {
  std::string id, where;  // "smtp.example.com:587"
  smtp::Breaker::State breaker = smtp::Breaker::State::kClosed;
  std::optional<absl::Time> reopen;      // Not before then will it be tried.
  int open = 0, active = 0, window = 0;  // Sessions.
  std::vector<std::string> tenants;      // Whose route it is on, sorted.
};

struct Report {
  absl::Time time;
  int processes = 0;  // Those of it that send mail and speak now.
  int slots = 0, slots_used = 0;
  std::vector<RelayState> relays;  // By id.
  smtp::LatelyState lately;
};

// A process that was not heard of for so long says nothing of now; what it did lately stands.
inline constexpr absl::Duration kReportFresh = absl::Seconds(30);

// As if the clock that it was made by had been `by` later.
void Shift(absl::Duration by, Report& report);

// At `now`, by id: sessions and slots are added, the worst breaker counts.
Report Together(const Report& own, const std::vector<Report>& others, absl::Time now);

// A relay of this process, and whose route it is on.
struct OwnRelay {
  std::shared_ptr<smtp::Relay> relay;
  std::vector<std::string> tenants;
};

// Without relays this process sends no mail, and `slots` is 0. REQUIRES: by id.
Report OwnReport(const std::vector<OwnRelay>& relays, int slots, int slots_used, absl::Time now);

}  // namespace posthaste::delivery
