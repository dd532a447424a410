// Whether mail can be composed at all, asked before it is queued: the composer has stricter rules
// than a field of a request, and OK is answered for mail that can be sent only.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "smtp/message.h"

namespace posthaste::api {

// INVALID_ARGUMENT as smtp::Compose says it, the field first. What is empty is not asked about.
// REQUIRES: the mailbox of `from` has an "@", or is empty.
absl::Status CheckComposable(const smtp::Address& from, const smtp::Address& reply_to,
                             const smtp::Address& to, std::string_view subject);

}  // namespace posthaste::api
