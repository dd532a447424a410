#include "service/codes/derive.h"

#include <utility>

#include "base/crypto.h"

namespace posthaste::codes {
namespace {

constexpr size_t kKeyBytesMin = 32;
constexpr uint8_t kUnbiased = 250;  // The largest multiple of 10 that a byte can count to.

std::string BigEndian(uint32_t number) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift & 0xFF);
  return bytes;
}

}  // namespace

KeyRing::KeyRing(std::map<uint32_t, Secret> keys, uint32_t current)
    : keys_(std::move(keys)), current_(current) {}

absl::StatusOr<KeyRing> KeyRing::Create(std::map<uint32_t, Secret> keys, uint32_t current) {
  for (const auto& [epoch, key] : keys) {
    if (key.Reveal().size() < kKeyBytesMin) {
      return absl::InvalidArgumentError("code key of epoch " + std::to_string(epoch) +
                                        " has less than 32 bytes");
    }
  }
  if (!keys.contains(current)) {
    return absl::InvalidArgumentError("no code key for the current epoch " +
                                      std::to_string(current));
  }
  return KeyRing(std::move(keys), current);
}

const Secret* KeyRing::Find(uint32_t epoch) const {
  const auto found = keys_.find(epoch);
  return found == keys_.end() ? nullptr : &found->second;
}

void AppendDigits(std::string_view bytes, int length, std::string& digits) {
  for (const char c : bytes) {
    if (digits.size() >= static_cast<size_t>(length)) return;
    const auto byte = static_cast<uint8_t>(c);
    if (byte < kUnbiased) digits += static_cast<char>('0' + byte % 10);
  }
}

Secret DeriveCode(const Secret& key, const CodeSubject& subject, uint32_t generation, int length) {
  std::string mac = crypto::HmacFields(
      key.Reveal(), {"posthaste/code/v1", subject.tenant, subject.purpose, subject.mailbox_hash,
                     subject.verification_id, BigEndian(generation), subject.binding_hash});
  std::string digits;
  digits.reserve(kCodeLengthMax);
  AppendDigits(mac, length, digits);
  while (digits.size() < static_cast<size_t>(length)) {
    mac = crypto::HmacSha256(key.Reveal(), mac);
    AppendDigits(mac, length, digits);
  }
  crypto::Wipe(mac);
  return Secret(std::move(digits));
}

std::string CustomCodeDigest(const Secret& key, const CodeSubject& subject, uint32_t generation,
                             std::string_view digits) {
  return crypto::HmacFields(
      key.Reveal(),
      {"posthaste/custom-code/v1", subject.tenant, subject.purpose, subject.mailbox_hash,
       subject.verification_id, BigEndian(generation), subject.binding_hash, digits});
}

}  // namespace posthaste::codes
