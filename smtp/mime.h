// The body of a message and the header fields that describe it (RFC 2045, 2046, 2231).
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "smtp/message.h"

namespace posthaste::smtp {

inline constexpr size_t kAttachmentsBytesMax = 512 * 1024;  // Of all that a caller attaches.
inline constexpr size_t kLogoBytesMax = 32 * 1024;          // The sender's logo comes on top.
inline constexpr size_t kFileNameBytesMax = 255;

// Refuses a name that is empty, has a control or a slash, or is longer than kFileNameBytesMax.
absl::Status CheckFileName(const std::string& field, std::string_view file_name);

// Appends Content-Type, Content-Transfer-Encoding, the empty line and the body: text, or HTML, or
// both as multipart/alternative with the text first; with attachments all in a multipart/mixed. A
// line end is added to a text without one; the CRLF before a boundary belongs to the boundary (RFC
// 2046 5.1.1), so what is read back has exactly the lines that were given. INVALID_ARGUMENT names
// the field: bad UTF-8 or NUL in a text, a file name with a control or a slash, a media type that
// is none or is not a leaf, attachments that are too large.
absl::Status AppendBody(std::string& out, const Message& message);

// A boundary for `message_id`, the same each time, that no line of `message` begins with.
// Multiparts of one message differ in the `level` at its end, so none is a prefix of another. It
// begins with "=_": quoted-printable writes "=" only before a hexadecimal digit or a line end, and
// base64 has no "_", so only parts that stand as 7-bit text need to be searched; `verbatim` are
// those.
std::string BoundaryFor(std::string_view message_id, char level,
                        std::initializer_list<std::string_view> verbatim);

}  // namespace posthaste::smtp
