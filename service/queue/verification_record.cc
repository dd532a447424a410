#include "service/queue/verification_record.h"

#include <array>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/encoding.h"

namespace posthaste::queue {
namespace {

absl::Status Unreadable(std::string_view why) {
  return absl::DataLossError(absl::StrCat("stored verification: ", std::string(why)));
}

std::vector<std::string_view> SplitList(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string EncodeGenerations(const VerificationRecord& record) {
  std::string text;
  for (const GenerationRecord& generation : record.generations) {
    absl::StrAppend(&text, text.empty() ? "" : ",", generation.epoch, ":",
                    generation.expire_ms - record.create_ms);
    if (!generation.custom_digest.empty())
      absl::StrAppend(&text, ":", Base64Url(generation.custom_digest));
  }
  return text;
}

// Expiries are left relative to the creation, which may not have been read yet.
bool DecodeGenerations(std::string_view text, std::vector<GenerationRecord>& generations) {
  for (const std::string_view entry : SplitList(text, ',')) {
    const std::vector<std::string_view> parts = SplitList(entry, ':');
    GenerationRecord generation;
    if (parts.size() < 2 || !absl::SimpleAtoi(std::string(parts[0]), &generation.epoch) ||
        !absl::SimpleAtoi(std::string(parts[1]), &generation.expire_ms)) {
      return false;
    }
    if (parts.size() > 2) generation.custom_digest = FromBase64Url(parts[2]).value_or("");
    generations.push_back(std::move(generation));
  }
  return !generations.empty();
}

// Where each field's value goes; null for names of a newer version, which are left alone.
struct Place {
  char name;
  int32_t VerificationRecord::*small = nullptr;
  int64_t VerificationRecord::*large = nullptr;
  std::string VerificationRecord::*text = nullptr;
};

using V = VerificationRecord;
constexpr std::array kPlaces = {
    Place{.name = 'r', .large = &V::revision},
    Place{.name = 'e', .large = &V::expire_ms},
    Place{.name = 'w', .large = &V::verify_ms},
    Place{.name = 'm', .text = &V::message_id},
    Place{.name = 't', .text = &V::tenant},
    Place{.name = 'u', .text = &V::purpose},
    Place{.name = 'a', .text = &V::masked_recipient},
    Place{.name = 'h', .text = &V::mailbox_hash},
    Place{.name = 'c', .large = &V::create_ms},
    Place{.name = 'n', .large = &V::next_send_ms},
    Place{.name = 'o', .small = &V::oldest_generation},
    Place{.name = 'i', .small = &V::sends},
    Place{.name = 'j', .small = &V::sends_max},
    Place{.name = 'k', .small = &V::guesses_max},
    Place{.name = 'l', .small = &V::code_length},
    Place{.name = 'z', .large = &V::ttl_ms},
    Place{.name = 'p', .small = &V::resend_policy},
    Place{.name = 'b', .text = &V::binding_hash},
};

absl::Status DecodeField(char name, const std::string& value, VerificationRecord& record) {
  int32_t number = 0;
  switch (name) {
    case 's':
      if (!absl::SimpleAtoi(value, &number) || number <= 0 ||
          !v1::Verification::State_IsValid(number)) {
        return Unreadable("no such state");
      }
      record.state = static_cast<v1::Verification_State>(number);
      return absl::OkStatus();
    case 'g':
      if (!absl::SimpleAtoi(value, &record.guesses_left)) return Unreadable("guesses");
      return absl::OkStatus();
    case 'f':
      record.stale_refunded = value == "1";
      return absl::OkStatus();
    case 'x':
      if (!DecodeGenerations(value, record.generations)) return Unreadable("generations");
      return absl::OkStatus();
    default:
      break;
  }
  for (const Place& place : kPlaces) {
    if (place.name != name) continue;
    bool ok = true;
    if (place.text != nullptr) record.*place.text = value;
    if (place.small != nullptr) ok = absl::SimpleAtoi(value, &(record.*place.small));
    if (place.large != nullptr) ok = absl::SimpleAtoi(value, &(record.*place.large));
    if (!ok) return Unreadable("not a number");
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<std::string> EncodeVerification(const VerificationRecord& record, bool with_guesses) {
  std::vector<std::string> fields;
  const auto add = [&fields](char name, std::string value) {
    if (value.empty() || value == "0") return;
    fields.emplace_back(1, name);
    fields.push_back(std::move(value));
  };
  add('s', absl::StrCat(static_cast<int>(record.state)));
  if (with_guesses) {
    add('g', absl::StrCat(record.guesses_left));
    add('f', record.stale_refunded ? "1" : "");
  }
  for (const Place& place : kPlaces) {
    if (place.text != nullptr) add(place.name, record.*place.text);
    if (place.small != nullptr) add(place.name, absl::StrCat(record.*place.small));
    if (place.large != nullptr) add(place.name, absl::StrCat(record.*place.large));
  }
  add('x', EncodeGenerations(record));
  return fields;
}

absl::StatusOr<VerificationRecord> DecodeVerification(std::string_view id,
                                                      std::span<const redis::Reply> fields) {
  VerificationRecord record = {};
  record.id = id;
  for (size_t i = 0; i + 1 < fields.size(); i += 2) {
    const std::string& name = fields[i].raw_text();
    if (name.size() != 1) continue;
    const absl::Status read = DecodeField(name[0], fields[i + 1].raw_text(), record);
    if (!read.ok()) return read;
  }
  if (record.state == v1::Verification::STATE_UNSPECIFIED) return Unreadable("no state");
  for (GenerationRecord& generation : record.generations) generation.expire_ms += record.create_ms;
  return record;
}

v1::Verification_State StateAt(const VerificationRecord& record, int64_t now_ms) {
  if (record.state == v1::Verification::PENDING && record.expire_ms <= now_ms) {
    return v1::Verification::EXPIRED;
  }
  return record.state;
}

}  // namespace posthaste::queue
