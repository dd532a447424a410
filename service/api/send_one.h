// Sending a checked order and telling what became of it: for calls of one message and of several.
#pragma once

#include "absl/status/statusor.h"
#include "posthaste/v1/notification_service.pb.h"
#include "service/api/backend.h"
#include "service/api/order.h"

namespace posthaste::api {

struct SentOne {
  absl::Status status;  // Why it was not taken.
  v1::Message message;  // As it was taken; empty of a refusal and for validate_only.
  bool replay = false;
};

// What the orders of this call are checked with.
OrderContext ContextOf(const Call& call);

// A refused order is its own answer.
Task<SentOne> SendOne(Call& call, absl::StatusOr<SendOrder> order);

v1::SendResult ToResult(const SentOne& sent);

}  // namespace posthaste::api
