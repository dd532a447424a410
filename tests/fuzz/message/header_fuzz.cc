// Any text as a display name and as a subject: refused, or written in lines of at most 998 bytes
// that decode to it and end with the only line end that begins no folded line; of encoded words in
// base64 only the last is padded.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/encoding.h"
#include "smtp/headers.h"
#include "tests/smtp/message_support.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

// Exactly one field in `field`, and its lines are within the limit.
void RequireOneField(std::string_view field) {
  const auto lines = posthaste::smtp::CrLfLines(field);
  Require(lines.has_value() && !lines->empty());
  for (size_t i = 0; i < lines->size(); ++i) {
    const std::string& line = (*lines)[i];
    Require(line.size() <= 998 && line.find_first_not_of(' ') != std::string::npos);
    Require(line.starts_with(' ') == (i > 0));
  }
}

std::string Quoted(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using posthaste::smtp::DecodeHeaderValue;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const bool clean = posthaste::IsUtf8(text) && !posthaste::HasControl(text);

  constexpr std::string_view kSubject = "Subject: ";
  std::string field;
  if (posthaste::smtp::AppendUnstructured(field, "subject", "Subject", text).ok()) {
    Require(clean);
    RequireOneField(field);
    const auto value =
        std::string_view(field).substr(kSubject.size(), field.size() - kSubject.size() - 2);
    Require(DecodeHeaderValue(value) == text);
    Require(posthaste::smtp::IsPaddedAtItsEndOnly(value));
  } else {
    Require(field.empty());
  }

  constexpr std::string_view kTo = "To: ";
  constexpr std::string_view kMailbox = "<a@b.test>\r\n";
  std::string to;
  if (posthaste::smtp::AppendAddress(to, "to", "To", {text, "a@b.test"}).ok()) {
    Require(clean);
    RequireOneField(to);
    if (text.empty()) return 0;
    Require(to.ends_with(kMailbox));
    std::string_view phrase(to);
    phrase = phrase.substr(kTo.size(), to.size() - kTo.size() - kMailbox.size());
    phrase.remove_suffix(phrase.ends_with("\r\n ") ? 3 : 1);
    Require(phrase == Quoted(text) || DecodeHeaderValue(phrase) == text);
    Require(posthaste::smtp::IsPaddedAtItsEndOnly(phrase));
  } else {
    Require(to.empty());
  }
  return 0;
}
