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

Credentials Key(const char* authorization) { return {authorization, {}, "192.0.2.7"}; }

Credentials Certificate(const std::string& name, const char* authorization = "") {
  return {authorization, {"localhost", name}, "192.0.2.7"};
}

TEST(Authentication, KnowsTheRightSecret) {
  const Authenticator authenticator(TestConfig());
  const absl::StatusOr<Caller> caller =
      authenticator.Authenticate(Key("Bearer acme-all.s3cret"), kNow);
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ(caller->tenant, "acme");
  EXPECT_EQ(caller->key, "acme-all");
  EXPECT_TRUE(caller->scopes.contains("messages.read"));
  EXPECT_FALSE(caller->scopes.contains("ops.read"));
  EXPECT_EQ(authenticator.Authenticate(Key("Bearer globex-all.s3cret"), kNow)->tenant, "globex");
}

TEST(Authentication, TakesTheSchemeInAnyCaseAndSecretsWithDots) {
  config::v1::Config config = TestConfig();
  FirstKey(config).set_secret_sha256(0, Hex(crypto::Sha256("a.b")));
  const Authenticator authenticator(config);
  EXPECT_TRUE(authenticator.Authenticate(Key("bearer acme-all.a.b"), kNow).ok());
}

TEST(Authentication, GivesOneAnswerToAllThatIsWrong) {
  const Authenticator authenticator(TestConfig());
  const absl::Status wrong =
      authenticator.Authenticate(Key("Bearer acme-all.other"), kNow).status();
  EXPECT_EQ(Verdict(wrong), "UNAUTHENTICATED CREDENTIAL_INVALID");
  for (const char* value :
       {"Bearer nobody.s3cret", "Bearer acme-all.", "Bearer acme-all", "Bearer .s3cret", "Bearer .",
        "Bearer acme-all.s3cret ", "Bearer  acme-all.s3cret", "Bearer acme-all.S3CRET"}) {
    EXPECT_EQ(authenticator.Authenticate(Key(value), kNow).status(), wrong) << value;
  }
}

TEST(Authentication, RefusesMetadataThatIsNoKey) {
  const Authenticator authenticator(TestConfig());
  for (const char* value :
       {"", "Bearer", "Bearer ", "Basic YWNtZS1hbGw6czNjcmV0", "acme-all.s3cret"}) {
    EXPECT_EQ(Verdict(authenticator.Authenticate(Key(value), kNow).status()),
              "UNAUTHENTICATED CREDENTIAL_INVALID")
        << value;
  }
}

TEST(Authentication, KnowsBothSecretsWhileTheyAreRotated) {
  config::v1::Config config = TestConfig();
  FirstKey(config).add_secret_sha256(Hex(crypto::Sha256("new")));
  const Authenticator both(config);
  EXPECT_TRUE(both.Authenticate(Key("Bearer acme-all.s3cret"), kNow).ok());
  EXPECT_TRUE(both.Authenticate(Key("Bearer acme-all.new"), kNow).ok());
  FirstKey(config).mutable_secret_sha256()->DeleteSubrange(0, 1);
  const Authenticator after(config);
  EXPECT_FALSE(after.Authenticate(Key("Bearer acme-all.s3cret"), kNow).ok());
  EXPECT_TRUE(after.Authenticate(Key("Bearer acme-all.new"), kNow).ok());
}

TEST(Authentication, EndsAKeyAtItsExpiryAndNotBefore) {
  config::v1::Config config = TestConfig();
  FirstKey(config).set_expire_time("2027-01-01T00:00:00Z");
  const Authenticator authenticator(config);
  const absl::Time expiry = absl::FromCivil(absl::CivilSecond(2027, 1, 1), absl::UTCTimeZone());
  EXPECT_TRUE(
      authenticator.Authenticate(Key("Bearer acme-all.s3cret"), expiry - absl::Nanoseconds(1))
          .ok());
  EXPECT_EQ(Verdict(authenticator.Authenticate(Key("Bearer acme-all.s3cret"), expiry).status()),
            "UNAUTHENTICATED CREDENTIAL_INVALID");
}

