// The one path of every send: read, decide, render, seal, admit.
//
// Two flights to Redis for a new message. The first learns whether the request is known and what
// verification is current; the second is one script that admits everything or nothing. If the
// recipient's state moved in between, both are repeated, at most three times.
#pragma once

#include <optional>

#include "absl/status/statusor.h"
#include "base/task.h"
#include "service/api/backend.h"
#include "service/api/order.h"

namespace posthaste::api {

struct Sent {
  std::string message_id;  // "" for validate_only.
  std::optional<queue::Record>
      record;  // As admitted, or as it is now for a replay; none for validate_only.
  std::optional<queue::VerificationRecord> verification;
  bool created = false;  // The verification is new.
  bool replay = false;
};

// PERMISSION_DENIED: the key is too narrow for it. REQUIRES: `order` came from CheckOrder for this
// call's tenant.
Task<absl::StatusOr<Sent>> Send(Call& call, const SendOrder& order);

}  // namespace posthaste::api
