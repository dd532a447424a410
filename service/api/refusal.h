// How the API says no: an absl::Status that carries google.rpc details (AIP-193), made in one of
// the ways below.
//
// The reason is what programs branch on; the message is for people; details tell which field, which
// limit, when to try again.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace posthaste::api {

// One wrong field of a request.
struct Violation {
  std::string field;        // "recipient", "variables.name", "labels[colour]".
  std::string reason;       // "RECIPIENT_INVALID".
  std::string description;  // "is required". Never repeats the value.
};

// So many violations are told at most: all details together must fit into the 8 KiB of metadata
// that a client takes, base64 and all.
inline constexpr size_t kViolationsMax = 12;

// INVALID_ARGUMENT; the reason is the first violation's. Of more than kViolationsMax, the first are
// told. REQUIRES: not empty.
absl::Status Invalid(const std::vector<Violation>& violations);
absl::Status Invalid(std::string field, std::string reason, std::string description);

// RESOURCE_EXHAUSTED. `subject` names the limit: "recipient_hour".
absl::Status Exhausted(std::string_view reason, std::string_view subject, std::string_view message,
                       absl::Duration wait);

// FAILED_PRECONDITION. A zero `wait` = waiting does not help.
absl::Status Failed(std::string_view reason, std::string_view subject, std::string_view message,
                    absl::Duration wait = absl::ZeroDuration());

// NOT_FOUND. `type` "posthaste.v1.Message".
absl::Status Missing(std::string_view reason, std::string_view type, std::string_view name);

// ALREADY_EXISTS REQUEST_ID_REUSED.
absl::Status RequestIdReused(std::string_view request_id);

// ABORTED: something else came between; read it and decide again.
absl::Status Conflict(std::string_view reason, std::string_view type, std::string_view name,
                      std::string_view message);

// UNAVAILABLE STORE_UNAVAILABLE or SHUTTING_DOWN: nothing is half done; the same request again is
// safe when it has a request_id.
absl::Status Unavailable(std::string_view reason, std::string_view message, absl::Duration wait);

// What a failure of the store means for a caller: RESOURCE_EXHAUSTED stays (QUEUE_FULL), everything
// else is STORE_UNAVAILABLE.
absl::Status FromStore(const absl::Status& status);

// UNAUTHENTICATED / PERMISSION_DENIED.
absl::Status Unauthenticated(std::string_view message);
absl::Status Denied(std::string_view reason, std::string_view message);

// The serialized google.rpc.Status that `status` carries; "" for one that was not made here.
std::string DetailsOf(const absl::Status& status);
// The reason in it, for logs and metrics; "" if there is none.
std::string ReasonOf(const absl::Status& status);
// RetryInfo's delay; negative if there is none.
absl::Duration RetryDelayOf(const absl::Status& status);

}  // namespace posthaste::api
