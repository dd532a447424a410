#include "base/crypto.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "base/signing_key.h"

namespace posthaste::crypto {
namespace {

constexpr size_t kKeyBytes = 32;
constexpr size_t kNonceBytes = 12;
constexpr size_t kTagBytes = 16;

// A primitive that fails on valid arguments leaves nothing to go on with, and a wrong length is a
// bug of the caller.
void Require(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "posthaste: crypto: %s\n", what);
  std::abort();
}

const unsigned char* In(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

unsigned char* Out(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

struct Free {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Free>;
using MacContext = std::unique_ptr<EVP_MAC_CTX, Free>;

CipherContext NewCipher() {
  CipherContext context(EVP_CIPHER_CTX_new());
  Require(context != nullptr, "out of memory");
  return context;
}

// Fetched once, as all algorithms here: to fetch costs more than to work on a short text.
const EVP_CIPHER* Gcm() {
  static const EVP_CIPHER* const gcm = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  Require(gcm != nullptr, "no AES-256-GCM");
  return gcm;
}

// An HMAC-SHA-256 under way: one at a time of each thread, which keeps its context.
class Hmac {
 public:
  explicit Hmac(std::string_view key) : context_(Context()) {
    // A null key would mean "keep the one that was set", so an empty one needs an address.
    const unsigned char* bytes = key.empty() ? In(" ") : In(key);
    Require(EVP_MAC_init(context_, bytes, key.size(), nullptr) == 1, "HMAC init");
  }
  Hmac(const Hmac&) = delete;
  Hmac& operator=(const Hmac&) = delete;

  void Add(std::string_view data) {
    Require(EVP_MAC_update(context_, In(data), data.size()) == 1, "HMAC update");
  }

  std::string Finish() {
    std::string digest(32, '\0');
    size_t size = 0;
    Require(EVP_MAC_final(context_, Out(digest), &size, digest.size()) == 1, "HMAC final");
    Require(size == digest.size(), "HMAC size");
    return digest;
  }

 private:
  static EVP_MAC_CTX* Context() {
    thread_local const MacContext context = [] {
      static EVP_MAC* const mac = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr);
      Require(mac != nullptr, "no HMAC");
      MacContext made(EVP_MAC_CTX_new(mac));
      char digest[] = "SHA256";
      const OSSL_PARAM parameters[] = {
          OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
          OSSL_PARAM_construct_end(),
      };
      Require(EVP_MAC_CTX_set_params(made.get(), parameters) == 1, "HMAC digest");
      return made;
    }();
    return context.get();
  }

  EVP_MAC_CTX* const context_;
};

}  // namespace

std::string RandomBytes(size_t size) {
  std::string bytes(size, '\0');
  Require(RAND_bytes(Out(bytes), static_cast<int>(size)) == 1, "no entropy");
  return bytes;
}

std::string Sha256(std::string_view data) {
  std::string digest(32, '\0');
  unsigned size = 0;
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  const int ok = EVP_Digest(data.data(), data.size(), Out(digest), &size, sha256, nullptr);
  Require(ok == 1 && size == digest.size(), "SHA-256");
  return digest;
}

std::string HmacSha256(std::string_view key, std::string_view data) {
  Hmac hmac(key);
  hmac.Add(data);
  return hmac.Finish();
}

std::string HmacMd5(std::string_view key, std::string_view data) {
  std::string digest(16, '\0');
  size_t size = 0;
  const unsigned char* bytes = key.empty() ? In(" ") : In(key);
  const bool ok = EVP_Q_mac(nullptr, "HMAC", nullptr, "MD5", nullptr, bytes, key.size(), In(data),
                            data.size(), Out(digest), digest.size(), &size) != nullptr;
  Require(ok && size == digest.size(), "HMAC-MD5");
  return digest;
}

std::string Pbkdf2Sha256(std::string_view password, std::string_view salt, int iterations) {
  std::string key(32, '\0');
  const int ok = PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), In(salt),
                                   static_cast<int>(salt.size()), iterations, EVP_sha256(),
                                   static_cast<int>(key.size()), Out(key));
  Require(ok == 1, "PBKDF2");
  return key;
}

std::string HmacFields(std::string_view key, std::initializer_list<std::string_view> fields) {
  Hmac hmac(key);
  for (const std::string_view field : fields) {
    Require(field.size() <= UINT32_MAX, "HMAC field too long");
    const auto size = static_cast<uint32_t>(field.size());
    const char prefix[] = {static_cast<char>(size >> 24), static_cast<char>(size >> 16),
                           static_cast<char>(size >> 8), static_cast<char>(size)};
    hmac.Add(std::string_view(prefix, sizeof(prefix)));
    hmac.Add(field);
  }
  return hmac.Finish();
}

bool EqualConstantTime(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string GcmSeal(std::string_view key, std::string_view nonce, std::string_view aad,
                    std::string_view plain) {
  Require(key.size() == kKeyBytes && nonce.size() == kNonceBytes, "GCM key or nonce size");
  const CipherContext context = NewCipher();
  std::string sealed(plain.size() + kTagBytes, '\0');
  int size = 0;
  bool ok = EVP_EncryptInit_ex(context.get(), Gcm(), nullptr, In(key), In(nonce)) == 1;
  ok = ok && (aad.empty() || EVP_EncryptUpdate(context.get(), nullptr, &size, In(aad),
                                               static_cast<int>(aad.size())) == 1);
  ok = ok && (plain.empty() || EVP_EncryptUpdate(context.get(), Out(sealed), &size, In(plain),
                                                 static_cast<int>(plain.size())) == 1);
  ok = ok && EVP_EncryptFinal_ex(context.get(), Out(sealed) + plain.size(), &size) == 1;
  ok = ok && EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTagBytes,
                                 Out(sealed) + plain.size()) == 1;
  Require(ok, "GCM seal");
  return sealed;
}

