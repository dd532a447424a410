#include "service/codes/receipt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "base/encoding.h"
#include "tests/support/process.h"

namespace posthaste::codes {
namespace {

using crypto::SigningKey;
using ::testing::HasSubstr;

ReceiptKeys::Key KeyOf(const std::string& id) {
  return {id, SigningKey::Generate(SigningKey::Kind::kEd25519)};
}

Receipt Ana() {
  Receipt receipt;
  receipt.issuer = "posthaste";
  receipt.audience = "acme";
  receipt.subject = "user \"7\"";
  receipt.purpose = "password_reset";
  receipt.binding_hash = std::string(32, '\xff');
  receipt.id = "v0123456789012345678901";
  receipt.issue_time = absl::FromUnixMillis(1'800'000'000'999);
  receipt.expire_time = receipt.issue_time + absl::Minutes(10);
  return receipt;
}

// PyJWT and cryptography: nothing of ours. Prints the claims, or why it refuses.
std::string Verified(const std::string& receipt, const ReceiptKeys& keys,
                     const std::string& audience = "acme") {
  constexpr char kProgram[] = R"(
import json, sys, jwt
receipt, keys, audience = sys.argv[1:]
kid = jwt.get_unverified_header(receipt)["kid"]
key = {k.key_id: k for k in jwt.PyJWKSet.from_json(keys).keys}.get(kid)
try:
    claims = jwt.decode(receipt, key.key if key else b"", ["EdDSA"], audience=audience,
                        options={"verify_exp": False, "verify_iat": False})
    print(json.dumps(claims, sort_keys=True))
except Exception as wrong:
    print(type(wrong).__name__)
)";
  const Finished ran =
      RunProcess({"/usr/bin/python3", "-c", kProgram, receipt, JwkSet(keys), audience});
  EXPECT_EQ(ran.code, 0) << ran.err;
  return ran.out.substr(0, ran.out.find('\n'));
}

TEST(Receipts, AreVerifiedByAProgramThatIsNotOurs) {
  const ReceiptKeys keys = ReceiptKeys::Create({KeyOf("r1"), KeyOf("r2")}).value();
  EXPECT_EQ(Verified(keys.Sign(Ana()), keys),
            R"({"aud": "acme", "binding": ")" + Base64Url(std::string(32, '\xff')) +
                R"(", "exp": 1800000600, "iat": 1800000000, "iss": "posthaste", )"
                R"("jti": "v0123456789012345678901", "purpose": "password_reset", )"
                R"("sub": "user \"7\""})");
}

TEST(Receipts, AreRefusedForAnotherAudienceAndWhenAByteWasChanged) {
  const ReceiptKeys keys = ReceiptKeys::Create({KeyOf("r1")}).value();
  const std::string receipt = keys.Sign(Ana());
  EXPECT_EQ(Verified(receipt, keys, "globex"), "InvalidAudienceError");
  std::string changed = receipt;
  const size_t in_claims = receipt.find('.') + 12;
  changed[in_claims] = changed[in_claims] == 'A' ? 'B' : 'A';
  EXPECT_EQ(Verified(changed, keys), "InvalidSignatureError");
}

TEST(Receipts, AreSignedByTheLastKeyAndStillVerifiedAfterARotation) {
  const ReceiptKeys::Key old_key = KeyOf("r1"), new_key = KeyOf("r2");
  const std::string before = ReceiptKeys::Create({old_key}).value().Sign(Ana());
  const ReceiptKeys rotated = ReceiptKeys::Create({old_key, new_key}).value();
  EXPECT_THAT(*FromBase64Url(rotated.Sign(Ana()).substr(0, rotated.Sign(Ana()).find('.'))),
              HasSubstr(R"("kid":"r2")"));
  EXPECT_THAT(Verified(before, rotated), HasSubstr(R"("aud": "acme")"));
  EXPECT_EQ(rotated.Sign(Ana()), rotated.Sign(Ana())) << "the same receipt, the same bytes";
}

TEST(Receipts, HaveKeysOfOneKindEachWithANameOfItsOwn) {
  EXPECT_TRUE(ReceiptKeys::Create({}).value().empty());
  EXPECT_EQ(JwkSet(ReceiptKeys()), R"({"keys":[]})");
  const auto refusal = [](std::vector<ReceiptKeys::Key> keys) {
    return std::string(ReceiptKeys::Create(std::move(keys)).status().message());
  };
  EXPECT_EQ(refusal({KeyOf("")}), "a key has no id");
  EXPECT_EQ(refusal({KeyOf("r1"), KeyOf("r1")}), "the id \"r1\" is there twice");
  EXPECT_EQ(refusal({{"r1", SigningKey::Generate(SigningKey::Kind::kRsa)}}),
            "\"r1\" is not an Ed25519 key");
}

}  // namespace
}  // namespace posthaste::codes
