#include "service/queue/keys.h"

#include <initializer_list>

#include "base/encoding.h"

namespace posthaste::queue {
namespace {

constexpr int kSlots = 16384;

// 100 bits of a keyed hash name a mailbox within its tenant: short, because most of the memory of a
// small key is its name.
constexpr size_t kHashCharacters = 20;

std::string Concat(std::initializer_list<std::string_view> parts) {
  size_t size = 0;
  for (const std::string_view part : parts) size += part.size();
  std::string text;
  text.reserve(size);
  for (const std::string_view part : parts) text.append(part);
  return text;
}

std::string_view Digit(MailClass mail_class) {
  return std::string_view("012").substr(static_cast<size_t>(mail_class), 1);
}

}  // namespace

uint16_t SlotOf(std::string_view tag) {
  uint16_t crc = 0;
  for (const char byte : tag) {
    crc = static_cast<uint16_t>(crc ^ static_cast<uint8_t>(byte) << 8);
    for (int bit = 0; bit < 8; ++bit) {
      crc = static_cast<uint16_t>((crc & 0x8000) != 0 ? crc << 1 ^ 0x1021 : crc << 1);
    }
  }
  return crc % kSlots;
}

Keys::Keys(int shards) : shards_(shards) {
  const int width = kSlots / shards;
  int missing = shards;
  for (int number = 0; missing > 0; ++number) {
    const std::string tag = std::to_string(number);
    std::string& prefix = prefixes_[SlotOf(tag) / width];
    if (!prefix.empty()) continue;
    prefix = "ph:{" + tag + "}:";
    --missing;
  }
}

std::string Keys::Message(int shard, std::string_view id) const {
  return Concat({prefixes_[shard], "m:", id});
}

std::string Keys::Lane(int shard, MailClass mail_class, std::string_view tenant) const {
  if (mail_class == MailClass::kCode) return Concat({prefixes_[shard], "q:0"});
  return Concat({prefixes_[shard], "q:", Digit(mail_class), ":", tenant});
}

std::string Keys::Ring(int shard, MailClass mail_class) const {
  return Concat({prefixes_[shard], "r:", Digit(mail_class)});
}

std::string Keys::Attempts(int shard, std::string_view id) const {
  return Concat({prefixes_[shard], "a:", id});
}

std::string Keys::Attachments(int shard, std::string_view id) const {
  return Concat({prefixes_[shard], "b:", id});
}

std::string Keys::Recipient(int shard, std::string_view hash) const {
  return Concat({prefixes_[shard], "h:", Base32(hash, kHashCharacters)});
}

std::string Keys::Check(int shard, std::string_view request) const {
  return Concat({prefixes_[shard], "k:", Base32(request, kHashCharacters)});
}

std::string Keys::Limit(int shard, std::string_view limit) const {
  return Concat({prefixes_[shard], "l:", Base32(limit, kHashCharacters)});
}

std::string Keys::Newest(int shard, std::string_view group) const {
  return Concat({prefixes_[shard], "n:", Base32(group, kHashCharacters)});
}

std::string Keys::Suppression(int shard, std::string_view tenant,
                              std::string_view mailbox_hash) const {
  return SuppressionNamed(shard, tenant, Base32(mailbox_hash, kHashCharacters));
}

std::string Keys::SuppressionNamed(int shard, std::string_view tenant,
                                   std::string_view name) const {
  return Concat({prefixes_[shard], "x:", tenant, ":", name});
}

std::string Keys::Suppressions(int shard, std::string_view tenant) const {
  return Concat({prefixes_[shard], "y:", tenant});
}

std::string Keys::Events(int shard) const { return prefixes_[shard] + "e"; }
std::string Keys::Parked(int shard) const { return prefixes_[shard] + "d"; }
std::string Keys::Held(int shard) const { return prefixes_[shard] + "o"; }
std::string Keys::Armed(int shard) const { return prefixes_[shard] + "w"; }

std::string Keys::Skeleton(std::string_view name) { return Concat({"ph:{k:", Hex(name), "}"}); }

std::string Keys::ClientLimit(std::string_view hash) {
  return Concat({"ph:{c:", Base32(hash, kHashCharacters), "}"});
}

std::string Keys::Usage(std::string_view tenant, int64_t day) {
  return Concat({"ph:{u:", tenant, "}:", std::to_string(day)});
}

std::string Keys::Webhook(std::string_view tenant, std::string_view id) {
  return Concat({"ph:{e:", tenant, "}:", id});
}

std::string Keys::Holds() { return "ph:{ops}:holds"; }
std::string Keys::Probes() { return "ph:{ops}:probes"; }
std::string Keys::Reports() { return "ph:{ops}:reports"; }
std::string Keys::Report(std::string_view process) { return Concat({"ph:{ops}:report:", process}); }
std::string Keys::Installation() { return "ph:cfg"; }

std::string Keys::TemplatesVersion() { return "ph:{t}:v"; }

std::string Keys::Templates(std::string_view tenant) { return Concat({"ph:{t}:c:", tenant}); }

std::string Keys::TemplateHistory(std::string_view tenant, std::string_view name) {
  return Concat({"ph:{t}:h:", tenant, ":", name});
}

std::string Keys::TemplateFiles(std::string_view tenant, std::string_view name,
                                std::string_view id) {
  return Concat({"ph:{t}:f:", tenant, ":", name, ":", id});
}

}  // namespace posthaste::queue
