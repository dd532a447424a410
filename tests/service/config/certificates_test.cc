#include "service/config/certificates.h"

#include <gtest/gtest.h>

#include "base/signing_key.h"
#include "tests/support/temp.h"

namespace posthaste::config {
namespace {

// openssl req -x509 -newkey ed25519 -nodes -subj /CN=t1 -days 3650
constexpr char kTenYears[] = R"(-----BEGIN CERTIFICATE-----
MIIBLjCB4aADAgECAhQhNozIkhN3VbK0Evl2w5Q7mBi6VzAFBgMrZXAwDTELMAkG
A1UEAwwCdDEwHhcNMjYxMTI2MTM0MzI2WhcNMzYxMTIzMTM0MzI2WjANMQswCQYD
VQQDDAJ0MTAqMAUGAytlcAMhABFlutJYpAFjf0PXh04ukmDpiodxZVqx5Vy+Qx6l
Skl9o1MwUTAdBgNVHQ4EFgQU9tB0mZR4Rp9f46OGmFcd6GUbP54wHwYDVR0jBBgw
FoAU9tB0mZR4Rp9f46OGmFcd6GUbP54wDwYDVR0TAQH/BAUwAwEB/zAFBgMrZXAD
QQDVclVA7kMDqgAqcGUe6KY7LSany6+gS1q9951qYNFlZYCeDXlHtszz7MUd6StJ
MLqFRlKLY6Ip+CYWzwGGmY8A
-----END CERTIFICATE-----
)";
constexpr char kTwentyYears[] = R"(-----BEGIN CERTIFICATE-----
MIIBLjCB4aADAgECAhQzj7k1Sn653ZetA6zFh/vZQ2vkETAFBgMrZXAwDTELMAkG
A1UEAwwCdDIwHhcNMjYxMTI2MTM0MzI2WhcNNDYxMTIxMTM0MzI2WjANMQswCQYD
VQQDDAJ0MjAqMAUGAytlcAMhAKf08v/jc8nYeZ/LJZvmPujzp53HpmbjheYQr4ES
uvrxo1MwUTAdBgNVHQ4EFgQUQAnSCF6ppmdL/gjdWMjrwHBUyjowHwYDVR0jBBgw
FoAUQAnSCF6ppmdL/gjdWMjrwHBUyjowDwYDVR0TAQH/BAUwAwEB/zAFBgMrZXAD
QQCjlWDVgGXQ/65HHjjiAPzgZnZZ4oxxuapsI6Z8eLop2x588SrWIlXyq2gz6djU
vNz57uuV9BuyXU/Lke92Kx0M
-----END CERTIFICATE-----
)";
const absl::Time kTenYearsEnd =
    absl::FromCivil(absl::CivilSecond(2036, 11, 23, 13, 43, 26), absl::UTCTimeZone());

TEST(CertificateEnd, IsThatOfTheFirstOfAChainToEnd) {
  const TempDir dir;
  const std::string leaf_last = dir.Write("a.pem", std::string(kTwentyYears) + kTenYears);
  EXPECT_EQ(CertificateEndOf(leaf_last).value(), kTenYearsEnd);
  const std::string leaf_first = dir.Write("b.pem", std::string(kTenYears) + kTwentyYears);
  EXPECT_EQ(CertificateEndOf(leaf_first).value(), kTenYearsEnd);
}

TEST(CertificateEnd, NamesAFileThatIsMissingOrHoldsNone) {
  const TempDir dir;
  const absl::Status missing = CertificateEndOf(dir.File("none.pem")).status();
  EXPECT_EQ(missing.code(), absl::StatusCode::kNotFound);
  EXPECT_NE(missing.message().find("none.pem"), std::string::npos);
  const absl::Status empty = CertificateEndOf(dir.Write("empty.pem", "nothing")).status();
  EXPECT_EQ(empty.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(empty.message().find("empty.pem"), std::string::npos);
}

TEST(CertificateEnd, IsToldForEachThatTheConfigurationNames) {
  const TempDir dir;
  v1::Config config;
  EXPECT_TRUE(CertificateEnds(config).empty());
  config.mutable_grpc()->mutable_tls()->set_certificate_file(dir.Write("grpc.pem", kTenYears));
  config.mutable_ops()->mutable_tls()->set_certificate_file(dir.Write("ops.pem", kTwentyYears));
  config.mutable_redis()->set_certificate_file(dir.File("missing.pem"));
  const std::vector<CertificateEnd> ends = CertificateEnds(config);
  ASSERT_EQ(ends.size(), 2u);
  EXPECT_EQ(ends[0].name, "grpc");
  EXPECT_EQ(ends[0].end, kTenYearsEnd);
  EXPECT_EQ(ends[1].name, "ops");
}

TEST(CheckChain, RefusesWhatNobodyShouldBeShown) {
  const absl::Time now = kTenYearsEnd - absl::Hours(24);
  EXPECT_TRUE(CheckChain(kTenYears, now).ok()) << CheckChain(kTenYears, now);
  EXPECT_EQ(CheckChain("", now).message(), "no certificate in PEM");
  EXPECT_EQ(CheckChain(kTenYears, kTenYearsEnd + absl::Seconds(1)).message(),
            "certificate 1 has expired");
  EXPECT_EQ(CheckChain(kTenYears, kTenYearsEnd - absl::Hours(24 * 365 * 11)).message(),
            "certificate 1 is not valid yet");
  EXPECT_EQ(CheckChain(std::string(kTenYears) + kTwentyYears, now).message(),
            "certificate 2 did not issue the one before it");
}

TEST(CheckKeyFits, TellsAKeyOfAnotherCertificateFromWhatIsNone) {
  const crypto::SigningKey other = crypto::SigningKey::Generate(crypto::SigningKey::Kind::kEd25519);
  EXPECT_EQ(CheckKeyFits(kTenYears, Secret(other.ToPem())).message(),
            "is not the certificate's key");
  EXPECT_EQ(CheckKeyFits(kTenYears, Secret("nothing")).message(), "no private key in PEM");
}

TEST(CheckAuthorities, WantOneThatIsValid) {
  EXPECT_TRUE(
      CheckAuthorities(std::string(kTenYears) + kTwentyYears, kTenYearsEnd + absl::Hours(1)).ok());
  EXPECT_FALSE(CheckAuthorities(kTenYears, kTenYearsEnd + absl::Hours(1)).ok());
  EXPECT_FALSE(CheckAuthorities("nothing", kTenYearsEnd).ok());
}

}  // namespace
}  // namespace posthaste::config
