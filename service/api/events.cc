#include "service/api/events.h"

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <type_traits>
#include <utility>

#include "base/encoding.h"
#include "base/log.h"
#include "base/metrics.h"
#include "service/api/refusal.h"

namespace posthaste::api {
namespace {

constexpr size_t kPurposesMax = 50;

// Purposes are the callers' words: only so many become labels.
std::string PurposeLabel(std::string_view purpose) {
  static std::mutex mutex;
  static std::set<std::string, std::less<>> known;
  const std::lock_guard lock(mutex);
  if (!known.contains(purpose) && known.size() >= kPurposesMax) return "other";
  return *known.emplace(purpose).first;
}

struct ByLabels {
  using is_transparent = void;
  template <typename A, typename B>
  bool operator()(const A& a, const B& b) const {
    const int order = std::string_view(a.first).compare(std::string_view(b.first));
    return order != 0 ? order < 0 : std::string_view(a.second) < std::string_view(b.second);
  }
};

// The metric of these labels, made by `make` and looked up in the registry once a thread: a call
// counts several, and a look-up there takes a lock and builds a map of labels. Each place that
// calls this has metrics of its own. The labels come from closed sets.
template <typename Make>
auto& Known(std::string_view first, std::string_view second, Make make) {
  using Metric = std::remove_reference_t<decltype(make(first, second))>;
  thread_local std::map<std::pair<std::string, std::string>, Metric*, ByLabels> known;
  const auto found = known.find(std::pair(first, second));
  if (found != known.end()) return *found->second;
  return *known.emplace(std::pair(std::string(first), std::string(second)), &make(first, second))
              .first->second;
}

bool OurFault(absl::StatusCode code) {
  return code == absl::StatusCode::kUnavailable || code == absl::StatusCode::kInternal ||
         code == absl::StatusCode::kUnknown || code == absl::StatusCode::kDataLoss ||
         code == absl::StatusCode::kDeadlineExceeded;
}

metrics::Gauge& RefusedGauge(std::string_view tenant) {
  return metrics::GetGauge("posthaste_templates_refused",
                           "1: what the tenant published does not compile, and older mail is sent.",
                           {{"tenant", std::string(tenant)}});
}

}  // namespace

void Answered(std::string_view method, const absl::Status& status, absl::Duration took,
              const AnsweredTo& to) {
  const std::string code = absl::StatusCodeToString(status.code());
  Known(method, code, [](std::string_view name, std::string_view answer) -> metrics::Counter& {
    return metrics::GetCounter("posthaste_grpc_requests_total",
                               "Calls answered, by method and status code.",
                               {{"method", std::string(name)}, {"code", std::string(answer)}});
  }).Increment();
  Known(method, "", [](std::string_view name, std::string_view) -> metrics::Histogram& {
    return metrics::GetHistogram("posthaste_grpc_request_duration_seconds",
                                 "Time from the call to its answer.",
                                 {{"method", std::string(name)}}, metrics::CallBuckets());
  }).Observe(absl::ToDoubleSeconds(took));
  if (status.ok()) return;
  const bool ours = OurFault(status.code());
  const std::string reason = ReasonOf(status);
  const std::string_view why =
      ours ? std::string_view(status.message().data(), status.message().size()) : "";
  const bool not_let_in = absl::IsUnauthenticated(status) || absl::IsPermissionDenied(status);
  log::Emit(ours || not_let_in ? log::Level::kWarning : log::Level::kInfo, "refused",
            {{"method", method},
             {"code", std::string_view(code)},
             {"reason", std::string_view(reason)},
             {"tenant", to.tenant},
             {"key", to.key},
             {"source", to.source},
             {"why", why}});
}

void HandlerThrew(std::string_view method, std::string_view what) {
  log::Emit(log::Level::kError, "handler_threw", {{"method", method}, {"what", what}});
}

void Admitted(std::string_view id, std::string_view tenant, std::string_view mail_class,
              std::string_view template_name, std::string_view domain,
              std::string_view traceparent) {
  Known(mail_class, "", [](std::string_view name, std::string_view) -> metrics::Counter& {
    return metrics::GetCounter("posthaste_message_transitions_total",
                               "Changes of state of messages.",
                               {{"mail_class", std::string(name)}, {"to", "QUEUED"}});
  }).Increment();
  log::Emit(log::Level::kInfo, "admitted",
            {{"message", id},
             {"tenant", tenant},
             {"mail_class", mail_class},
             {"template", template_name},
             {"domain", domain},
             {"traceparent", traceparent}});
}

void SupersededUnsent(int messages) {
  static metrics::Counter& counter =
      metrics::GetCounter("posthaste_superseded_unsent_total",
                          "Messages that a newer one replaced before a dot was sent.");
  counter.Increment(messages);
}

void Replayed(std::string_view id) {
  metrics::GetCounter("posthaste_idempotent_replays_total",
                      "Requests answered from an earlier one with the same request_id.")
      .Increment();
  log::Emit(log::Level::kInfo, "replayed", {{"message", id}});
}

void LimitRefused(std::string_view limit, std::string_view tenant) {
  metrics::GetCounter("posthaste_limit_refusals_total", "Requests that a limit refused.",
                      {{"limit", std::string(limit)}})
      .Increment();
  log::Emit(log::Level::kInfo, "limited", {{"limit", limit}, {"tenant", tenant}});
}

void VerificationEvent(std::string_view purpose, std::string_view event) {
  Known(PurposeLabel(purpose), event,
        [](std::string_view label, std::string_view what) -> metrics::Counter& {
          return metrics::GetCounter(
              "posthaste_verifications_total", "What became of verifications.",
              {{"purpose", std::string(label)}, {"event", std::string(what)}});
        })
      .Increment();
}

void SuppressionChanged(std::string_view action, std::string_view tenant, std::string_view key,
                        std::string_view suppression, std::string_view cause,
                        std::string_view reason) {
  metrics::GetCounter("posthaste_suppressions_total", "Changes of the suppression list.",
                      {{"cause", std::string(cause)}, {"event", std::string(action)}})
      .Increment();
  log::Emit(log::Level::kInfo, "suppression_changed",
            {{"action", action},
             {"tenant", tenant},
             {"key", key},
             {"suppression", suppression},
             {"cause", cause},
             {"reason", reason}});
}

void LateBounced(std::string_view message, std::string_view tenant, std::string_view key,
                 std::string_view failure_class, bool suppresses) {
  metrics::GetCounter("posthaste_late_bounces_total", "Bounces reported after a message had ended.",
                      {{"failure_class", std::string(failure_class)}})
      .Increment();
  log::Emit(log::Level::kInfo, "late_bounce",
            {{"message", message},
             {"tenant", tenant},
             {"key", key},
             {"failure_class", failure_class},
             {"suppresses", suppresses}});
}

void HoldChanged(std::string_view action, std::string_view key, const v1::Hold& hold,
                 std::string_view reason) {
  log::Emit(log::Level::kWarning, "hold_changed",
            {{"action", action},
             {"key", key},
             {"hold", std::string_view(hold.id())},
             {"scope", std::string_view(v1::Hold::Scope_Name(hold.scope()))},
             {"target", std::string_view(hold.target())},
             {"reason", reason}});
}

void Redriven(std::string_view message, std::string_view tenant, std::string_view key,
              std::string_view outcome, std::string_view reason) {
  log::Emit(log::Level::kWarning, "redriven",
            {{"message", message},
             {"tenant", tenant},
             {"key", key},
             {"outcome", outcome},
             {"reason", reason}});
}

void RecipientUnlocked(std::string_view tenant, std::string_view key, std::string_view mailbox_hash,
                       int64_t limits, size_t purposes, std::string_view reason) {
  const std::string recipient = Hex(mailbox_hash);
  log::Emit(log::Level::kWarning, "recipient_unlocked",
            {{"tenant", tenant},
             {"key", key},
             {"rcpt", std::string_view(recipient)},
             {"limits", limits},
             {"purposes", static_cast<int64_t>(purposes)},
             {"reason", reason}});
}

void OwnerNotTold(std::string_view tenant, const absl::Status& why) {
  log::Emit(
      log::Level::kWarning, "owner_not_told",
      {{"tenant", tenant}, {"why", std::string_view(why.message().data(), why.message().size())}});
}

void RecipientExported(std::string_view tenant, std::string_view key,
                       std::string_view mailbox_hash) {
  const std::string recipient = Hex(mailbox_hash);
  log::Emit(log::Level::kInfo, "recipient_exported",
            {{"tenant", tenant}, {"key", key}, {"rcpt", std::string_view(recipient)}});
}

void RecipientForgotten(std::string_view tenant, std::string_view key,
                        std::string_view mailbox_hash, int64_t messages, std::string_view reason) {
  const std::string recipient = Hex(mailbox_hash);
  log::Emit(log::Level::kWarning, "recipient_forgotten",
            {{"tenant", tenant},
             {"key", key},
             {"rcpt", std::string_view(recipient)},
             {"messages", messages},
             {"reason", reason}});
}

void RelayProbed(std::string_view relay, std::string_view key, bool passed, std::string_view reply,
                 std::string_view reason) {
  log::Emit(
      log::Level::kWarning, "relay_probed",
      {{"relay", relay}, {"key", key}, {"passed", passed}, {"reply", reply}, {"reason", reason}});
}

void Checked(std::string_view verification, std::string_view tenant, std::string_view purpose,
             std::string_view result, bool counted) {
  metrics::Counter& counter =
      Known(PurposeLabel(purpose), result,
            [](std::string_view label, std::string_view what) -> metrics::Counter& {
              return metrics::GetCounter(
                  "posthaste_checks_total", "Codes checked, by result.",
                  {{"purpose", std::string(label)}, {"result", std::string(what)}});
            });
  if (counted) counter.Increment();
  log::Emit(log::Level::kInfo, "checked",
            {{"verification", verification},
             {"tenant", tenant},
             {"purpose", purpose},
             {"result", result}});
}

void Verified(std::string_view purpose, const std::string& provider, absl::Duration took) {
  metrics::GetHistogram("posthaste_time_to_verify_seconds",
                        "From the first send of a verification to its right code.",
                        {{"purpose", PurposeLabel(purpose)}, {"provider", provider}},
                        metrics::WaitBuckets())
      .Observe(absl::ToDoubleSeconds(took));
}

void TemplateFinding(std::string_view tenant, const templates::Finding& finding) {
  log::Emit(log::Level::kWarning, "template_finding",
            {{"tenant", tenant},
             {"place", std::string_view(finding.place)},
             {"rule", std::string_view(finding.rule)},
             {"message", std::string_view(finding.message)}});
}

void TemplatePublished(std::string_view tenant, std::string_view key, std::string_view name,
                       std::string_view publication) {
  log::Emit(log::Level::kInfo, "template_published",
            {{"tenant", tenant}, {"key", key}, {"template", name}, {"publication", publication}});
}

void PublicationsTaken(std::string_view tenant) { RefusedGauge(tenant).Set(0); }

void PublicationsRefused(std::string_view tenant, const absl::Status& why) {
  RefusedGauge(tenant).Set(1);
  log::Emit(
      log::Level::kError, "publications_refused",
      {{"tenant", tenant}, {"why", std::string_view(why.message().data(), why.message().size())}});
}

}  // namespace posthaste::api
