#include "service/queue/seal.h"

#include <initializer_list>

#include "absl/status/status.h"
#include "base/crypto.h"

namespace posthaste::queue {
namespace {

constexpr char kVersion = 2;
constexpr size_t kTagBytes = 16, kSaltBytes = 8;
constexpr size_t kSaltAt = 3, kHeaderBytes = kSaltAt + kSaltBytes;  // Version, key id, salt.

std::string_view ZeroNonce() { return std::string_view("\0\0\0\0\0\0\0\0\0\0\0\0", 12); }

// What is sealed, by the words that tell its seals and their keys from others'.
struct Purpose {
  std::string_view seal, key;
};
constexpr Purpose kOfMail = {"posthaste/seal/v2", "posthaste/seal/key/v2"};
constexpr Purpose kOfAttachments = {"posthaste/attachments/v1", "posthaste/attachments/key/v1"};

// The header is bound too, so that no byte of what is sealed can change unnoticed.
std::string AssociatedData(const Purpose& purpose, std::string_view header,
                           const SealBinding& binding, std::string_view skeleton) {
  std::string data(purpose.seal);
  const auto add = [&data](std::string_view field) {
    const auto size = static_cast<uint32_t>(field.size());
    for (int shift = 0; shift < 32; shift += 8) data.push_back(static_cast<char>(size >> shift));
    data.append(field);
  };
  add(header);
  add(binding.tenant);
  add(binding.id);
  add(binding.template_revision);
  add(binding.verification_id);
  add(binding.purpose);
  add(binding.mailbox_hash);
  add(skeleton);
  data.push_back(static_cast<char>(binding.mail_class));
  const auto deadline = static_cast<uint64_t>(binding.deadline_ms);
  for (int shift = 0; shift < 64; shift += 8) data.push_back(static_cast<char>(deadline >> shift));
  return data;
}

// `header` holds the salt.
std::string DataKey(const Purpose& purpose, const Secret& key, std::string_view header,
                    std::string_view id) {
  return crypto::HmacFields(key.Reveal(), {purpose.key, header.substr(kSaltAt), id});
}

absl::StatusOr<std::string> Lock(const Purpose& purpose, std::string_view plain,
                                 const SealBinding& binding, std::string_view skeleton,
                                 const SealKeys& keys, Random& random) {
  const auto kek = keys.keys.find(keys.current);
  if (kek == keys.keys.end()) return absl::InternalError("seal: no current key");
  std::string sealed = {kVersion, static_cast<char>(keys.current),
                        static_cast<char>(keys.current >> 8)};
  sealed += random.Bytes(kSaltBytes);
  const std::string data = AssociatedData(purpose, sealed, binding, skeleton);
  std::string data_key = DataKey(purpose, kek->second, sealed, binding.id);
  sealed += crypto::GcmSeal(data_key, ZeroNonce(), data, plain);
  crypto::Wipe(data_key);
  return sealed;
}

absl::StatusOr<std::string> Unlock(const Purpose& purpose, std::string_view sealed,
                                   const SealBinding& binding, std::string_view skeleton,
                                   const SealKeys& keys) {
  if (!sealed.empty() && sealed[0] > kVersion) {
    return absl::FailedPreconditionError("sealed mail: of a newer version");
  }
  if (sealed.size() < kHeaderBytes + kTagBytes || sealed[0] != kVersion) {
    return absl::DataLossError("sealed mail: too short, or of a version that we do not know");
  }
  const auto key_id =
      static_cast<uint16_t>(static_cast<uint8_t>(sealed[1]) | static_cast<uint8_t>(sealed[2]) << 8);
  const auto kek = keys.keys.find(key_id);
  if (kek == keys.keys.end()) {
    return absl::FailedPreconditionError("sealed mail: no key " + std::to_string(key_id));
  }
  const std::string_view header = sealed.substr(0, kHeaderBytes);
  std::string data_key = DataKey(purpose, kek->second, header, binding.id);
  const std::string data = AssociatedData(purpose, header, binding, skeleton);
  absl::StatusOr<std::string> plain =
      crypto::GcmOpen(data_key, ZeroNonce(), data, sealed.substr(kHeaderBytes));
  crypto::Wipe(data_key);
  return plain;
}

}  // namespace

SealBinding BindingOf(const store::v1::Facts& facts, std::string_view id, MailClass mail_class,
                      int64_t deadline_ms) {
  return {facts.tenant(),  id,
          mail_class,      facts.template_revision(),
          deadline_ms,     facts.verification_id(),
          facts.purpose(), facts.mailbox_hash()};
}

absl::StatusOr<std::string> Seal(const store::v1::Mail& mail, const Skeleton& skeleton,
                                 const SealBinding& binding, const SealKeys& keys, Random& random) {
  std::string plain = mail.SerializeAsString();
  if (plain.size() > kMailBytesMax) return absl::InternalError("seal: mail above 2 MiB");
  absl::StatusOr<std::string> packed = skeleton.Compress(plain);
  crypto::Wipe(plain);
  if (!packed.ok()) return packed.status();
  // The skeleton is bound because zstd does not notice another one.
  absl::StatusOr<std::string> sealed =
      Lock(kOfMail, *packed, binding, skeleton.sha256(), keys, random);
  crypto::Wipe(*packed);
  return sealed;
}

absl::StatusOr<store::v1::Mail> Open(std::string_view sealed, const Skeleton& skeleton,
                                     const SealBinding& binding, const SealKeys& keys) {
  absl::StatusOr<std::string> packed = Unlock(kOfMail, sealed, binding, skeleton.sha256(), keys);
  if (!packed.ok()) return packed.status();
  absl::StatusOr<std::string> plain = skeleton.Decompress(*packed);
  crypto::Wipe(*packed);
  if (!plain.ok()) return plain.status();
  store::v1::Mail mail;
  const bool parsed = mail.ParseFromString(*plain);
  crypto::Wipe(*plain);
  if (!parsed) return absl::DataLossError("sealed mail: not a mail");
  return mail;
}

absl::StatusOr<std::string> SealAttachments(const store::v1::Attachments& attachments,
                                            const SealBinding& binding, const SealKeys& keys,
                                            Random& random, store::v1::Mail& mail) {
  std::string plain = attachments.SerializeAsString();
  absl::StatusOr<std::string> sealed = Lock(kOfAttachments, plain, binding, "", keys, random);
  crypto::Wipe(plain);
  if (sealed.ok()) mail.set_attachments_sha256(crypto::Sha256(*sealed));
  return sealed;
}

absl::StatusOr<store::v1::Attachments> OpenAttachments(std::string_view sealed,
                                                       const SealBinding& binding,
                                                       const SealKeys& keys,
                                                       const store::v1::Mail& mail) {
  store::v1::Attachments attachments;
  if (sealed.empty() && mail.attachments_sha256().empty()) return attachments;
  if (crypto::Sha256(sealed) != mail.attachments_sha256())
    return absl::DataLossError("sealed attachments: gone, or of another mail");
  absl::StatusOr<std::string> plain = Unlock(kOfAttachments, sealed, binding, "", keys);
  if (!plain.ok()) return plain.status();
  const bool parsed = attachments.ParseFromString(*plain);
  crypto::Wipe(*plain);
  if (!parsed) return absl::DataLossError("sealed attachments: they are none");
  return attachments;
}

}  // namespace posthaste::queue
