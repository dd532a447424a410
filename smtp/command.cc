#include "smtp/command.h"

#include "absl/strings/str_cat.h"
#include "base/encoding.h"

namespace posthaste::smtp {
namespace {

constexpr size_t kEnvelopeIdMax = 100;         // RFC 3461 4.4, as xtext.
constexpr size_t kOriginalRecipientMax = 500;  // RFC 3461 4.2.

bool IsPrintableAscii(std::string_view text) {
  for (const char c : text) {
    if (c < 0x20 || c > 0x7e) return false;
  }
  return true;
}

bool IsPath(std::string_view path, bool smtputf8) {
  if (path.find_first_of(" <>") != std::string_view::npos) return false;
  if (IsPrintableAscii(path)) return true;
  return smtputf8 && IsUtf8(path) && !HasControl(path);
}

absl::Status Refused(std::string_view verb, std::string_view why) {
  const std::string message = absl::StrCat(std::string(verb), " command ", std::string(why));
  return absl::InvalidArgumentError(message);
}

// Ends the line that began at `begin`, or takes it back.
absl::Status EndLine(std::string& out, size_t begin, std::string_view verb, size_t bytes_max) {
  out += "\r\n";
  if (out.size() - begin <= bytes_max) return absl::OkStatus();
  out.resize(begin);
  return Refused(verb, "longer than allowed");
}

}  // namespace

absl::Status AppendCommand(std::string& out, std::string_view verb, std::string_view argument,
                           size_t bytes_max) {
  if (!IsPrintableAscii(verb) || !IsPrintableAscii(argument)) {
    return Refused(IsPrintableAscii(verb) ? verb : "unnamed",
                   "with a byte that is not printable ASCII");
  }
  const size_t begin = out.size();
  out += verb;
  if (!argument.empty()) {
    out += ' ';
    out += argument;
  }
  return EndLine(out, begin, verb, bytes_max);
}

absl::Status AppendAuthResponse(std::string& out, std::string_view base64) {
  if (!IsPrintableAscii(base64)) return Refused("AUTH", "with a byte that is not printable ASCII");
  const size_t begin = out.size();
  out += base64;
  return EndLine(out, begin, "AUTH", kAuthBytesMax);
}

absl::Status AppendMail(std::string& out, std::string_view reverse_path,
                        const MailParameters& parameters) {
  if (!IsPath(reverse_path, parameters.smtputf8))
    return Refused("MAIL", "with an address that cannot be written");
  const size_t begin = out.size();
  size_t bytes_max = kCommandBytesMax;
  out += "MAIL FROM:<";
  out += reverse_path;
  out += '>';
  if (parameters.size) {
    out += " SIZE=";
    out += std::to_string(parameters.size_bytes);
    bytes_max += 26;
  }
  if (parameters.eight_bit) {
    out += " BODY=8BITMIME";
    bytes_max += 17;
  }
  if (parameters.smtputf8) {
    out += " SMTPUTF8";
    bytes_max += 10;
  }
  if (parameters.dsn) {
    out += " RET=HDRS";
    bytes_max += 9;
    const std::string envelope_id = Xtext(parameters.envelope_id);
    if (!envelope_id.empty() && envelope_id.size() <= kEnvelopeIdMax) {
      absl::StrAppend(&out, " ENVID=", envelope_id);
      bytes_max += 7 + kEnvelopeIdMax;
    }
  }
  return EndLine(out, begin, "MAIL", bytes_max);
}

absl::Status AppendRcpt(std::string& out, std::string_view forward_path,
                        const RcptParameters& parameters) {
  if (forward_path.empty() || !IsPath(forward_path, parameters.smtputf8)) {
    return Refused("RCPT", "with an address that cannot be written");
  }
  const size_t begin = out.size();
  size_t bytes_max = kCommandBytesMax;
  out += "RCPT TO:<";
  out += forward_path;
  out += '>';
  if (parameters.dsn) {
    out += " NOTIFY=FAILURE";
    bytes_max += 15;
    const std::string original = Xtext(forward_path);
    if (IsPrintableAscii(forward_path) && original.size() <= kOriginalRecipientMax - 7) {
      absl::StrAppend(&out, " ORCPT=rfc822;", original);
      bytes_max += 7 + kOriginalRecipientMax;
    }
  }
  return EndLine(out, begin, "RCPT", bytes_max);
}

std::string Xtext(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (c > ' ' && c < 0x7f && c != '+' && c != '=') {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '+';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

}  // namespace posthaste::smtp
