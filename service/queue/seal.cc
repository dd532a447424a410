#include "service/queue/seal.h"

#include <zstd.h>

#include <initializer_list>
#include <memory>

#include "absl/status/status.h"
#include "base/crypto.h"

namespace posthaste::queue {
namespace {

constexpr char kVersion = 2;
constexpr size_t kTagBytes = 16, kSaltBytes = 8;
constexpr size_t kSaltAt = 3, kHeaderBytes = kSaltAt + kSaltBytes;  // Version, key id, salt.
constexpr size_t kMailBytesMax = size_t{2} << 20;
// Above this level a mail of some kilobytes shrinks by a few bytes only, at several times the cost.
constexpr int kCompressionLevel = 6;

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

std::string_view ZeroNonce() { return std::string_view("\0\0\0\0\0\0\0\0\0\0\0\0", 12); }

// The header is bound too, so that no byte of a sealed mail can change unnoticed; and the skeleton,
// because zstd does not notice another one.
std::string AssociatedData(std::string_view header, const SealBinding& binding,
                           std::string_view skeleton) {
  std::string data = "posthaste/seal/v2";
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
  add(crypto::Sha256(skeleton));
  data.push_back(static_cast<char>(binding.mail_class));
  const auto deadline = static_cast<uint64_t>(binding.deadline_ms);
  for (int shift = 0; shift < 64; shift += 8) data.push_back(static_cast<char>(deadline >> shift));
  return data;
}

// `header` holds the salt.
std::string DataKey(const Secret& key, std::string_view header, std::string_view id) {
  return crypto::HmacFields(key.Reveal(), {"posthaste/seal/key/v2", header.substr(kSaltAt), id});
}

// One context a thread: making one costs more than compressing a mail.
absl::StatusOr<std::string> Compress(std::string_view plain, std::string_view skeleton) {
  thread_local const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
  if (context == nullptr) return absl::InternalError("zstd: out of memory");
  ZSTD_CCtx_reset(context.get(), ZSTD_reset_session_and_parameters);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kCompressionLevel);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 0);
  ZSTD_CCtx_refPrefix(context.get(), skeleton.data(), skeleton.size());
  std::string packed(ZSTD_compressBound(plain.size()), '\0');
  const size_t size =
      ZSTD_compress2(context.get(), packed.data(), packed.size(), plain.data(), plain.size());
  if (ZSTD_isError(size) != 0) {
    return absl::InternalError(std::string("zstd: ") + ZSTD_getErrorName(size));
  }
  packed.resize(size);
  return packed;
}

absl::StatusOr<std::string> Decompress(std::string_view packed, std::string_view skeleton) {
  const unsigned long long size = ZSTD_getFrameContentSize(packed.data(), packed.size());
  // The constants for "unknown" and "error" are larger than any size.
  if (size > kMailBytesMax) return absl::DataLossError("sealed mail: too large, or no zstd frame");
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
  if (context == nullptr) return absl::InternalError("zstd: out of memory");
  ZSTD_DCtx_reset(context.get(), ZSTD_reset_session_and_parameters);
  ZSTD_DCtx_refPrefix(context.get(), skeleton.data(), skeleton.size());
  std::string plain(size, '\0');
  const size_t written =
      ZSTD_decompressDCtx(context.get(), plain.data(), plain.size(), packed.data(), packed.size());
  if (written != plain.size()) {
    crypto::Wipe(plain);
    return absl::DataLossError("sealed mail: does not decompress with this skeleton");
  }
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

absl::StatusOr<std::string> Seal(const store::v1::Mail& mail, std::string_view skeleton,
                                 const SealBinding& binding, const SealKeys& keys, Random& random) {
  const auto kek = keys.keys.find(keys.current);
  if (kek == keys.keys.end()) return absl::InternalError("seal: no current key");
  std::string plain = mail.SerializeAsString();
  if (plain.size() > kMailBytesMax) return absl::InternalError("seal: mail above 2 MiB");
  absl::StatusOr<std::string> packed = Compress(plain, skeleton);
  crypto::Wipe(plain);
  if (!packed.ok()) return packed.status();

  std::string sealed = {kVersion, static_cast<char>(keys.current),
                        static_cast<char>(keys.current >> 8)};
  sealed += random.Bytes(kSaltBytes);
  const std::string data = AssociatedData(sealed, binding, skeleton);
  std::string data_key = DataKey(kek->second, sealed, binding.id);
  sealed += crypto::GcmSeal(data_key, ZeroNonce(), data, *packed);
  crypto::Wipe(data_key);
  crypto::Wipe(*packed);
  return sealed;
}

absl::StatusOr<store::v1::Mail> Open(std::string_view sealed, std::string_view skeleton,
                                     const SealBinding& binding, const SealKeys& keys) {
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
  std::string data_key = DataKey(kek->second, header, binding.id);
  const std::string data = AssociatedData(header, binding, skeleton);
  absl::StatusOr<std::string> packed =
      crypto::GcmOpen(data_key, ZeroNonce(), data, sealed.substr(kHeaderBytes));
  crypto::Wipe(data_key);
  if (!packed.ok()) return packed.status();
  absl::StatusOr<std::string> plain = Decompress(*packed, skeleton);
  crypto::Wipe(*packed);
  if (!plain.ok()) return plain.status();
  store::v1::Mail mail;
  const bool parsed = mail.ParseFromString(*plain);
  crypto::Wipe(*plain);
  if (!parsed) return absl::DataLossError("sealed mail: not a mail");
  return mail;
}

}  // namespace posthaste::queue
