#include "service/api/refusal.h"

#include "service/api/out_of_range.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace posthaste::api {
namespace {

constexpr char kPayload[] = "posthaste/google.rpc.Status";
constexpr char kDomain[] = "posthaste";

// Chosen with kViolationsMax.
constexpr size_t kNameBytesMax = 96, kTextBytesMax = 160;

// At most `max` bytes, cut between characters.
std::string Cut(std::string_view text, size_t max) {
  if (text.size() <= max) return std::string(text);
  size_t end = max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end));
}

// Collects details and makes the status.
class Builder {
 public:
  Builder(absl::StatusCode code, std::string_view reason, std::string_view message) : code_(code) {
    status_.set_code(static_cast<int>(code));
    status_.set_message(std::string(message));
    google::rpc::ErrorInfo info;
    info.set_reason(std::string(reason));
    info.set_domain(kDomain);
    Add(info);
  }

  template <typename Detail>
  Builder& Add(const Detail& detail) {
    status_.add_details()->PackFrom(detail);
    return *this;
  }

  Builder& Retry(absl::Duration wait) {
    google::rpc::RetryInfo retry;
    const int64_t millis = static_cast<int64_t>(std::ceil(absl::ToDoubleMilliseconds(wait)));
    retry.mutable_retry_delay()->set_seconds(millis / 1000);
    retry.mutable_retry_delay()->set_nanos(static_cast<int32_t>(millis % 1000) * 1'000'000);
    return Add(retry);
  }

  absl::Status Done() const {
    absl::Status status(code_, status_.message());
    status.SetPayload(kPayload, absl::Cord(status_.SerializeAsString()));
    return status;
  }

 private:
  absl::StatusCode code_;
  google::rpc::Status status_;
};

google::rpc::Status Parse(const absl::Status& status) {
  google::rpc::Status details;
  details.ParseFromString(DetailsOf(status));
  return details;
}

template <typename Detail>
bool Find(const absl::Status& status, Detail* detail) {
  const google::rpc::Status parsed = Parse(status);
  for (const google::protobuf::Any& any : parsed.details()) {
    if (any.UnpackTo(detail)) return true;
  }
  return false;
}

}  // namespace

absl::Status Invalid(const std::vector<Violation>& violations) {
  google::rpc::BadRequest bad;
  for (size_t i = 0; i < std::min(violations.size(), kViolationsMax); ++i) {
    google::rpc::BadRequest::FieldViolation& field = *bad.add_field_violations();
    field.set_field(Cut(violations[i].field, kNameBytesMax));
    field.set_description(Cut(violations[i].description, kTextBytesMax));
  }
  const Violation& first = violations.front();
  return Builder(absl::StatusCode::kInvalidArgument, first.reason,
                 absl::StrCat(Cut(first.field, kNameBytesMax), ": ",
                              Cut(first.description, kTextBytesMax)))
      .Add(bad)
      .Done();
}

absl::Status Invalid(std::string field, std::string reason, std::string description) {
  std::vector<Violation> violations(1);
  violations[0] = {std::move(field), std::move(reason), std::move(description)};
  return Invalid(violations);
}

absl::Status Exhausted(std::string_view reason, std::string_view subject, std::string_view message,
                       absl::Duration wait) {
  google::rpc::QuotaFailure quota;
  quota.add_violations()->set_subject(std::string(subject));
  quota.mutable_violations(0)->set_description(std::string(message));
  return Builder(absl::StatusCode::kResourceExhausted, reason, message)
      .Retry(wait)
      .Add(quota)
      .Done();
}

absl::Status Failed(std::string_view reason, std::string_view subject, std::string_view message,
                    absl::Duration wait) {
  google::rpc::PreconditionFailure failure;
  google::rpc::PreconditionFailure::Violation& violation = *failure.add_violations();
  violation.set_type(std::string(reason));
  violation.set_subject(std::string(subject));
  violation.set_description(std::string(message));
  Builder builder(absl::StatusCode::kFailedPrecondition, reason, message);
  builder.Add(failure);
  if (wait > absl::ZeroDuration()) builder.Retry(wait);
  return builder.Done();
}

absl::Status Missing(std::string_view reason, std::string_view type, std::string_view name) {
  google::rpc::ResourceInfo resource;
  resource.set_resource_type(std::string(type));
  resource.set_resource_name(Cut(name, kNameBytesMax));
  return Builder(absl::StatusCode::kNotFound, reason, "no such thing, or not yours")
      .Add(resource)
      .Done();
}

absl::Status OutOfRange(std::string_view reason, std::string_view message) {
  return Builder(absl::StatusCode::kOutOfRange, reason, message).Done();
}

absl::Status RequestIdReused(std::string_view request_id) {
  google::rpc::ResourceInfo resource;
  resource.set_resource_type("request_id");
  resource.set_resource_name(std::string(request_id));
  resource.set_description("used before with another content");
  return Builder(absl::StatusCode::kAlreadyExists, "REQUEST_ID_REUSED",
                 "this request_id was used before with another content")
      .Add(resource)
      .Done();
}

absl::Status Conflict(std::string_view reason, std::string_view type, std::string_view name,
                      std::string_view message) {
  google::rpc::ResourceInfo resource;
  resource.set_resource_type(std::string(type));
  resource.set_resource_name(Cut(name, kNameBytesMax));
  return Builder(absl::StatusCode::kAborted, reason, message).Add(resource).Done();
}

absl::Status Unavailable(std::string_view reason, std::string_view message, absl::Duration wait) {
  return Builder(absl::StatusCode::kUnavailable, reason, message).Retry(wait).Done();
}

absl::Status FromStore(const absl::Status& status) {
  if (!DetailsOf(status).empty()) return status;
  if (status.code() == absl::StatusCode::kResourceExhausted) {
    return Exhausted("QUEUE_FULL", "store", "the store is full or too busy", absl::Seconds(1));
  }
  return Unavailable("STORE_UNAVAILABLE", "the store does not answer; nothing is lost, ask again",
                     absl::Seconds(1));
}

absl::Status Unauthenticated(std::string_view message) {
  return Builder(absl::StatusCode::kUnauthenticated, "CREDENTIAL_INVALID", message).Done();
}

absl::Status Denied(std::string_view reason, std::string_view message) {
  return Builder(absl::StatusCode::kPermissionDenied, reason, message).Done();
}

std::string DetailsOf(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kPayload);
  return payload ? std::string(*payload) : std::string();
}

std::string ReasonOf(const absl::Status& status) {
  google::rpc::ErrorInfo info;
  return Find(status, &info) ? info.reason() : std::string();
}

absl::Duration RetryDelayOf(const absl::Status& status) {
  google::rpc::RetryInfo retry;
  if (!Find(status, &retry)) return absl::Seconds(-1);
  return absl::Seconds(retry.retry_delay().seconds()) +
         absl::Nanoseconds(retry.retry_delay().nanos());
}

}  // namespace posthaste::api
