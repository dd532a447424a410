#include "smtp/capabilities.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"

namespace posthaste::smtp {
namespace {

// Takes the next word off `text`; "" at the end. Relays put tabs and doubled spaces where the
// grammar has one space.
std::string_view TakeWord(std::string_view& text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) {
    text = {};
    return {};
  }
  const size_t end = std::min(text.find_first_of(" \t", begin), text.size());
  const std::string_view word = text.substr(begin, end - begin);
  text.remove_prefix(end);
  return word;
}

std::string Upper(std::string_view word) {
  std::string upper(word);
  absl::AsciiStrToUpper(&upper);
  return upper;
}

void AddMechanism(Capabilities& capabilities, std::string_view word) {
  std::string mechanism = Upper(word);
  std::vector<std::string>& known = capabilities.auth;
  if (mechanism.empty() || std::find(known.begin(), known.end(), mechanism) != known.end()) return;
  known.push_back(std::move(mechanism));
}

// "MAILMAX=100". A value outside RFC 9422's (1 to 999999) limits nothing.
void TakeLimit(Capabilities& capabilities, std::string_view word) {
  const size_t equals = word.find('=');
  if (equals == std::string_view::npos) return;
  int value = 0;
  const bool good = absl::SimpleAtoi(std::string(word.substr(equals + 1)), &value) && value > 0 &&
                    value < 1000000;
  if (!good) return;
  const std::string name = Upper(word.substr(0, equals));
  if (name == "MAILMAX") capabilities.mail_max = value;
  if (name == "RCPTDOMAINMAX") capabilities.rcpt_domain_max = value;
}

void TakeKeyword(Capabilities& capabilities, std::string_view line,
                 const std::vector<std::string>& overlooked) {
  const std::string keyword = Upper(TakeWord(line));
  if (std::find(overlooked.begin(), overlooked.end(), keyword) != overlooked.end()) return;
  if (keyword == "STARTTLS") {
    capabilities.starttls = true;
  } else if (keyword == "PIPELINING") {
    capabilities.pipelining = true;
  } else if (keyword == "8BITMIME") {
    capabilities.eight_bit_mime = true;
  } else if (keyword == "SMTPUTF8") {
    capabilities.smtputf8 = true;
  } else if (keyword == "ENHANCEDSTATUSCODES") {
    capabilities.enhanced_status_codes = true;
  } else if (keyword == "CHUNKING") {
    capabilities.chunking = true;
  } else if (keyword == "DSN") {
    capabilities.dsn = true;
  } else if (keyword == "SIZE") {
    capabilities.size = true;
    const std::string limit(TakeWord(line));
    // A limit that is no number tells nothing (RFC 1870 4 makes the number optional).
    if (!absl::SimpleAtoi(limit, &capabilities.size_max)) capabilities.size_max = 0;
  } else if (keyword == "LIMITS") {
    for (std::string_view word = TakeWord(line); !word.empty(); word = TakeWord(line)) {
      TakeLimit(capabilities, word);
    }
  } else if (keyword == "AUTH" || keyword.rfind("AUTH=", 0) == 0) {
    if (keyword.size() > 5) AddMechanism(capabilities, std::string_view(keyword).substr(5));
    for (std::string_view word = TakeWord(line); !word.empty(); word = TakeWord(line)) {
      AddMechanism(capabilities, word);
    }
  }
}

}  // namespace

Capabilities ParseEhlo(const Reply& reply, const std::vector<std::string>& overlooked) {
  Capabilities capabilities;
  capabilities.esmtp = true;
  // The first line is the relay's name and its greeting.
  for (size_t i = 1; i < reply.lines.size(); ++i) {
    TakeKeyword(capabilities, reply.lines[i], overlooked);
  }
  return capabilities;
}

}  // namespace posthaste::smtp
