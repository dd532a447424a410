// The return path that tells which message a bounce is about (VERP), and proves that we wrote it:
// bounces+<id>.<mac>@domain.
//
// Anybody can send mail to that address, so without the mac anybody could have a recipient
// suppressed.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/secret.h"

namespace posthaste::smtp {

// `id` is a message's id: lower-case letters, digits, "-" and "_", at most 39 characters, so that
// the local part stays within its 64 octets (RFC 5321 4.5.3.1.1). The mac is the first 80 bits of
// HMAC-SHA-256(key, length-prefixed "posthaste/verp/v1", id, domain in lower case) in Crockford's
// base32.
// INVALID_ARGUMENT if `id` is not like that or the address would be none.
absl::StatusOr<std::string> MakeReturnPath(const Secret& key, std::string_view id,
                                           std::string_view domain);

// The id of an address that MakeReturnPath made with one of `keys`; relays may have changed its
// case. Nothing for any other address.
std::optional<std::string> ReadReturnPath(std::span<const Secret> keys, std::string_view address);

}  // namespace posthaste::smtp
