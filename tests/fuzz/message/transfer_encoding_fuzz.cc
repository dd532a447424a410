// Any bytes through each transfer encoding that can carry them come back as they were, with CRLF
// line ends.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "smtp/transfer_encoding.h"
#include "tests/smtp/message_support.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace posthaste::smtp;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string canonical = CanonicalText(text);

  std::string quoted;
  AppendQuotedPrintable(quoted, text);
  Require(DecodeQuotedPrintable(quoted) == canonical);

  std::string base64;
  AppendBase64Text(base64, text);
  Require(DecodeBase64Lines(base64) == canonical);

  std::string bytes;
  AppendBase64Bytes(bytes, text);
  Require(DecodeBase64Lines(bytes) == text);

  if (ChooseEncoding(Examine(text)) == TransferEncoding::k7Bit) {
    std::string plain;
    Append7Bit(plain, text);
    Require(plain == canonical);
    const auto lines = CrLfLines(plain);
    Require(lines.has_value());
    for (const std::string& line : *lines) Require(line.size() <= 78);
  }
  return 0;
}
