#include "base/mailbox.h"

#include <idn2.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/encoding.h"

namespace posthaste {
namespace {

constexpr size_t kLocalPartBytesMax = 64;
constexpr size_t kDomainBytesMax = 255;
constexpr size_t kAddressBytesMax = 254;
constexpr size_t kLabelBytesMax = 63;

struct CFree {
  void operator()(void* memory) const { std::free(memory); }
};

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isascii(c); });
}

// RFC 5322 3.2.3, widened by RFC 6531 3.3.
bool IsAtext(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-/=?^_`{|}~";
  const auto byte = static_cast<unsigned char>(c);
  return !absl::ascii_isascii(byte) || absl::ascii_isalnum(byte) ||
         kMarks.find(c) != std::string_view::npos;
}

// Spaces, separators and format characters (bidirectional overrides, zero-width ones): RFC 6531
// lets them pass, and all they do in an address is to make one look like another.
bool HasInvisible(std::string_view text) {
  const auto* at = reinterpret_cast<const uint8_t*>(text.data());
  size_t left = text.size();
  const uc_general_category_t invisible =
      uc_general_category_or(UC_CATEGORY_Z, uc_general_category_or(UC_CATEGORY_Cf, UC_CATEGORY_Cc));
  while (left > 0) {
    ucs4_t point = 0;
    const int size = u8_mbtouc(&point, at, left);
    if (uc_is_general_category(point, invisible)) return true;
    at += size;
    left -= static_cast<size_t>(size);
  }
  return false;
}

// Nothing, or what is wrong.
std::optional<std::string_view> WrongLocalPart(std::string_view local) {
  if (local.empty()) return "address has nothing before the @";
  if (local.size() > kLocalPartBytesMax) return "local part is longer than 64 octets";
  if (local.front() == '"') return "quoted local parts are not supported";
  if (local.front() == '.' || local.back() == '.' || local.find("..") != std::string_view::npos) {
    return "local part has a dot at an end or two in a row";
  }
  if (!std::all_of(local.begin(), local.end(), [](char c) { return c == '.' || IsAtext(c); })) {
    return "local part has a character that is not allowed";
  }
  if (HasInvisible(local)) return "local part has an invisible character";
  return std::nullopt;
}

// RFC 5321 2.3.5: letters, digits and inner hyphens.
bool IsLabel(std::string_view label) {
  if (label.empty() || label.size() > kLabelBytesMax) return false;
  if (label.front() == '-' || label.back() == '-') return false;
  return std::all_of(label.begin(), label.end(),
                     [](char c) { return absl::ascii_isalnum(c) || c == '-'; });
}

std::optional<std::string_view> WrongAsciiDomain(std::string_view domain) {
  if (domain.size() > kDomainBytesMax) return "domain is longer than 255 octets";
  size_t labels = 0;
  std::string_view last;
  for (std::string_view rest = domain;; ++labels) {
    const size_t dot = rest.find('.');
    last = rest.substr(0, dot);
    if (!IsLabel(last)) return "domain has a label that is not a host name's";
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  if (labels == 0 && domain != "localhost") return "domain has no dot";
  // No top-level domain is a number (RFC 3696 2): this is an IPv4 address without its brackets.
  if (std::all_of(last.begin(), last.end(), absl::ascii_isdigit)) return "domain ends in a number";
  return std::nullopt;
}

absl::StatusOr<std::string> ToAscii(std::string_view domain) {
  // Where nothing is to be converted libidn2 would only look for errors that IsLabel finds as well.
  if (IsAscii(domain)) {
    std::string lower(domain);
    absl::AsciiStrToLower(&lower);
    if (lower.find("xn--") == std::string::npos) return lower;
  }
  const std::string terminated(domain);
  char* output = nullptr;
  const int error = idn2_to_ascii_8z(terminated.c_str(), &output, IDN2_NONTRANSITIONAL);
  const std::unique_ptr<char, CFree> owner(output);
  if (error != IDN2_OK) return absl::InvalidArgumentError("domain is not valid under IDNA 2008");
  return absl::AsciiStrToLower(output);
}

std::optional<std::string> ToNfc(std::string_view text) {
  if (IsAscii(text)) return std::string(text);
  size_t size = 0;
  const std::unique_ptr<uint8_t, CFree> normal(u8_normalize(
      UNINORM_NFC, reinterpret_cast<const uint8_t*>(text.data()), text.size(), nullptr, &size));
  if (normal == nullptr) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(normal.get()), size);
}

// What providers deliver to one person. Only rules that the provider documents.
std::string Bucket(std::string_view local, std::string_view domain) {
  std::string folded(local);
  const size_t plus = folded.find('+');
  if (plus != std::string::npos && plus > 0) folded.resize(plus);
  if (domain == "gmail.com" || domain == "googlemail.com") {
    std::erase(folded, '.');
    // A mark that stood behind a dot stands behind a letter now.
    if (const std::optional<std::string> normal = ToNfc(folded)) folded = *normal;
    domain = "gmail.com";
  }
  return absl::StrCat(folded, "@", std::string(domain));
}

}  // namespace

absl::StatusOr<Mailbox> ParseMailbox(std::string_view address) {
  const auto invalid = [](std::string_view what) {
    return absl::InvalidArgumentError(std::string(what));
  };
  if (address.empty()) return invalid("address is empty");
  if (address.size() > kAddressBytesMax) return invalid("address is longer than 254 octets");
  if (!IsUtf8(address)) return invalid("address is not UTF-8");
  if (HasControl(address)) return invalid("address has a control character");
  const size_t at = address.rfind('@');
  if (at == std::string_view::npos) return invalid("address has no @");

  Mailbox mailbox;
  mailbox.address = std::string(address);
  mailbox.local_part = std::string(address.substr(0, at));
  mailbox.domain = std::string(address.substr(at + 1));
  mailbox.needs_smtputf8 = !IsAscii(mailbox.local_part);
  if (const auto wrong = WrongLocalPart(mailbox.local_part)) return invalid(*wrong);
  if (mailbox.domain.empty()) return invalid("address has nothing after the @");
  if (mailbox.domain.front() == '[') return invalid("address literals are not supported");

  absl::StatusOr<std::string> ascii = ToAscii(mailbox.domain);
  if (!ascii.ok()) return ascii.status();
  mailbox.ascii_domain = *std::move(ascii);
  if (const auto wrong = WrongAsciiDomain(mailbox.ascii_domain)) return invalid(*wrong);
  // The longer form may go over the wire.
  if (mailbox.local_part.size() + 1 + mailbox.ascii_domain.size() > kAddressBytesMax) {
    return invalid("address is longer than 254 octets");
  }

  // Normal forms of a few characters are ASCII marks (U+037E is a semicolon), so the rules hold for
  // both.
  std::optional<std::string> local = ToNfc(mailbox.local_part);
  if (!local.has_value() || WrongLocalPart(*local).has_value()) {
    return invalid("local part has no normal form that is allowed");
  }
  absl::AsciiStrToLower(&*local);
  mailbox.lookup = absl::StrCat(*local, "@", mailbox.ascii_domain);
  mailbox.bucket = Bucket(*local, mailbox.ascii_domain);
  return mailbox;
}

std::string Masked(const Mailbox& mailbox) {
  const auto* local = reinterpret_cast<const uint8_t*>(mailbox.local_part.data());
  const int first = u8_mblen(local, mailbox.local_part.size());
  return absl::StrCat(mailbox.local_part.substr(0, first > 0 ? static_cast<size_t>(first) : 0),
                      "***@", mailbox.domain);
}

}  // namespace posthaste
