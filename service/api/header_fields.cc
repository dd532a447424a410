#include "service/api/header_fields.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/encoding.h"

namespace posthaste::api {
namespace {

constexpr size_t kWordMax = 70;  // Longer, and it would not fold: it would be encoded.
constexpr size_t kNameShownMax = 64;

struct Allowed {
  std::string name;
  bool structured = false;  // Programs read it: no encoded words (RFC 2047 5).
};

const Allowed kAllowed[] = {{"Comments"},     {"Importance", true}, {"In-Reply-To", true},
                            {"Keywords"},     {"List-Help", true},  {"List-Id", true},
                            {"Organization"}, {"References", true}};

// Null: it is not allowed.
const Allowed* Find(const std::string& name) {
  for (const Allowed& allowed : kAllowed) {
    if (absl::EqualsIgnoreCase(allowed.name, name)) return &allowed;
  }
  return nullptr;
}

// Where the caller wrote it. What is no name is not repeated: it may be anything.
std::string FieldOf(const std::string& name) {
  const auto good = [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-';
  };
  const bool telling = name.size() <= kNameShownMax && std::all_of(name.begin(), name.end(), good);
  return telling ? absl::StrCat("headers[", name, "]") : "headers";
}

bool IsPrintable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

bool IsOfShortWords(std::string_view text) {
  size_t length = 0;
  for (const char c : text) {
    length = c == ' ' ? 0 : length + 1;
    if (length > kWordMax) return false;
  }
  return IsPrintable(text);
}

void CheckValue(const std::string& field, const std::string& value, bool structured,
                Fields& fields) {
  if (HasControl(value)) {
    fields.Add(field, "HEADER_INJECTION", "must be one line of text without control characters");
    return;
  }
  fields.Line(field, value, kHeaderValueMax, true);
  if (structured && !IsOfShortWords(value)) {
    fields.Add(field, "FIELD_INVALID",
               absl::StrCat("must be printable ASCII in words of at most ", kWordMax));
  }
}

}  // namespace

bool OnlyGeneral(const std::string& field, Fields& fields, const SendOrder& order) {
  if (order.mail == nullptr || order.mail->mail_class() == templates::MailClass::kGeneral)
    return true;
  fields.Add(field, "FIELD_INVALID", "is for templates of the class GENERAL only");
  return false;
}

void CheckUnsubscribe(const std::string& url, Fields& fields, SendOrder& order) {
  constexpr char kField[] = "list_unsubscribe_url";
  constexpr std::string_view kScheme = "https://";
  if (url.empty() || !OnlyGeneral(kField, fields, order)) return;
  if (HasControl(url)) {
    fields.Add(kField, "HEADER_INJECTION", "must be one line of text without control characters");
    return;
  }
  // "<", ">" end it within the header; a backslash and a quote are of no URL.
  const bool good = url.starts_with(kScheme) && url.size() > kScheme.size() &&
                    url.size() <= kUnsubscribeUrlMax && IsPrintable(url) &&
                    url.find_first_of(" <>\"\\") == std::string::npos;
  if (!good) {
    fields.Add(kField, "FIELD_INVALID",
               absl::StrCat("must be an https URL of at most ", kUnsubscribeUrlMax,
                            " printable ASCII characters"));
  }
  order.list_unsubscribe_url = url;
}

void CheckHeaders(const Fields::Strings& headers, Fields& fields, SendOrder& order) {
  if (headers.empty() || !OnlyGeneral("headers", fields, order)) return;
  std::map<std::string, std::string> chosen;
  for (const auto& [name, value] :
       std::map<std::string, std::string>(headers.begin(), headers.end())) {
    const std::string field = FieldOf(name);
    const Allowed* const allowed = Find(name);
    if (allowed == nullptr) {
      fields.Add(field, "FIELD_INVALID", "is no header that callers may write");
      continue;
    }
    CheckValue(field, value, allowed->structured, fields);
    if (!chosen.emplace(allowed->name, value).second)
      fields.Add(field, "FIELD_INVALID", "is there twice, in another case");
  }
  for (const auto& [name, value] : chosen) order.headers.push_back({name, value});
}

}  // namespace posthaste::api
