#include "service/api/fields.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/encoding.h"
#include "base/network.h"
#include "service/queue/ids.h"

namespace posthaste::api {
namespace {

constexpr size_t kReasonMax = 200;

size_t Characters(std::string_view utf8) {
  size_t count = 0;
  for (const char c : utf8) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

bool AllOf(std::string_view text, bool (*good)(unsigned char)) {
  for (const char c : text) {
    if (!good(static_cast<unsigned char>(c))) return false;
  }
  return true;
}

bool IsNameCharacter(unsigned char c) {
  return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_';
}

// Names that the system knows. A name is looked up here first, because the time zone library keeps
// every name that it is asked for, wrong ones too, for as long as the process lives.
const std::set<std::string, std::less<>>& KnownZones() {
  static const std::set<std::string, std::less<>> zones = [] {
    std::set<std::string, std::less<>> names = {"UTC"};
    const std::filesystem::path folder = "/usr/share/zoneinfo";
    std::error_code error;
    for (std::filesystem::recursive_directory_iterator entry(folder, error), end;
         !error && entry != end; entry.increment(error)) {
      if (entry->is_regular_file(error))
        names.insert(entry->path().lexically_relative(folder).string());
    }
    return names;
  }();
  return zones;
}

templates::Value ToValue(const google::protobuf::Value& value) {
  switch (value.kind_case()) {
    case google::protobuf::Value::kBoolValue:
      return value.bool_value();
    case google::protobuf::Value::kNumberValue:
      return value.number_value();
    case google::protobuf::Value::kStringValue:
      return value.string_value();
    case google::protobuf::Value::kStructValue:
      return api::ToValue(value.struct_value());
    case google::protobuf::Value::kListValue: {
      templates::Value::Items items;
      for (const google::protobuf::Value& item : value.list_value().values())
        items.push_back(ToValue(item));
      return templates::Value::List(std::move(items));
    }
    default:
      return {};
  }
}

}  // namespace

void Fields::Add(std::string field, std::string reason, std::string description) {
  if (violations_.size() == kViolationsMax) return;
  const auto known = [&](const Violation& other) {
    return other.field == field && other.reason == reason && other.description == description;
  };
  if (std::any_of(violations_.begin(), violations_.end(), known)) return;
  violations_.push_back({std::move(field), std::move(reason), std::move(description)});
}

std::optional<Mailbox> Fields::Recipient(const std::string& address, const std::string& field) {
  if (address.empty()) {
    Add(field, "RECIPIENT_INVALID", "is required");
    return std::nullopt;
  }
  absl::StatusOr<Mailbox> mailbox = ParseMailbox(address);
  if (mailbox.ok()) return *std::move(mailbox);
  Add(field, "RECIPIENT_INVALID", std::string(mailbox.status().message()));
  return std::nullopt;
}

void Fields::Line(const std::string& field, const std::string& value, size_t max, bool required,
                  const std::string& reason) {
  if (value.empty()) {
    if (required) Add(field, reason, "is required");
  } else if (!IsUtf8(value) || HasControl(value)) {
    Add(field, reason, "must be one line of text without control characters");
  } else if (Characters(value) > max) {
    Add(field, reason, absl::StrCat("is longer than ", max, " characters"));
  }
}

void Fields::Reason(const std::string& value, bool required) {
  Line("reason", value, kReasonMax, required);
}

int Fields::PageSize(int asked, int most, int usual) {
  if (asked >= 1 && asked <= most) return asked;
  if (asked != 0) Add("page_size", "FIELD_INVALID", absl::StrCat("must be from 0 to ", most));
  return usual;
}

void Fields::HeaderText(const std::string& field, const std::string& value, size_t max) {
  Line(field, value, max, false, HasControl(value) ? "HEADER_INJECTION" : "FIELD_INVALID");
}

void Fields::RequestId(const std::string& value) { Line("request_id", value, 128); }

void Fields::Purpose(const std::string& value, bool required) {
  if (value.empty()) {
    if (required) Add("purpose", "PURPOSE_INVALID", "is required");
    return;
  }
  if (value.size() > 40 || !absl::ascii_islower(static_cast<unsigned char>(value[0])) ||
      !AllOf(value, IsNameCharacter)) {
    Add("purpose", "PURPOSE_INVALID",
        "must be lower case letters, digits and _, at most 40, beginning with a letter");
  }
}

void Fields::Locale(const std::string& value) {
  const auto good = [](unsigned char c) { return absl::ascii_isalnum(c) || c == '-'; };
  if (value.empty()) return;
  if (value.size() < 2 || value.size() > 35 ||
      !absl::ascii_isalpha(static_cast<unsigned char>(value[0])) || !AllOf(value, good) ||
      value.back() == '-' || absl::StrContains(value, "--")) {
    Add("locale", "LOCALE_INVALID", "must be a BCP-47 tag like \"en\" or \"pt-BR\"");
  }
}

void Fields::TimeZone(const std::string& value) {
  absl::TimeZone zone;
  const auto good = [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '/' || c == '_' || c == '-' || c == '+';
  };
  if (value.empty()) return;
  if (value.size() > 64 || !AllOf(value, good) || value[0] == '/' ||
      !KnownZones().contains(value) || !absl::LoadTimeZone(value, &zone)) {
    Add("time_zone", "TIME_ZONE_INVALID", "must be an IANA name like \"Europe/Berlin\"");
  }
}

void Fields::Labels(const Strings& labels) {
  if (labels.size() > 8) Add("labels", "FIELD_INVALID", "are more than 8");
  for (const auto& [key, value] : labels) {
    if (key.empty() || key.size() > 32 || !AllOf(key, IsNameCharacter)) {
      Add("labels", "FIELD_INVALID", "have a key that is not [a-z0-9_]{1,32}");
      continue;
    }
    Line(absl::StrCat("labels[", key, "]"), value, 64);
  }
}

void Fields::Binding(const Strings& binding) {
  if (binding.size() > 8) Add("binding", "FIELD_INVALID", "has more than 8 entries");
  for (const auto& [key, value] : binding) {
    Line("binding", key, 128, true);
    Line("binding", value, 128);
  }
}

void Fields::HttpsUrl(const std::string& field, const std::string& value) {
  if (value.empty()) return;
  Line(field, value, 2048);
  if (!absl::StartsWithIgnoreCase(value, "https://") || value.size() < 12) {
    Add(field, "FIELD_INVALID", "must be an https URL");
  }
}

void Fields::IpAddress(const std::string& field, const std::string& value) {
  if (value.empty() || ParseIpAddress(value)) return;
  Add(field, "FIELD_INVALID", "must be an IPv4 or IPv6 address");
}

void Fields::Context(const v1::ClientContext& context) {
  IpAddress("client_context.ip_address", context.ip_address());
  Line("client_context.user_agent", context.user_agent(), 512);
  Line("client_context.device_label", context.device_label(), 80);
  Line("client_context.location_label", context.location_label(), 80);
}

void Fields::Id(const std::string& field, const std::string& value, char kind) {
  if (value.empty()) {
    Add(field, "FIELD_INVALID", "is required");
  } else if (!queue::ParseId(kind, value, queue::kShardsMax)) {
    Add(field, "FIELD_INVALID",
        absl::StrCat("must be an id that begins with '", std::string(1, kind), "'"));
  }
}

std::optional<absl::Duration> Fields::Ttl(bool present, const google::protobuf::Duration& value,
                                          absl::Duration low, absl::Duration high) {
  return Span("ttl", present, value, low, high, "TTL_OUT_OF_RANGE");
}

std::optional<absl::Duration> Fields::Span(const std::string& field, bool present,
                                           const google::protobuf::Duration& value,
                                           absl::Duration low, absl::Duration high,
                                           const std::string& reason) {
  if (!present) return std::nullopt;
  const absl::Duration span = absl::Seconds(value.seconds()) + absl::Nanoseconds(value.nanos());
  if (span >= low && span <= high) return span;
  Add(field, reason,
      absl::StrCat("must be from ", absl::FormatDuration(low), " to ", absl::FormatDuration(high)));
  return std::nullopt;
}

std::optional<absl::Time> Fields::Time(const std::string& field, bool present,
                                       const google::protobuf::Timestamp& value) {
  if (!present) return std::nullopt;
  // 0001-01-01 to 9999-12-31, as the type itself allows.
  if (value.seconds() < -62135596800 || value.seconds() > 253402300799 || value.nanos() < 0 ||
      value.nanos() > 999999999) {
    Add(field, "FIELD_INVALID", "is not a time from year 1 to 9999");
    return std::nullopt;
  }
  return absl::FromUnixSeconds(value.seconds()) + absl::Nanoseconds(value.nanos());
}

absl::Status Fields::Done() const { return ok() ? absl::OkStatus() : Invalid(violations_); }

templates::Value ToValue(const google::protobuf::Struct& variables) {
  templates::Value::Fields fields;
  for (const auto& [name, value] : variables.fields()) fields.emplace(name, ToValue(value));
  return templates::Value::Object(std::move(fields));
}

std::string NetworkOf(const std::string& ip_address) {
  const std::string bytes = ParseIpAddress(ip_address).value_or("");
  return bytes.size() == 4 ? bytes : bytes.substr(0, 8);
}

}  // namespace posthaste::api
