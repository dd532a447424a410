// Mail as people read it: encoded words, quoted-printable and base64 undone. Lenient, because it
// only shows: what cannot be decoded stays as it is.
#pragma once

#include <string>
#include <string_view>

namespace posthaste::sandbox {

// RFC 2045 6.7. Soft line breaks vanish; an escape that is none stays.
std::string DecodeQuotedPrintable(std::string_view text);

// RFC 2045 6.8. Line ends and whatever else is not of the alphabet are skipped.
std::string DecodeBase64Text(std::string_view text);

// A header value with its encoded words (RFC 2047) as UTF-8; blanks between two words vanish.
// UTF-8, US-ASCII and ISO-8859-1 are understood.
std::string DecodeWords(std::string_view value);

// `text` in `charset` as UTF-8; a charset that is not understood leaves it as it is.
std::string ToUtf8(std::string text, std::string_view charset);

}  // namespace posthaste::sandbox
