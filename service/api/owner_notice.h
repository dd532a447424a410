// The notice to the owner of a mailbox whose codes were guessed at until the day's budget was used
// up: from now on codes are longer, and each takes one guess.
//
// It is sent where the first such code is asked for, and not where the last guess was wrong,
// because only a send knows the address. It is held against one limit of its own, so that it takes
// nothing from what the code may use; the limit also makes it one notice however often, and from
// however many processes, codes are asked for.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/api/order.h"
#include "service/api/person.h"
#include "service/queue/queue.h"

namespace posthaste::api {

// The notice to whoever `code` goes to: as the same sender, in the same language. It tells nothing
// of the code. NOT_FOUND or INVALID_ARGUMENT: what the tenant has under the template's name cannot
// be sent with what we know. Pure. REQUIRES: `code.code`.
absl::StatusOr<SendOrder> OwnerNoticeOf(const SendOrder& code, absl::Time now);

// One in 24 hours for each purpose and mailbox. Pure.
queue::RateLimit OwnerNoticeLimit(const Person& person, std::string_view purpose);

}  // namespace posthaste::api
