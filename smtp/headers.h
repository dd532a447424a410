// Header fields as lines (RFC 5322 2.2): checked, encoded where they must be, folded.
//
// Each Append… writes one whole field with its line end, in lines of at most 78 characters where
// the value can be broken and never over 998, or writes nothing and answers INVALID_ARGUMENT that
// begins with `field`, the name that our caller knows the value by. No value can add a line:
// controls are refused, not removed. Values are never repeated in errors.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "smtp/message.h"

namespace posthaste::smtp {

inline constexpr size_t kTextBytesMax = 4096;  // Of an unstructured value.
inline constexpr size_t kNameBytesMax = 320;   // Of a display name.
inline constexpr size_t kTokenBytesMax = 900;  // Of a value that cannot be broken.
inline constexpr size_t kHeaderNameBytesMax = 64;

// INVALID_ARGUMENT "<field> <what>".
absl::Status InvalidField(std::string_view field, std::string_view what);

// Refuses text that may not stand in a header: controls (CR, LF, NUL, tab, C1 …), bad UTF-8, too
// long.
absl::Status CheckText(std::string_view field, std::string_view text, size_t bytes_max);

// RFC 5322 2.2.1. As it is, folded at its spaces, if it is ASCII and survives that; else encoded
// words.
absl::Status AppendUnstructured(std::string& out, std::string_view field, std::string_view name,
                                std::string_view value);

// RFC 5322 3.4. The name as atoms, quoted or encoded. A domain is written with A-labels unless the
// local part needs SMTPUTF8 anyway (RFC 6532).
absl::Status AppendAddress(std::string& out, std::string_view field, std::string_view name,
                           const Address& address);

// RFC 5322 3.3, in UTC with "+0000". Years 1900 to 9999.
absl::Status AppendDate(std::string& out, std::string_view field, std::string_view name,
                        absl::Time date);

// RFC 5322 3.6.4. `id` is "left@right" of dot-atoms, at most 250 bytes.
absl::Status AppendMessageId(std::string& out, std::string_view field, std::string_view name,
                             std::string_view id);

// A value that is one word of printable ASCII, written between `open` and `close`.
absl::Status AppendToken(std::string& out, std::string_view field, std::string_view name,
                         std::string_view value, std::string_view open = "",
                         std::string_view close = "");

// Refuses a name that is none (RFC 5322 3.6.8) or that the composer or a relay writes itself: two
// From or Subject fields are how one message shows two faces.
absl::Status CheckExtraName(std::string_view field, std::string_view name);

}  // namespace posthaste::smtp
