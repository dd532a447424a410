#include "service/sandbox/capture_dialogue.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/encoding.h"

namespace posthaste::sandbox {
namespace {

constexpr std::string_view kName = "capture.posthaste.test";

struct Path {
  std::string address;
  std::vector<std::string> parameters;
};

// "FROM:<ana@example.test> SIZE=12": what stands after `prefix`. A blank after the colon is
// forgiven, source routes are not.
std::optional<Path> PathAfter(std::string_view prefix, std::string_view rest) {
  const std::string text(rest);
  if (!absl::StartsWithIgnoreCase(text, std::string(prefix))) return std::nullopt;
  const size_t open = text.find_first_not_of(' ', prefix.size());
  if (open == std::string::npos || text[open] != '<') return std::nullopt;
  const size_t close = text.find('>', open);
  if (close == std::string::npos) return std::nullopt;
  Path path;
  path.address = text.substr(open + 1, close - open - 1);
  path.parameters = absl::StrSplit(text.substr(close + 1), ' ', absl::SkipEmpty());
  return path;
}

bool IsAscii(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}

bool IsAddress(std::string_view address) {
  const size_t at = address.rfind('@');
  return at != std::string_view::npos && at > 0 && at + 1 < address.size() &&
         address.size() <= 254 && address.find(' ') == std::string_view::npos &&
         !HasControl(address) && IsUtf8(address);
}

}  // namespace

std::string CaptureDialogue::Greeting() const {
  return absl::StrCat("220 ", std::string(kName), " ESMTP, every message is kept here\r\n");
}

CaptureDialogue::Turn CaptureDialogue::Refuse(std::string reply) {
  Turn turn;
  turn.reply = std::move(reply) + "\r\n";
  if (++errors_ >= kErrorsMax) {
    turn.reply = absl::StrCat("421 4.7.0 ", std::string(kName), " too many errors, closing\r\n");
    turn.close = true;
  }
  return turn;
}

CaptureDialogue::Turn CaptureDialogue::Heard(std::string_view line) {
  return in_data_ ? DataLine(line) : Command(line);
}

CaptureDialogue::Turn CaptureDialogue::Command(std::string_view line) {
  if (line.size() > kCommandBytesMax) return Refuse("500 5.5.2 Line too long");
  const size_t blank = std::min(line.find(' '), line.size());
  const std::string verb = absl::AsciiStrToUpper(std::string(line.substr(0, blank)));
  const std::string_view rest = line.substr(std::min(blank + 1, line.size()));
  if (verb == "EHLO" || verb == "HELO") return Hello(verb, rest);
  if (verb == "MAIL") return Mail(rest);
  if (verb == "RCPT") return Recipient(rest);
  if (verb == "DATA") return Data();
  Turn turn;
  if (verb == "RSET") {
    Reset();
    turn.reply = "250 2.0.0 Forgotten\r\n";
  } else if (verb == "NOOP") {
    turn.reply = "250 2.0.0 Still here\r\n";
  } else if (verb == "QUIT") {
    turn.reply = absl::StrCat("221 2.0.0 ", std::string(kName), " closing\r\n");
    turn.close = true;
  } else {
    return Refuse("502 5.5.1 Not a command of this server");
  }
  return turn;
}

CaptureDialogue::Turn CaptureDialogue::Hello(std::string_view verb, std::string_view rest) {
  if (rest.empty()) return Refuse("501 5.5.4 Who are you?");
  Reset();
  greeted_ = true;
  Turn turn;
  if (verb == "HELO") {
    turn.reply = absl::StrCat("250 ", std::string(kName), "\r\n");
    return turn;
  }
  turn.reply =
      absl::StrCat("250-", std::string(kName), "\r\n250-PIPELINING\r\n250-SIZE ", kMessageBytesMax,
                   "\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 ENHANCEDSTATUSCODES\r\n");
  return turn;
}

CaptureDialogue::Turn CaptureDialogue::Mail(std::string_view rest) {
  if (!greeted_) return Refuse("503 5.5.1 EHLO first");
  if (has_sender_) return Refuse("503 5.5.1 One sender at a time");
  std::optional<Path> path = PathAfter("FROM:", rest);
  if (!path) return Refuse("501 5.5.4 MAIL FROM:<address> is wanted");
  bool utf8 = false;
  for (const std::string& parameter : path->parameters) {
    uint64_t size = 0;
    if (absl::EqualsIgnoreCase(parameter, "SMTPUTF8")) {
      utf8 = true;
    } else if (absl::StartsWithIgnoreCase(parameter, "SIZE=") &&
               absl::SimpleAtoi(parameter.substr(5), &size)) {
      if (size > kMessageBytesMax) return Refuse("552 5.3.4 Over 1 MiB");
    } else if (!absl::EqualsIgnoreCase(parameter, "BODY=8BITMIME") &&
               !absl::EqualsIgnoreCase(parameter, "BODY=7BIT")) {
      return Refuse("555 5.5.4 An unknown parameter");
    }
  }
  if (!path->address.empty() && !IsAddress(path->address))
    return Refuse("501 5.1.7 Not an address");
  if (!utf8 && !IsAscii(path->address))
    return Refuse("553 5.6.7 SMTPUTF8 is needed for that address");
  has_sender_ = true;
  utf8_ = utf8;
  envelope_.mail_from = std::move(path->address);
  Turn turn;
  turn.reply = "250 2.1.0 Ok\r\n";
  return turn;
}

CaptureDialogue::Turn CaptureDialogue::Recipient(std::string_view rest) {
  if (!has_sender_) return Refuse("503 5.5.1 MAIL first");
  std::optional<Path> path = PathAfter("TO:", rest);
  if (!path || !path->parameters.empty()) return Refuse("501 5.5.4 RCPT TO:<address> is wanted");
  if (!IsAddress(path->address)) return Refuse("501 5.1.3 Not an address");
  if (!utf8_ && !IsAscii(path->address))
    return Refuse("553 5.6.7 SMTPUTF8 is needed for that address");
  if (envelope_.rcpt_to.size() >= kRecipientsMax) return Refuse("452 4.5.3 Too many recipients");
  envelope_.rcpt_to.push_back(std::move(path->address));
  Turn turn;
  turn.reply = "250 2.1.5 Ok\r\n";
  return turn;
}

CaptureDialogue::Turn CaptureDialogue::Data() {
  if (envelope_.rcpt_to.empty()) return Refuse("503 5.5.1 RCPT first");
  in_data_ = true;
  Turn turn;
  turn.reply = "354 End with a dot on a line of its own\r\n";
  return turn;
}

CaptureDialogue::Turn CaptureDialogue::DataLine(std::string_view line) {
  Turn turn;
  if (line == ".") {
    in_data_ = false;
    turn.store = !too_large_;
    if (too_large_) turn = Refuse("552 5.3.4 Over 1 MiB");
    if (!turn.store) Reset();
    return turn;
  }
  if (!line.empty() && line[0] == '.') line.remove_prefix(1);
  too_large_ = too_large_ || message_.size() + line.size() + 2 > kMessageBytesMax;
  if (too_large_) {
    message_.clear();
  } else {
    message_.append(line).append("\r\n");
  }
  return turn;
}

std::string CaptureDialogue::Stored(const absl::StatusOr<std::string>& id) {
  Reset();
  if (!id.ok()) return "451 4.3.0 It could not be stored\r\n";
  return absl::StrCat("250 2.0.0 Stored as ", *id, "\r\n");
}

void CaptureDialogue::Reset() {
  has_sender_ = utf8_ = in_data_ = too_large_ = false;
  envelope_ = Envelope();
  message_.clear();
}

}  // namespace posthaste::sandbox
