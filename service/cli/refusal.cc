#include "service/cli/refusal.h"

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "service/cli/exit_code.h"

namespace posthaste::cli {
namespace {

constexpr int kDeadlineExceeded = 4, kResourceExhausted = 8, kUnavailableCode = 14,
              kUnauthenticated = 16;

int ExitCodeOf(const Refusal& refusal) {
  switch (refusal.code) {
    case 3:  // INVALID_ARGUMENT
    case kUnauthenticated:
    case 7:  // PERMISSION_DENIED
      return kUsage;
    case kDeadlineExceeded:
    case kResourceExhausted:
    case kUnavailableCode:
      return kUnavailable;
    default:
      return kNo;
  }
}

std::string JsonOf(const Refusal& refusal) {
  std::string json = "{\"code\":";
  AppendJsonString(CodeName(refusal.code), json);
  json += ",\"reason\":";
  AppendJsonString(refusal.reason, json);
  json += ",\"message\":";
  AppendJsonString(refusal.message, json);
  json += ",\"violations\":[";
  for (size_t i = 0; i < refusal.violations.size(); ++i) {
    json += i == 0 ? "{\"field\":" : ",{\"field\":";
    AppendJsonString(refusal.violations[i].field, json);
    json += ",\"description\":";
    AppendJsonString(refusal.violations[i].description, json);
    json += "}";
  }
  json += "]";
  if (refusal.retry)
    absl::StrAppend(&json, ",\"retry_seconds\":", absl::ToDoubleSeconds(*refusal.retry));
  return json + "}";
}

// What to do about it, where that is not plain from the message.
std::string Advice(const Refusal& refusal) {
  if (refusal.retry) return absl::StrCat("Try again in ", Words(*refusal.retry), ".");
  if (refusal.code == kDeadlineExceeded)
    return "It did not answer in time; --timeout allows it longer.";
  if (refusal.code == kUnauthenticated)
    return "The key is not one of this service: see --key-file, or POSTHASTE_KEY_FILE.";
  return "";
}

}  // namespace

Refusal ReadRefusal(int code, std::string_view message, std::string_view details) {
  Refusal refusal;
  refusal.code = code;
  refusal.message = Harmless(message);
  google::rpc::Status status;
  if (!status.ParseFromArray(details.data(), static_cast<int>(details.size()))) return refusal;
  for (const google::protobuf::Any& any : status.details()) {
    google::rpc::ErrorInfo info;
    google::rpc::BadRequest bad;
    google::rpc::RetryInfo retry;
    if (any.UnpackTo(&info)) refusal.reason = Harmless(info.reason());
    if (any.UnpackTo(&retry)) refusal.retry = ToDuration(retry.retry_delay());
    if (!any.UnpackTo(&bad)) continue;
    for (const auto& violation : bad.field_violations()) {
      refusal.violations.push_back(
          {Harmless(violation.field()), Harmless(violation.description())});
    }
  }
  return refusal;
}

std::string CodeName(int code) {
  static constexpr const char* kNames[] = {"OK",
                                           "CANCELLED",
                                           "UNKNOWN",
                                           "INVALID_ARGUMENT",
                                           "DEADLINE_EXCEEDED",
                                           "NOT_FOUND",
                                           "ALREADY_EXISTS",
                                           "PERMISSION_DENIED",
                                           "RESOURCE_EXHAUSTED",
                                           "FAILED_PRECONDITION",
                                           "ABORTED",
                                           "OUT_OF_RANGE",
                                           "UNIMPLEMENTED",
                                           "INTERNAL",
                                           "UNAVAILABLE",
                                           "DATA_LOSS",
                                           "UNAUTHENTICATED"};
  return code >= 0 && code <= 16 ? kNames[code] : "UNKNOWN";
}

int Explain(const Refusal& refusal, const std::string& address, bool json, Terminal& terminal) {
  if (json) {
    terminal.ErrorLine(JsonOf(refusal));
    return ExitCodeOf(refusal);
  }
  // gRPC's words for it help nobody.
  if (refusal.code == kUnavailableCode && refusal.reason.empty()) {
    terminal.Error(absl::StrCat("nobody answers at ", address, " (UNAVAILABLE)"));
    terminal.Hint("Is the service running? `posthaste sandbox` starts one.");
    return kUnavailable;
  }
  const std::string name = refusal.reason.empty() ? CodeName(refusal.code) : refusal.reason;
  // One wrong field is the message; several are listed.
  terminal.Error(
      absl::StrCat(refusal.message.empty() ? "refused" : refusal.message, " (", name, ")"));
  if (refusal.violations.size() > 1) {
    for (const Refusal::Violation& violation : refusal.violations) {
      terminal.Hint(absl::StrCat(violation.field, ": ", violation.description));
    }
  }
  const std::string advice = Advice(refusal);
  if (!advice.empty()) terminal.Hint(advice);
  return ExitCodeOf(refusal);
}

}  // namespace posthaste::cli
