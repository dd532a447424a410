// Bytes as text: base64 (RFC 4648), hex, and Crockford's base32 (lower case; ids, because it has no
// look-alikes).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace posthaste {

std::string Base64(std::string_view bytes);  // With padding, one line.
std::optional<std::string> FromBase64(
    std::string_view text);                     // Strict: padding required, nothing else allowed.
std::string Base64Url(std::string_view bytes);  // Without padding.
std::optional<std::string> FromBase64Url(std::string_view text);
std::string Hex(std::string_view bytes);  // Lower case.
std::optional<std::string> FromHex(std::string_view text);
std::string Base32(
    std::string_view bytes,
    size_t characters);  // The first `characters`, 5 bits each, most significant first.

// Whether `text` is well-formed UTF-8 (RFC 3629: no surrogates, nothing over-long, nothing above
// U+10FFFF).
bool IsUtf8(std::string_view text);

// Whether any control is in `text`: C0 (tab included), DEL, or C1 as UTF-8.
bool HasControl(std::string_view text);

}  // namespace posthaste
