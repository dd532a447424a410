// Writes SMTP commands (RFC 5321 4.1). What is written is one line, whatever the arguments: no CR,
// LF, NUL or other control can get in, so no argument can become a second command.
//
// Each function appends to `out`, so that a pipelined flight is one buffer, or leaves it as it was
// and returns INVALID_ARGUMENT. The message names the command and never repeats the argument.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace posthaste::smtp {

inline constexpr size_t kCommandBytesMax = 512;  // With CRLF (RFC 5321 4.5.3.1.4).
inline constexpr size_t kAuthBytesMax = 12288;   // RFC 4954 4.

// "VERB argument" or "VERB". Printable ASCII only.
absl::Status AppendCommand(std::string& out, std::string_view verb, std::string_view argument = {},
                           size_t bytes_max = kCommandBytesMax);

// A response line of a SASL exchange (RFC 4954 4): base64 alone.
absl::Status AppendAuthResponse(std::string& out, std::string_view base64);

// What follows "MAIL FROM:<…>". Each belongs to an extension; set only what the relay offers. The
// length limit grows by what the extension grants (RFC 1870 3, RFC 6152 2, RFC 6531 3.4, RFC 3461
// 4).
struct MailParameters {
  bool size = false;  // SIZE=`size_bytes`
  uint64_t size_bytes = 0;
  bool eight_bit = false;  // BODY=8BITMIME
  bool smtputf8 = false;   // SMTPUTF8; UTF-8 is then allowed in the address.
  // RET=HDRS and ENVID=`envelope_id` (RFC 3461 4.3, 4.4): a bounce repeats our headers and not our
  // body, and names the message. An id that is empty or too long (100 characters) is left out.
  bool dsn = false;
  std::string_view envelope_id;
};

// `reverse_path` "" is the null reverse-path "<>". Addresses hold no space, '<' or '>', so that
// they cannot end early.
absl::Status AppendMail(std::string& out, std::string_view reverse_path,
                        const MailParameters& parameters);

// What follows "RCPT TO:<…>".
struct RcptParameters {
  bool smtputf8 = false;
  // NOTIFY=FAILURE and ORCPT=rfc822;… (RFC 3461 4.1, 4.2): a delay is no news to us, for we know no
  // more than that the relay has the message. ORCPT is left out for what is not ASCII.
  bool dsn = false;
};

absl::Status AppendRcpt(std::string& out, std::string_view forward_path,
                        const RcptParameters& parameters);

// xtext (RFC 3461 4): '+', '=', spaces, controls and whatever is not ASCII as "+XX".
std::string Xtext(std::string_view text);

}  // namespace posthaste::smtp
