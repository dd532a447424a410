// Decoders written from the RFCs, apart from the code under test, and messages to compose. Strict:
// what the composer would never write is refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "smtp/message.h"

namespace posthaste::smtp {

// RFC 2045 6.7; nothing for an "=" that begins neither a byte nor a soft break, for a line over 76
// characters, for what is not printable, or for a blank before a line end.
std::optional<std::string> DecodeQuotedPrintable(std::string_view text);

// RFC 2045 6.8 in lines of at most 76 characters.
std::optional<std::string> DecodeBase64Lines(std::string_view text);

// A header value with its folds removed, and its encoded words read. Nothing if an encoded word is
// longer than 75, is not whole characters, or is broken.
std::optional<std::string> DecodeHeaderValue(std::string_view value);

// Whether no word in base64 is padded but one that ends `value`, written by AppendEncodedWords.
bool IsPaddedAtItsEndOnly(std::string_view value);

// The lines without their CRLF; nothing if there is a bare CR or LF or the last line has no end.
std::optional<std::vector<std::string>> CrLfLines(std::string_view bytes);

// Every line end as CRLF, and one at the end of a text that is not empty.
std::string CanonicalText(std::string_view text);

// The verification mail that goldens and the benchmark use.
Message SampleMessage();

// Texts and messages of every kind that ever broke a composer, the same for the same seed.
class MessageMaker {
 public:
  explicit MessageMaker(uint32_t seed) : random_(seed) {}

  size_t Below(size_t bound) { return random_() % bound; }
  std::string Character();              // One, of any script, or a mark of the syntax.
  std::string Words(size_t words_max);  // A header value: no controls.
  std::string Text(size_t lines_max);   // A body: any line ends, long lines, dots, trailing blanks.
  std::string Mailbox(bool international);
  Message Make();

 private:
  std::string Word();
  std::string Line();

  std::mt19937 random_;
};

}  // namespace posthaste::smtp
