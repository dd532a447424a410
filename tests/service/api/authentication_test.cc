#include "service/api/authentication.h"

#include <gtest/gtest.h>

#include "base/crypto.h"
#include "base/encoding.h"
#include "tests/service/api/world.h"

namespace posthaste::api {
namespace {

constexpr absl::Time kNow = absl::UnixEpoch();

config::v1::ApiKey& FirstKey(config::v1::Config& config) {
  return *config.mutable_tenants(0)->mutable_keys(0);
}

TEST(Authentication, KnowsTheRightSecret) {
  const Authenticator authenticator(TestConfig());
  const absl::StatusOr<Caller> caller = authenticator.Authenticate("Bearer acme-all.s3cret", kNow);
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ(caller->tenant, "acme");
  EXPECT_EQ(caller->key, "acme-all");
  EXPECT_TRUE(caller->scopes.contains("messages.read"));
  EXPECT_FALSE(caller->scopes.contains("ops.read"));
  EXPECT_EQ(authenticator.Authenticate("Bearer globex-all.s3cret", kNow)->tenant, "globex");
}

TEST(Authentication, TakesTheSchemeInAnyCaseAndSecretsWithDots) {
  config::v1::Config config = TestConfig();
  FirstKey(config).set_secret_sha256(0, Hex(crypto::Sha256("a.b")));
  const Authenticator authenticator(config);
  EXPECT_TRUE(authenticator.Authenticate("bearer acme-all.a.b", kNow).ok());
}

TEST(Authentication, GivesOneAnswerToAllThatIsWrong) {
  const Authenticator authenticator(TestConfig());
  const absl::Status wrong = authenticator.Authenticate("Bearer acme-all.other", kNow).status();
  EXPECT_EQ(Verdict(wrong), "UNAUTHENTICATED CREDENTIAL_INVALID");
  for (const char* value :
       {"Bearer nobody.s3cret", "Bearer acme-all.", "Bearer acme-all", "Bearer .s3cret", "Bearer .",
        "Bearer acme-all.s3cret ", "Bearer  acme-all.s3cret", "Bearer acme-all.S3CRET"}) {
    EXPECT_EQ(authenticator.Authenticate(value, kNow).status(), wrong) << value;
  }
}

TEST(Authentication, RefusesMetadataThatIsNoKey) {
  const Authenticator authenticator(TestConfig());
  for (const char* value :
       {"", "Bearer", "Bearer ", "Basic YWNtZS1hbGw6czNjcmV0", "acme-all.s3cret"}) {
    EXPECT_EQ(Verdict(authenticator.Authenticate(value, kNow).status()),
              "UNAUTHENTICATED CREDENTIAL_INVALID")
        << value;
  }
}

TEST(Authentication, KnowsBothSecretsWhileTheyAreRotated) {
  config::v1::Config config = TestConfig();
  FirstKey(config).add_secret_sha256(Hex(crypto::Sha256("new")));
  const Authenticator both(config);
  EXPECT_TRUE(both.Authenticate("Bearer acme-all.s3cret", kNow).ok());
  EXPECT_TRUE(both.Authenticate("Bearer acme-all.new", kNow).ok());
  FirstKey(config).mutable_secret_sha256()->DeleteSubrange(0, 1);
  const Authenticator after(config);
  EXPECT_FALSE(after.Authenticate("Bearer acme-all.s3cret", kNow).ok());
  EXPECT_TRUE(after.Authenticate("Bearer acme-all.new", kNow).ok());
}

TEST(Authentication, EndsAKeyAtItsExpiryAndNotBefore) {
  config::v1::Config config = TestConfig();
  FirstKey(config).set_expire_time("2027-01-01T00:00:00Z");
  const Authenticator authenticator(config);
  const absl::Time expiry = absl::FromCivil(absl::CivilSecond(2027, 1, 1), absl::UTCTimeZone());
  EXPECT_TRUE(
      authenticator.Authenticate("Bearer acme-all.s3cret", expiry - absl::Nanoseconds(1)).ok());
  EXPECT_EQ(Verdict(authenticator.Authenticate("Bearer acme-all.s3cret", expiry).status()),
            "UNAUTHENTICATED CREDENTIAL_INVALID");
}

}  // namespace
}  // namespace posthaste::api