absl::StatusOr<std::string> GcmOpen(std::string_view key, std::string_view nonce,
                                    std::string_view aad, std::string_view sealed) {
  if (key.size() != kKeyBytes || nonce.size() != kNonceBytes || sealed.size() < kTagBytes) {
    return absl::DataLossError("sealed bytes, key or nonce of a wrong size");
  }
  const CipherContext context = NewCipher();
  std::string tag(sealed.substr(sealed.size() - kTagBytes));
  sealed.remove_suffix(kTagBytes);
  std::string plain(sealed.size(), '\0');
  unsigned char rest[kTagBytes];
  int size = 0;
  bool ok = EVP_DecryptInit_ex(context.get(), Gcm(), nullptr, In(key), In(nonce)) == 1;
  ok = ok && (aad.empty() || EVP_DecryptUpdate(context.get(), nullptr, &size, In(aad),
                                               static_cast<int>(aad.size())) == 1);
  ok = ok && (sealed.empty() || EVP_DecryptUpdate(context.get(), Out(plain), &size, In(sealed),
                                                  static_cast<int>(sealed.size())) == 1);
  ok = ok && EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) == 1;
  ok = ok && EVP_DecryptFinal_ex(context.get(), rest, &size) == 1;
  if (!ok) {
    Wipe(plain);
    return absl::DataLossError("sealed bytes do not open: another key, or altered");
  }
  return plain;
}

absl::StatusOr<SigningKey> SigningKey::FromPem(std::string_view pem) {
  const std::unique_ptr<BIO, Free> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  Require(bio != nullptr, "out of memory");
  // Nobody is there to be asked for a passphrase.
  const auto refuse = [](char*, int, int, void*) { return -1; };
  const std::shared_ptr<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, refuse, nullptr),
                                      EVP_PKEY_free);
  ERR_clear_error();
  if (key == nullptr) {
    return absl::InvalidArgumentError("not a private key in PEM without a passphrase");
  }
  const int type = EVP_PKEY_get_base_id(key.get());
  if (type != EVP_PKEY_RSA && type != EVP_PKEY_ED25519) {
    return absl::InvalidArgumentError("a key that is neither RSA nor Ed25519");
  }
  const int bits = EVP_PKEY_get_bits(key.get());
  if (type == EVP_PKEY_RSA && (bits < kRsaBitsMin || bits > kRsaBitsMax)) {
    return absl::InvalidArgumentError("an RSA key of " + std::to_string(bits) +
                                      " bits: 2048 to 4096 are allowed (RFC 8301)");
  }
  return SigningKey(key);
}

SigningKey SigningKey::Generate(Kind kind, int rsa_bits) {
  const bool rsa = kind == Kind::kRsa;
  Require(!rsa || (rsa_bits >= kRsaBitsMin && rsa_bits <= kRsaBitsMax), "size of the RSA key");
  EVP_PKEY* const key = rsa ? EVP_RSA_gen(static_cast<unsigned>(rsa_bits))
                            : EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  Require(key != nullptr, "key generation");
  return SigningKey(std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free));
}

SigningKey::Kind SigningKey::kind() const {
  const auto* const key = static_cast<const EVP_PKEY*>(key_.get());
  return EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA ? Kind::kRsa : Kind::kEd25519;
}

std::string SigningKey::Sign(std::string_view data) const {
  auto* const key = static_cast<EVP_PKEY*>(key_.get());
  const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  const EVP_MD* const digest = kind() == Kind::kRsa ? EVP_sha256() : nullptr;
  Require(EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key) == 1, "signing init");
  std::string signature(static_cast<size_t>(EVP_PKEY_get_size(key)), '\0');
  size_t size = signature.size();
  const int ok = EVP_DigestSign(context.get(), Out(signature), &size, In(data), data.size());
  Require(ok == 1 && size == signature.size(), "signing");
  return signature;
}

std::string SigningKey::PublicKey() const {
  auto* const key = static_cast<EVP_PKEY*>(key_.get());
  if (kind() == Kind::kEd25519) {
    std::string bytes(32, '\0');
    size_t size = bytes.size();
    Require(EVP_PKEY_get_raw_public_key(key, Out(bytes), &size) == 1, "public key");
    return bytes;
  }
  std::string bytes(static_cast<size_t>(i2d_PUBKEY(key, nullptr)), '\0');
  unsigned char* out = Out(bytes);
  Require(i2d_PUBKEY(key, &out) == static_cast<int>(bytes.size()), "public key");
  return bytes;
}

std::string SigningKey::ToPem() const {
  const std::unique_ptr<BIO, Free> bio(BIO_new(BIO_s_secmem()));
  auto* const key = static_cast<EVP_PKEY*>(key_.get());
  const int ok =
      PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  Require(ok == 1, "PEM");
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

void Wipe(std::string& bytes) {
  // Up to the capacity: a short string that was moved away, or one that shrank, leaves its bytes
  // behind the end.
  bytes.resize(bytes.capacity());
  OPENSSL_cleanse(bytes.data(), bytes.size());
  bytes.clear();
}

}  // namespace posthaste::crypto
