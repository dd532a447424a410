// Content transfer encodings (RFC 2045 6): which one a body part needs, and its bytes.
//
// What is written is 7-bit, has CRLF line ends and lines of at most 78 characters, whatever the
// text is.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace posthaste::smtp {

enum class TransferEncoding {
  k7Bit,             // The text as it is.
  kQuotedPrintable,  // RFC 2045 6.7. Mostly ASCII.
  kBase64,           // RFC 2045 6.8. Attachments, and text that is mostly not ASCII.
};

// The name that Content-Transfer-Encoding gives it.
std::string_view Name(TransferEncoding encoding);

// What a text is like, from one pass over it. Line ends (CRLF, LF or a lone CR) count as neither.
struct TextFacts {
  bool has_nul = false;
  size_t plain_bytes = 0;   // Printable ASCII and blanks, but not "=".
  size_t equals_signs = 0;  // Plain in 7-bit text, escaped in quoted-printable.
  size_t other_bytes = 0;   // Controls and whatever is not ASCII.
  size_t line_bytes_max = 0;
  bool has_fragile_line = false;  // Ends in a space or tab, or begins with "From " (mbox).
};

TextFacts Examine(std::string_view text);

// 7-bit where nothing can happen to the text on its way: ASCII, short lines, none of them fragile.
// Else the shorter of the other two.
TransferEncoding ChooseEncoding(const TextFacts& facts);

// Each appends `text` with every line end (CRLF, LF, CR) as CRLF; a last line without one gets one,
// unless the text is empty.
//
// REQUIRES: ChooseEncoding(Examine(text)) == k7Bit.
void Append7Bit(std::string& out, std::string_view text);
// Lines of at most 76 characters; no soft break inside a UTF-8 character; no line begins with "From
// ".
void AppendQuotedPrintable(std::string& out, std::string_view text);
void AppendBase64Text(std::string& out, std::string_view text);

// Appends the bytes as they are in lines of 76 characters, each ending in CRLF.
void AppendBase64Bytes(std::string& out, std::string_view bytes);

// Appends base64 with padding and without line ends.
void AppendBase64(std::string& out, std::string_view bytes);

}  // namespace posthaste::smtp
