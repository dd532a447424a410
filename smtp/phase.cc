#include "smtp/phase.h"

namespace posthaste::smtp {

std::string_view PhaseName(Phase phase) {
  switch (phase) {
    case Phase::kConnect:
      return "connect";
    case Phase::kGreeting:
      return "greeting";
    case Phase::kEhlo:
      return "ehlo";
    case Phase::kStartTls:
      return "starttls";
    case Phase::kAuth:
      return "auth";
    case Phase::kMail:
      return "mail";
    case Phase::kRcpt:
      return "rcpt";
    case Phase::kData:
      return "data";
    case Phase::kBody:
      return "body";
    case Phase::kDot:
      return "dot";
  }
  return "";
}

}  // namespace posthaste::smtp
