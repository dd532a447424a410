// What a send of a code does to verifications: the request and what was read, decided by
// codes/life.h, put into the queue's terms. Pure.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "posthaste/store/v1/record.pb.h"
#include "service/api/backend.h"
#include "service/api/order.h"
#include "service/api/person.h"
#include "service/api/render.h"
#include "service/queue/queue.h"

namespace posthaste::api {

struct CodePlan {
  queue::VerificationChange change;
  store::v1::CodeTerms terms;  // What the worker makes the code from.
  CodeTimes times;             // What the mail says.
  absl::Time deadline;         // The code's end: no dot after it.
  bool created = false;
  bool stepped_up = false;  // Created longer, because the recipient's guesses are used up.
};

struct PlanInput {
  const SendOrder* order = nullptr;  // With `code`.
  const Person* person = nullptr;
  const queue::Known* known = nullptr;
  std::string message_id;
  absl::Time now;       // By Redis' clock.
  absl::Duration wait;  // For how long codes wait for a worker now.
};

// INVALID_ARGUMENT for wishes that the policy never grants, whatever is stored: to be asked before
// anything is counted.
absl::Status CheckWishes(const CodeOrder& code, const Shared& shared);

// RESOURCE_EXHAUSTED RESEND_COOLDOWN with the exact wait, or DEADLINE_UNREACHABLE: the code would
// wait until less than its useful time (the policy's, or half of what is left) were left;
// FAILED_PRECONDITION MAX_SENDS_REACHED, NOT_FOUND or FAILED_PRECONDITION for a resend of what is
// not pending, INVALID_ARGUMENT for wishes outside the policy.
absl::StatusOr<CodePlan> PlanCode(const PlanInput& input, const Shared& shared);

}  // namespace posthaste::api
