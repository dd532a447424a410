// Any bytes as a message: refused, or signed by fields that are whole header fields in short lines,
// the same each time, and that do not change when the message's white space does in the ways that
// relaxed canonicalisation allows.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "smtp/dkim.h"
#include "smtp/dkim_canonical.h"
#include "tests/smtp/message_support.h"

namespace {

using posthaste::smtp::DkimKey;

void Require(bool holds) {
  if (!holds) std::abort();
}

const std::vector<DkimKey>& Keys() {
  static const auto* const keys = new std::vector<DkimKey>{
      {"example.test", "ed",
       posthaste::crypto::SigningKey::Generate(posthaste::crypto::SigningKey::Kind::kEd25519)}};
  return *keys;
}

void RequireFields(std::string_view fields) {
  const auto lines = posthaste::smtp::CrLfLines(fields);
  Require(lines.has_value() && !lines->empty());
  Require(lines->front().starts_with("DKIM-Signature: "));
  for (size_t i = 0; i < lines->size(); ++i) {
    const std::string& line = (*lines)[i];
    Require(line.size() <= 78 && line.find_first_not_of(' ') != std::string::npos);
    Require(line.starts_with(' ') == (i > 0));
  }
}

// More white space at the end of each line of the body, and more empty lines at its end.
std::string Loosened(std::string_view message, size_t body_at) {
  std::string loose(message.substr(0, body_at));
  std::string_view body = message.substr(body_at);
  while (!body.empty()) {
    const size_t end = std::min(body.find("\r\n"), body.size());
    loose += body.substr(0, end);
    loose += " \t\r\n";
    body.remove_prefix(std::min(end + 2, body.size()));
  }
  return loose + "\r\n \r\n";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string body = posthaste::smtp::RelaxedBody(text);
  Require(posthaste::smtp::RelaxedBody(body) == body);
  Require(body.empty() || body.ends_with("\r\n"));

  const absl::Time date = absl::FromUnixSeconds(1'800'000'000);
  const auto fields = posthaste::smtp::SignDkim(text, Keys(), date);
  if (!fields.ok()) return 0;
  RequireFields(*fields);
  Require(posthaste::smtp::SignDkim(text, Keys(), date).value() == *fields);
  const size_t body_at = text.starts_with("\r\n") ? 2 : text.find("\r\n\r\n") + 4;
  Require(posthaste::smtp::SignDkim(Loosened(text, body_at), Keys(), date).value() == *fields);
  return 0;
}