TEST(Authentication, LetsAKeyInFromItsNetworksOnly) {
  config::v1::Config config = TestConfig();
  FirstKey(config).add_source_networks("10.0.0.0/8");
  FirstKey(config).add_source_networks("192.0.2.0/24");
  const Authenticator authenticator(config);
  Credentials shown = Key("Bearer acme-all.s3cret");
  EXPECT_EQ(authenticator.Authenticate(shown, kNow)->source, "192.0.2.7");
  for (const char* elsewhere : {"198.51.100.1", "2001:db8::1", ""}) {
    shown.source = elsewhere;
    EXPECT_EQ(Verdict(authenticator.Authenticate(shown, kNow).status()),
              "PERMISSION_DENIED SOURCE_NETWORK_DENIED")
        << elsewhere;
  }
  shown = Key("Bearer acme-all.wrong");
  shown.source = "198.51.100.1";
  EXPECT_EQ(Verdict(authenticator.Authenticate(shown, kNow).status()),
            "UNAUTHENTICATED CREDENTIAL_INVALID")
      << "a wrong secret learns nothing of networks";
}

TEST(Authentication, TakesACertificateOfThatNameInPlaceOfASecret) {
  config::v1::Config config = TestConfig();
  FirstKey(config).add_certificate_names("spiffe://acme/portal");
  FirstKey(config).set_expire_time("2027-01-01T00:00:00Z");
  const Authenticator authenticator(config);
  EXPECT_EQ(authenticator.Authenticate(Certificate("spiffe://acme/portal"), kNow)->key, "acme-all");
  for (const char* name : {"spiffe://acme/Portal", "spiffe://acme/portal/x", "*", ""}) {
    EXPECT_EQ(Verdict(authenticator.Authenticate(Certificate(name), kNow).status()),
              "UNAUTHENTICATED CREDENTIAL_INVALID")
        << name;
  }
  const absl::Time expiry = absl::FromCivil(absl::CivilSecond(2027, 1, 1), absl::UTCTimeZone());
  EXPECT_FALSE(authenticator.Authenticate(Certificate("spiffe://acme/portal"), expiry).ok());
}

TEST(Authentication, RefusesTheSecretOfOneTenantBesideTheCertificateOfAnother) {
  config::v1::Config config = TestConfig();
  FirstKey(config).add_certificate_names("acme.test");
  const Authenticator authenticator(config);
  EXPECT_EQ(
      Verdict(authenticator.Authenticate(Certificate("acme.test", "Bearer globex-all.s3cret"), kNow)
                  .status()),
      "UNAUTHENTICATED CREDENTIAL_INVALID");
  const char* own = "Bearer acme-messages-read.s3cret";
  EXPECT_EQ(authenticator.Authenticate(Certificate("acme.test", own), kNow)->key,
            "acme-messages-read")
      << "the secret says which key of the tenant";
  EXPECT_FALSE(
      authenticator.Authenticate(Certificate("acme.test", "Bearer acme-all.wrong"), kNow).ok())
      << "a wrong secret is wrong whatever the certificate";
}

TEST(Authentication, KnowsWhetherACallerOfAnotherTimeWouldBeLetIn) {
  config::v1::Config config = TestConfig();
  FirstKey(config).add_source_networks("192.0.2.0/24");
  const Caller caller = *Authenticator(config).Authenticate(Key("Bearer acme-all.s3cret"), kNow);
  const auto still = [&](const std::function<void(config::v1::ApiKey&)>& edit) {
    config::v1::Config changed = config;
    edit(FirstKey(changed));
    return Authenticator(changed).StillLetsIn(caller, "messages.read", kNow);
  };
  EXPECT_TRUE(still([](config::v1::ApiKey&) {}));
  EXPECT_TRUE(still([](config::v1::ApiKey& k) { k.add_secret_sha256(std::string(64, '0')); }));
  EXPECT_FALSE(still([](config::v1::ApiKey& k) { k.set_id("other"); }));
  EXPECT_FALSE(still([](config::v1::ApiKey& k) { k.set_secret_sha256(0, std::string(64, '0')); }));
  EXPECT_FALSE(still([](config::v1::ApiKey& k) { k.clear_scopes(); }));
  EXPECT_FALSE(still([](config::v1::ApiKey& k) { k.set_source_networks(0, "10.0.0.0/8"); }));
  EXPECT_FALSE(still([](config::v1::ApiKey& k) { k.set_expire_time("1970-01-01T00:00:00Z"); }));
}

}  // namespace
}  // namespace posthaste::api
