#include "base/crypto.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <memory>

#include "base/encoding.h"
#include "base/signing_key.h"

namespace posthaste::crypto {
namespace {

std::string Bytes(std::string_view hex) { return FromHex(hex).value(); }

TEST(Sha256, MatchesFips180) {
  EXPECT_EQ(Hex(Sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Hex(Sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(HmacSha256, MatchesRfc4231) {
  struct Vector {
    std::string key;
    std::string data;
    std::string_view digest;
  };
  const Vector vectors[] = {
      {std::string(20, '\x0b'), "Hi There",
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {"Jefe", "what do ya want for nothing?",
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {std::string(20, '\xaa'), std::string(50, '\xdd'),
       "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
  };
  for (const Vector& vector : vectors) {
    EXPECT_EQ(Hex(HmacSha256(vector.key, vector.data)), vector.digest) << vector.data;
  }
}

TEST(HmacMd5, MatchesRfc2202) {
  EXPECT_EQ(Hex(HmacMd5(std::string(16, '\x0b'), "Hi There")), "9294727a3638bb1c13f48ef8158bfc9d");
  EXPECT_EQ(Hex(HmacMd5("Jefe", "what do ya want for nothing?")),
            "750c783e6ab0b503eaa86e310a5db738");
}

TEST(Pbkdf2Sha256, MatchesRfc7914) {
  EXPECT_EQ(Hex(Pbkdf2Sha256("passwd", "salt", 1)),
            "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc");
  EXPECT_EQ(Hex(Pbkdf2Sha256("Password", "NaCl", 80000)),
            "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56");
}

TEST(HmacSha256, TakesAnEmptyKey) {
  EXPECT_EQ(Hex(HmacSha256("", "")),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(HmacFields, IsTheHmacOfLengthsAndFields) {
  const std::string flat("\0\0\0\2ab\0\0\0\0\0\0\0\1c", 15);
  EXPECT_EQ(HmacFields("key", {"ab", "", "c"}), HmacSha256("key", flat));
}

TEST(HmacFields, TellsListsApartThatJoinToTheSameText) {
  EXPECT_NE(HmacFields("key", {"ab", "c"}), HmacFields("key", {"a", "bc"}));
  EXPECT_NE(HmacFields("key", {"a"}), HmacFields("key", {"a", ""}));
}

TEST(EqualConstantTime, ComparesBytesAndLengths) {
  EXPECT_TRUE(EqualConstantTime("123456", "123456"));
  EXPECT_TRUE(EqualConstantTime("", ""));
  EXPECT_FALSE(EqualConstantTime("123456", "123457"));
  EXPECT_FALSE(EqualConstantTime("123456", "12345"));
}

// The GCM specification's test cases 13, 14 and 16, which NIST took over.
struct GcmVector {
  std::string_view key, nonce, aad, plain, sealed;
};
constexpr GcmVector kGcmVectors[] = {
    {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000",
     "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
    {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000",
     "", "00000000000000000000000000000000",
     "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"},
    {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
     "76fc6ece0f4e1768cddf8853bb2d551b"},
};

TEST(Gcm, SealsAndOpensTheTestCasesOfItsSpecification) {
  for (const GcmVector& vector : kGcmVectors) {
    const std::string key = Bytes(vector.key);
    const std::string nonce = Bytes(vector.nonce);
    const std::string aad = Bytes(vector.aad);
    EXPECT_EQ(Hex(GcmSeal(key, nonce, aad, Bytes(vector.plain))), vector.sealed);
    const absl::StatusOr<std::string> opened = GcmOpen(key, nonce, aad, Bytes(vector.sealed));
    ASSERT_TRUE(opened.ok());
    EXPECT_EQ(Hex(*opened), vector.plain);
  }
}

TEST(Gcm, DoesNotOpenWhatWasAltered) {
  const std::string key(32, 'k');
  const std::string nonce(12, 'n');
  const std::string sealed = GcmSeal(key, nonce, "aad", "plain");
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string altered = sealed;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    EXPECT_EQ(GcmOpen(key, nonce, "aad", altered).status().code(), absl::StatusCode::kDataLoss);
  }
  EXPECT_FALSE(GcmOpen(key, nonce, "other", sealed).ok());
  EXPECT_FALSE(GcmOpen(key, nonce, "", sealed).ok());
  EXPECT_FALSE(GcmOpen(key, std::string(12, 'm'), "aad", sealed).ok());
  EXPECT_FALSE(GcmOpen(std::string(32, 'l'), nonce, "aad", sealed).ok());
}

TEST(Gcm, RefusesWrongSizesInsteadOfReadingBeyondThem) {
  EXPECT_FALSE(GcmOpen("short", std::string(12, 'n'), "", std::string(32, 's')).ok());
  EXPECT_FALSE(GcmOpen(std::string(32, 'k'), "short", "", std::string(32, 's')).ok());
  EXPECT_FALSE(GcmOpen(std::string(32, 'k'), std::string(12, 'n'), "", "short").ok());
}

// OpenSSL's own view of a key, for what SigningKey does not offer.
struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;

std::string PemOf(EVP_PKEY* key, const EVP_CIPHER* cipher = nullptr) {
  BIO* const bio = BIO_new(BIO_s_mem());
  char passphrase[] = "pass";
  PEM_write_bio_PKCS8PrivateKey(bio, key, cipher, cipher == nullptr ? nullptr : passphrase,
                                cipher == nullptr ? 0 : 4, nullptr, nullptr);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string pem(data, static_cast<size_t>(size));
  BIO_free(bio);
  return pem;
}

bool Verifies(EVP_PKEY* key, const EVP_MD* digest, std::string_view data,
              std::string_view signature) {
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  const auto bytes = [](std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
  };
  bool good = EVP_DigestVerifyInit(context, nullptr, digest, nullptr, key) == 1;
  good = good && EVP_DigestVerify(context, bytes(signature), signature.size(), bytes(data),
                                  data.size()) == 1;
  EVP_MD_CTX_free(context);
  return good;
}

TEST(SigningKey, SignsByEd25519AsRfc8032Does) {
  const std::string secret =
      Bytes("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7");
  const Key key(EVP_PKEY_new_raw_private_key(
      EVP_PKEY_ED25519, nullptr, reinterpret_cast<const unsigned char*>(secret.data()), 32));
  const absl::StatusOr<SigningKey> ours = SigningKey::FromPem(PemOf(key.get()));
  ASSERT_TRUE(ours.ok()) << ours.status();
  EXPECT_EQ(ours->kind(), SigningKey::Kind::kEd25519);
  EXPECT_EQ(Hex(ours->PublicKey()),
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
  EXPECT_EQ(Hex(ours->Sign(Bytes("af82"))),
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a");
}

TEST(SigningKey, SignsByRsaWhatItsPublicKeyVerifies) {
  const SigningKey key = SigningKey::Generate(SigningKey::Kind::kRsa);
  EXPECT_EQ(key.kind(), SigningKey::Kind::kRsa);
  const std::string der = key.PublicKey();
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const Key read(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
  ASSERT_NE(read, nullptr);
  EXPECT_EQ(EVP_PKEY_get_bits(read.get()), 2048);
  const std::string signature = key.Sign("bytes");
  EXPECT_TRUE(Verifies(read.get(), EVP_sha256(), "bytes", signature));
  EXPECT_FALSE(Verifies(read.get(), EVP_sha256(), "other", signature));
}

TEST(SigningKey, GivesTheSameSignatureEachTimeAlsoAfterAWayThroughPem) {
  for (const auto kind : {SigningKey::Kind::kRsa, SigningKey::Kind::kEd25519}) {
    const SigningKey key = SigningKey::Generate(kind);
    const absl::StatusOr<SigningKey> again = SigningKey::FromPem(key.ToPem());
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(again->kind(), kind);
    EXPECT_EQ(key.Sign("bytes"), key.Sign("bytes"));
    EXPECT_EQ(key.Sign("bytes"), again->Sign("bytes"));
    EXPECT_EQ(key.PublicKey(), again->PublicKey());
  }
}

// Four primes: found in a tenth of the time that two take.
Key LongKey() {
  EVP_PKEY_CTX* const context = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, nullptr);
  EVP_PKEY* key = nullptr;
  EVP_PKEY_keygen_init(context);
  EVP_PKEY_CTX_set_rsa_keygen_bits(context, 4104);
  EVP_PKEY_CTX_set_rsa_keygen_primes(context, 4);
  EVP_PKEY_generate(context, &key);
  EVP_PKEY_CTX_free(context);
  return Key(key);
}

std::string Refusal(std::string_view pem) {
  const absl::Status status = SigningKey::FromPem(pem).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  return std::string(status.message());
}

TEST(SigningKey, RefusesKeysThatAreTooShortTooLongOrOfAnotherKind) {
  using ::testing::HasSubstr;
  EXPECT_THAT(Refusal(PemOf(Key(EVP_RSA_gen(1024)).get())), HasSubstr("RSA key of 1024 bits"));
  EXPECT_THAT(Refusal(PemOf(Key(EVP_RSA_gen(2047)).get())), HasSubstr("RSA key of 2047 bits"));
  EXPECT_THAT(Refusal(PemOf(LongKey().get())), HasSubstr("RSA key of 4104 bits"));
  EXPECT_THAT(Refusal(PemOf(Key(EVP_EC_gen("P-256")).get())), HasSubstr("neither RSA nor Ed25519"));
}

TEST(SigningKey, RefusesWhatIsNoKeyOrNeedsAPassphrase) {
  const Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  const std::string pem = PemOf(key.get());
  const std::string encrypted = PemOf(key.get(), EVP_aes_256_cbc());
  for (const std::string& wrong :
       {std::string(), std::string("no PEM"), pem.substr(0, pem.size() / 2), encrypted}) {
    EXPECT_EQ(Refusal(wrong), "not a private key in PEM without a passphrase");
  }
}

TEST(RandomBytes, GivesAsManyAsAskedAndNeverTheSame) {
  EXPECT_EQ(RandomBytes(0), "");
  EXPECT_EQ(RandomBytes(32).size(), 32U);
  EXPECT_NE(RandomBytes(32), RandomBytes(32));
}

TEST(Wipe, OverwritesTheBytesWhereTheyWere) {
  std::string bytes(100, 's');
  const char* const memory = bytes.data();
  bytes.resize(50);
  Wipe(bytes);
  EXPECT_TRUE(bytes.empty());
  ASSERT_EQ(bytes.data(), memory);
  bytes.resize(bytes.capacity(), '\0');
  EXPECT_EQ(bytes.find('s'), std::string::npos);
}

}  // namespace
}  // namespace posthaste::crypto
