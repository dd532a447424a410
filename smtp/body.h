// The message as it goes over the wire: after 354 (RFC 5321 4.5.2) with the dots at the start of
// lines doubled, in a chunk (RFC 3030) as it is; CRLF line ends only in both.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace posthaste::smtp {

// What ends a message, after the CRLF that ends its last line.
inline constexpr std::string_view kFinalDot = ".\r\n";

// Appends `message`, dot-stuffed and ending in CRLF, without the final dot. INVALID_ARGUMENT if a
// CR or LF stands alone, and `out` is as it was: bare line ends are how mail is smuggled past a
// relay, so none ever leaves, whoever composed the message.
absl::Status AppendBody(std::string& out, std::string_view message);

// The same for a chunk: without dot-stuffing. MessageBytes(message) bytes are appended.
absl::Status AppendChunk(std::string& out, std::string_view message);

// The size to tell and to compare with SIZE (RFC 1870 5): bytes with CRLFs, without stuffing and
// the final dot.
uint64_t MessageBytes(std::string_view message);

// Whether any byte is above 127, so that the message needs 8BITMIME (RFC 6152).
bool HasEightBit(std::string_view message);

}  // namespace posthaste::smtp
