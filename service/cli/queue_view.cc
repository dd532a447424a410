#include "service/cli/queue_view.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace posthaste::cli {
namespace {

constexpr int kFailuresShown = 5;

std::string Age(const google::protobuf::Duration& bound) { return Words(ToDuration(bound)); }

std::string BreakerWord(const v1::GetDeliveryStatsResponse::Relay& relay) {
  using Relay = v1::GetDeliveryStatsResponse::Relay;
  if (!relay.hold_reason().empty()) return "held";
  switch (relay.breaker()) {
    case Relay::CLOSED:
      return "well";
    case Relay::HALF_OPEN:
      return "being tried";
    case Relay::OPEN:
      return "closed";
    case Relay::SUSPENDED:
      return "suspended";
    default:
      return "?";
  }
}

}  // namespace

void PrintQueue(const v1::GetQueueStatsResponse& stats, absl::Time now, Terminal& terminal) {
  terminal.Line(terminal.Dim(
      absl::StrFormat("%-8s %9s %9s %9s  %s", "class", "waiting", "due", "sending", "oldest due")));
  for (const v1::GetQueueStatsResponse::Class& row : stats.classes()) {
    const std::string oldest =
        row.has_oldest_due_time()
            ? Words(std::max(absl::ZeroDuration(), now - ToTime(row.oldest_due_time())))
            : "-";
    terminal.Line(absl::StrFormat("%-8s %9d %9d %9d  %s", v1::MailClass_Name(row.mail_class()),
                                  row.waiting(), row.due(), row.leased(), oldest));
  }
  if (stats.held() > 0) {
    terminal.Line(absl::StrCat(stats.held(), " held back by operators (posthaste hold list)"));
  }
  if (stats.parked() > 0) {
    terminal.Line(absl::StrCat(stats.parked(), " set aside (posthaste queue parked)"));
  }
}

void PrintShape(const v1::GetQueueStatsResponse& stats, Terminal& terminal) {
  if (stats.shape().empty()) return terminal.Line("The queue is empty.");
  std::string head = absl::StrFormat("%-10s %-8s %8s", "provider", "class", "all");
  for (const google::protobuf::Duration& bound : stats.age_bounds()) {
    absl::StrAppendFormat(&head, " %8s", absl::StrCat("<", Age(bound)));
  }
  absl::StrAppendFormat(&head, " %8s",
                        absl::StrCat(Age(stats.age_bounds(stats.age_bounds_size() - 1)), "+"));
  terminal.Line(terminal.Dim(head));
  for (const v1::GetQueueStatsResponse::ShapeRow& row : stats.shape()) {
    int64_t all = 0;
    for (const int64_t count : row.counts()) all += count;
    std::string line = absl::StrFormat("%-10s %-8s %8d", row.provider(),
                                       v1::MailClass_Name(row.mail_class()), all);
    for (const int64_t count : row.counts()) absl::StrAppendFormat(&line, " %8d", count);
    terminal.Line(line);
  }
  if (stats.shape_truncated()) terminal.Line("… and more: not all were looked at.");
}

void PrintRelays(const v1::GetDeliveryStatsResponse& stats, absl::Time now, Terminal& terminal) {
  // A service of before does not count its processes.
  if (stats.processes() == 0 && stats.relays().empty()) {
    terminal.Line("No process sends mail: none with the role worker was heard of lately.");
  }
  terminal.Line(
      terminal.Dim(absl::StrFormat("%-16s %-12s %9s %9s %9s %9s %9s", "relay", "state", "sessions",
                                   "accepted", "deferred", "bounced", "failed")));
  for (const v1::GetDeliveryStatsResponse::Relay& relay : stats.relays()) {
    const std::string sessions =
        absl::StrCat(relay.sessions_active(), "/", relay.sessions_allowed());
    terminal.Line(absl::StrFormat("%-16s %-12s %9s %9d %9d %9d %9d", relay.id(), BreakerWord(relay),
                                  sessions, relay.counts().accepted(), relay.counts().deferred(),
                                  relay.counts().bounced(),
                                  relay.counts().relay_failed() + relay.counts().uncertain()));
  }
  if (stats.has_code_p50()) {
    terminal.Line(absl::StrCat("codes reach the relay in ", Age(stats.code_p50()), " (half), ",
                               Age(stats.code_p95()), " (95 %), ", Age(stats.code_p99()),
                               " (99 %)"));
  }
  const int shown = std::min(stats.failures_size(), kFailuresShown);
  if (shown > 0) terminal.Line(terminal.Dim("last failures"));
  for (int i = 0; i < shown; ++i) {
    const v1::GetDeliveryStatsResponse::Failure& failure = stats.failures(i);
    terminal.Line(absl::StrFormat(
        "%s  %s  %s  %s  %s", Words(failure.time(), now), failure.relay(), failure.outcome(),
        absl::AsciiStrToLower(v1::FailureClass_Name(failure.failure_class())),
        Harmless(failure.reply())));
  }
}

}  // namespace posthaste::cli
