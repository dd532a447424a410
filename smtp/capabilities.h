// What a relay said it can do, in its answer to EHLO (RFC 5321 4.1.1.1). Forgotten after STARTTLS
// (RFC 3207 4.2).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "smtp/reply.h"

namespace posthaste::smtp {

struct Capabilities {
  bool esmtp = false;                  // EHLO was accepted (not HELO).
  bool starttls = false;               // RFC 3207
  bool pipelining = false;             // RFC 2920
  bool eight_bit_mime = false;         // RFC 6152
  bool smtputf8 = false;               // RFC 6531
  bool enhanced_status_codes = false;  // RFC 2034
  bool chunking = false;               // RFC 3030
  bool dsn = false;                    // RFC 3461
  bool size = false;                   // RFC 1870
  uint64_t size_max = 0;               // 0 = no limit told.
  // RFC 9422, for one session; 0 = no limit told. RCPTMAX is at least 1, and we send to one.
  int mail_max = 0;               // MAILMAX: transactions.
  int rcpt_domain_max = 0;        // RCPTDOMAINMAX: different domains of recipients.
  std::vector<std::string> auth;  // Mechanisms, upper case.
};

// Keywords are case-insensitive; unknown ones and those in `overlooked` (upper case) are ignored;
// "AUTH=LOGIN" (an old form) counts as AUTH.
Capabilities ParseEhlo(const Reply& reply, const std::vector<std::string>& overlooked = {});

}  // namespace posthaste::smtp
