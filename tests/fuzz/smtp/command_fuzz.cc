// A command that is written has exactly one CRLF, at its end, no other control, and is within its
// limit; one that is refused leaves the buffer as it was.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "smtp/command.h"

namespace {

using namespace posthaste::smtp;

void Require(bool holds) {
  if (!holds) std::abort();
}

// `bytes_max` of the longest form that is allowed.
void Check(const absl::Status& status, const std::string& out, size_t bytes_max) {
  constexpr std::string_view kBefore = "DATA\r\n";
  Require(std::string_view(out).substr(0, kBefore.size()) == kBefore);
  const std::string_view line = std::string_view(out).substr(kBefore.size());
  if (!status.ok()) {
    Require(line.empty());
    return;
  }
  Require(line.size() >= 2 && line.size() <= bytes_max);
  Require(line.find("\r\n") == line.size() - 2);
  for (const char c : line.substr(0, line.size() - 2)) {
    Require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const uint8_t flags = data[0];
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const bool smtputf8 = (flags & 1) != 0;
  MailParameters parameters;
  parameters.smtputf8 = smtputf8;
  parameters.size = (flags & 2) != 0;
  parameters.size_bytes = flags * 0x0101010101010101u;
  parameters.eight_bit = (flags & 4) != 0;
  parameters.dsn = (flags & 8) != 0;
  parameters.envelope_id = text.substr(0, flags);

  std::string out = "DATA\r\n";
  absl::Status status = AppendMail(out, text, parameters);
  Check(status, out, kCommandBytesMax + 26 + 17 + 10 + 9 + 107);
  out = "DATA\r\n";
  status = AppendRcpt(out, text, {smtputf8, parameters.dsn});
  Check(status, out, kCommandBytesMax + 15 + 507);
  out = "DATA\r\n";
  status = AppendCommand(out, "EHLO", text);
  Check(status, out, kCommandBytesMax);
  out = "DATA\r\n";
  status = AppendAuthResponse(out, text);
  Check(status, out, kAuthBytesMax);
  return 0;
}
