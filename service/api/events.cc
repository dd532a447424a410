#include "service/api/events.h"

#include <mutex>
#include <set>
#include <string>

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

bool OurFault(absl::StatusCode code) {
  return code == absl::StatusCode::kUnavailable || code == absl::StatusCode::kInternal || code == absl::StatusCode::kUnknown ||
         code == absl::StatusCode::kDataLoss;
}

}  // namespace

void Answered(std::string_view method, const absl::Status& status, absl::Duration took) {
  const std::string name(method);
  metrics::GetCounter("posthaste_grpc_requests_total", "Calls answered, by method and status code.",
                      {{"method", name}, {"code", absl::StatusCodeToString(status.code())}})
      .Increment();
  metrics::GetHistogram("posthaste_grpc_request_duration_seconds", "Time from the call to its answer.",
                        {{"method", name}}, metrics::CallBuckets())
      .Observe(absl::ToDoubleSeconds(took));
  if (status.ok()) return;
  const bool ours = OurFault(status.code());
  const std::string reason = ReasonOf(status), code = absl::StatusCodeToString(status.code());
  const std::string_view why = ours ? std::string_view(status.message().data(), status.message().size()) : "";
  log::Emit(ours ? log::Level::kWarning : log::Level::kInfo, "refused",
            {{"method", method}, {"code", std::string_view(code)}, {"reason", std::string_view(reason)}, {"why", why}});
}

void Admitted(std::string_view id, std::string_view tenant, std::string_view mail_class, std::string_view template_name,
              std::string_view domain, std::string_view traceparent) {
  metrics::GetCounter("posthaste_message_transitions_total", "Changes of state of messages.",
                      {{"mail_class", std::string(mail_class)}, {"to", "QUEUED"}})
      .Increment();
  log::Emit(log::Level::kInfo, "admitted",
            {{"message", id}, {"tenant", tenant}, {"mail_class", mail_class}, {"template", template_name},
             {"domain", domain}, {"traceparent", traceparent}});
}

void Replayed(std::string_view id) {
  metrics::GetCounter("posthaste_idempotent_replays_total", "Requests answered from an earlier one with the same request_id.")
      .Increment();
  log::Emit(log::Level::kInfo, "replayed", {{"message", id}});
}

void LimitRefused(std::string_view limit, std::string_view tenant) {
  metrics::GetCounter("posthaste_limit_refusals_total", "Requests that a limit refused.", {{"limit", std::string(limit)}})
      .Increment();
  log::Emit(log::Level::kInfo, "limited", {{"limit", limit}, {"tenant", tenant}});
}

void VerificationEvent(std::string_view purpose, std::string_view event) {
  metrics::GetCounter("posthaste_verifications_total", "What became of verifications.",
                      {{"purpose", PurposeLabel(purpose)}, {"event", std::string(event)}})
      .Increment();
}

void Checked(std::string_view verification, std::string_view tenant, std::string_view purpose, std::string_view result) {
  metrics::GetCounter("posthaste_checks_total", "Codes checked, by result.",
                      {{"purpose", PurposeLabel(purpose)}, {"result", std::string(result)}})
      .Increment();
  log::Emit(log::Level::kInfo, "checked",
            {{"verification", verification}, {"tenant", tenant}, {"purpose", purpose}, {"result", result}});
}

}  // namespace posthaste::api
