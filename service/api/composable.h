// Whether mail can be composed at all, asked before it is queued: the composer has stricter rules
// than a field of a request, and OK is answered for mail that can be sent only.
#pragma once

#include "absl/status/status.h"
#include "smtp/message.h"

namespace posthaste::api {

// INVALID_ARGUMENT as smtp::Compose says it, the field first. What is empty is not asked about;
// date and ids are not the caller's. REQUIRES: the mailbox of `mail.from` has an "@", or is empty.
absl::Status CheckComposable(smtp::Message mail);

}  // namespace posthaste::api
