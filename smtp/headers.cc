#include "smtp/headers.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/time/civil_time.h"
#include "base/encoding.h"
#include "base/mailbox.h"
#include "smtp/encoded_word.h"

namespace posthaste::smtp {
namespace {

constexpr size_t kLineMax = 78;         // RFC 5322 2.1.1.
constexpr size_t kEncodedLineMax = 76;  // RFC 2047 2.
constexpr size_t kMessageIdBytesMax = 250;
constexpr std::string_view kFold = "\r\n ";

bool IsVisible(char c) { return c > 0x20 && c < 0x7F; }
bool IsPrintable(char c) { return c >= 0x20 && c < 0x7F; }

// RFC 5322 3.2.3.
bool IsAtext(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-/=?^_`{|}~";
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         kMarks.find(c) != std::string_view::npos;
}

bool IsDotAtom(std::string_view text) {
  if (text.empty() || text.front() == '.' || text.back() == '.') return false;
  return text.find("..") == std::string_view::npos &&
         std::all_of(text.begin(), text.end(), [](char c) { return c == '.' || IsAtext(c); });
}

bool AllPrintable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), IsPrintable);
}

// Whether ASCII `text` is the same after it was folded at its spaces, from `column` on, and
// unfolded.
bool SurvivesFolding(std::string_view text, size_t column) {
  if (!AllPrintable(text) || text.starts_with(' ') || text.ends_with(' ') || LooksEncoded(text)) {
    return false;
  }
  size_t begin = 0;
  while (begin < text.size()) {
    const size_t word = std::min(text.find_first_not_of(' ', begin), text.size());
    const size_t end = std::min(text.find(' ', word), text.size());
    if (end - begin > kLineMax - (begin == 0 ? column : 0)) return false;
    begin = end;
  }
  return true;
}

// Appends `text`, each word with the spaces before it on a new line if it does not fit. REQUIRES:
// SurvivesFolding(text, column).
void AppendFolded(std::string& out, size_t column, std::string_view text) {
  if (column + text.size() <= kLineMax) {
    out += text;
    return;
  }
  size_t begin = 0;
  while (begin < text.size()) {
    const size_t word = std::min(text.find_first_not_of(' ', begin), text.size());
    const size_t end = std::min(text.find(' ', word), text.size());
    if (column + end - begin > kLineMax) {
      out += "\r\n";
      column = 0;
    }
    out += text.substr(begin, end - begin);
    column += end - begin;
    begin = end;
  }
}

// Appends a space and `word`, or `word` on a new line if it does not fit into `line_max`.
void AppendWord(std::string& out, size_t column, std::string_view word, size_t line_max) {
  out += column + 1 + word.size() > line_max ? kFold : std::string_view(" ");
  out += word;
}

bool IsPlainPhrase(std::string_view name) {
  return name.find("  ") == std::string_view::npos &&
         std::all_of(name.begin(), name.end(), [](char c) { return c == ' ' || IsAtext(c); });
}

std::string Quoted(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

struct Place {
  size_t column;
  size_t line_max;
};

// Appends a display name in the plainest form that receivers read back unchanged. One that needs
// more than a line is encoded: GMime takes the line end within a phrase of atoms for a part of it.
Place AppendPhrase(std::string& out, size_t column, std::string_view name) {
  if (SurvivesFolding(name, column)) {
    if (IsPlainPhrase(name) && column + name.size() <= kLineMax) {
      out += name;
      return {column + name.size(), kLineMax};
    }
    const std::string quoted = Quoted(name);
    if (column + quoted.size() <= kLineMax && name.find("  ") == std::string_view::npos) {
      out += quoted;
      return {column + quoted.size(), kLineMax};
    }
  }
  return {AppendEncodedWords(out, column, name), kEncodedLineMax};
}

void AppendTwoDigits(std::string& out, int number) {
  out += static_cast<char>('0' + number / 10);
  out += static_cast<char>('0' + number % 10);
}

constexpr std::array<std::string_view, 27> kReserved = {"from",
                                                        "to",
                                                        "cc",
                                                        "bcc",
                                                        "sender",
                                                        "reply-to",
                                                        "subject",
                                                        "date",
                                                        "message-id",
                                                        "mime-version",
                                                        "return-path",
                                                        "received",
                                                        "apparently-to",
                                                        "delivered-to",
                                                        "auto-submitted",
                                                        "feedback-id",
                                                        "x-entity-ref-id",
                                                        "list-unsubscribe",
                                                        "list-unsubscribe-post",
                                                        "dkim-signature",
                                                        "domainkey-signature",
                                                        "authentication-results",
                                                        "received-spf",
                                                        "return-receipt-to",
                                                        "disposition-notification-to",
                                                        "errors-to",
                                                        "encrypted"};
constexpr std::array<std::string_view, 3> kReservedPrefixes = {"content-", "resent-", "arc-"};

}  // namespace

absl::Status InvalidField(std::string_view field, std::string_view what) {
  std::string message(field);
  message += ' ';
  message += what;
  return absl::InvalidArgumentError(message);
}

absl::Status CheckText(std::string_view field, std::string_view text, size_t bytes_max) {
  if (text.size() > bytes_max) {
    return InvalidField(field, "is longer than " + std::to_string(bytes_max) + " bytes");
  }
  if (AllPrintable(text)) return absl::OkStatus();
  if (!IsUtf8(text)) return InvalidField(field, "is not UTF-8");
  if (HasControl(text)) return InvalidField(field, "has a control character");
  // Some readers, Python's among them, take these for line ends.
  if (text.find("\u2028") != std::string_view::npos ||
      text.find("\u2029") != std::string_view::npos) {
    return InvalidField(field, "has a line or paragraph separator");
  }
  return absl::OkStatus();
}

absl::Status AppendUnstructured(std::string& out, std::string_view field, std::string_view name,
                                std::string_view value) {
  const absl::Status checked = CheckText(field, value, kTextBytesMax);
  if (!checked.ok()) return checked;
  out += name;
  out += ": ";
  const size_t column = name.size() + 2;
  if (SurvivesFolding(value, column)) {
    AppendFolded(out, column, value);
  } else {
    AppendEncodedWords(out, column, value);
  }
  out += "\r\n";
  return absl::OkStatus();
}

absl::Status AppendAddress(std::string& out, std::string_view field, std::string_view name,
                           const Address& address) {
  const std::string prefix(field);
  const absl::Status checked = CheckText(prefix + ".name", address.name, kNameBytesMax);
  if (!checked.ok()) return checked;
  const absl::StatusOr<Mailbox> mailbox = ParseMailbox(address.mailbox);
  if (!mailbox.ok()) {
    return InvalidField(prefix + ".mailbox: ", std::string(mailbox.status().message()));
  }
  std::string written = mailbox->needs_smtputf8 ? mailbox->address
                                                : mailbox->local_part + '@' + mailbox->ascii_domain;
  out += name;
  out += ':';
  Place place{name.size() + 1, kLineMax};
  if (!address.name.empty()) {
    out += ' ';
    place = AppendPhrase(out, place.column + 1, address.name);
    written = '<' + written + '>';
  }
  AppendWord(out, place.column, written, place.line_max);
  out += "\r\n";
  return absl::OkStatus();
}

absl::Status AppendDate(std::string& out, std::string_view field, std::string_view name,
                        absl::Time date) {
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  constexpr std::string_view kDays = "MonTueWedThuFriSatSun";
  const absl::CivilSecond civil = absl::ToCivilSecond(date, absl::UTCTimeZone());
  if (civil.year() < 1900 || civil.year() > 9999) {
    return InvalidField(field, "has a year outside 1900 to 9999");
  }
  const auto day = static_cast<size_t>(absl::GetWeekday(civil));
  out += name;
  out += ": ";
  out += kDays.substr(day * 3, 3);
  out += ", ";
  AppendTwoDigits(out, civil.day());
  out += ' ';
  out += kMonths.substr(static_cast<size_t>(civil.month() - 1) * 3, 3);
  out += ' ';
  AppendTwoDigits(out, static_cast<int>(civil.year() / 100));
  AppendTwoDigits(out, static_cast<int>(civil.year() % 100));
  out += ' ';
  AppendTwoDigits(out, civil.hour());
  out += ':';
  AppendTwoDigits(out, civil.minute());
  out += ':';
  AppendTwoDigits(out, civil.second());
  out += " +0000\r\n";
  return absl::OkStatus();
}

absl::Status AppendMessageId(std::string& out, std::string_view field, std::string_view name,
                             std::string_view id) {
  const size_t at = id.find('@');
  if (id.size() > kMessageIdBytesMax || at == std::string_view::npos ||
      !IsDotAtom(id.substr(0, at)) || !IsDotAtom(id.substr(at + 1))) {
    return InvalidField(field, "is not left@right of letters, digits, dots and marks");
  }
  return AppendToken(out, field, name, id, "<", ">");
}

absl::Status AppendToken(std::string& out, std::string_view field, std::string_view name,
                         std::string_view value, std::string_view open, std::string_view close) {
  if (value.empty()) return InvalidField(field, "is empty");
  if (value.size() > kTokenBytesMax) {
    return InvalidField(field, "is longer than " + std::to_string(kTokenBytesMax) + " bytes");
  }
  if (!std::all_of(value.begin(), value.end(), IsVisible)) {
    return InvalidField(field, "has a character that is not printable ASCII");
  }
  out += name;
  out += ':';
  const size_t size = open.size() + value.size() + close.size();
  out += name.size() + 2 + size > kLineMax ? kFold : std::string_view(" ");
  out += open;
  out += value;
  out += close;
  out += "\r\n";
  return absl::OkStatus();
}

absl::Status CheckExtraName(std::string_view field, std::string_view name) {
  if (name.empty() || name.size() > kHeaderNameBytesMax) {
    return InvalidField(field, "is empty or longer than 64 bytes");
  }
  if (!std::all_of(name.begin(), name.end(), [](char c) { return IsVisible(c) && c != ':'; })) {
    return InvalidField(field, "has a character that a header name cannot have");
  }
  std::string lower(name);
  absl::AsciiStrToLower(&lower);
  const bool reserved =
      std::find(kReserved.begin(), kReserved.end(), lower) != kReserved.end() ||
      std::any_of(kReservedPrefixes.begin(), kReservedPrefixes.end(),
                  [&](std::string_view prefix) { return lower.starts_with(prefix); });
  if (reserved) return InvalidField(field, "is a header that is not for the caller to write");
  return absl::OkStatus();
}

}  // namespace posthaste::smtp
