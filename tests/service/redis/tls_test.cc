#include "service/redis/tls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/service/redis/harness.h"

namespace posthaste::redis {
namespace {

using ::testing::HasSubstr;

class TlsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { ca_ = new ThrowawayCa; }
  static void TearDownTestSuite() { delete ca_; }

  static ThrowawayCa* ca_;
};

ThrowawayCa* TlsTest::ca_ = nullptr;

TEST_F(TlsTest, IsNothingUnlessEnabled) { EXPECT_EQ(*MakeTlsContext(TlsOptions()), nullptr); }

TEST_F(TlsTest, AcceptsTheSystemsCertificatesAndFilesThatFit) {
  TlsOptions options;
  options.enabled = true;
  EXPECT_TRUE(MakeTlsContext(options).ok());
  options.ca_file = ca_->ca();
  options.certificate_file = ca_->certificate("client");
  options.key_file = ca_->key("client");
  EXPECT_TRUE(MakeTlsContext(options).ok());
}

TEST_F(TlsTest, NamesTheFileThatCannotBeUsed) {
  const TempDir dir;
  TlsOptions good;
  good.enabled = true;
  good.ca_file = ca_->ca();
  good.certificate_file = ca_->certificate("client");
  good.key_file = ca_->key("client");
  const std::string bad = dir.Write("bad.pem", "no certificate");

  TlsOptions options = good;
  options.ca_file = bad;
  EXPECT_THAT(std::string(MakeTlsContext(options).status().message()), HasSubstr(bad));
  options = good;
  options.certificate_file = bad;
  EXPECT_THAT(std::string(MakeTlsContext(options).status().message()), HasSubstr(bad));
  options = good;
  options.key_file = bad;
  EXPECT_THAT(std::string(MakeTlsContext(options).status().message()), HasSubstr(bad));
  options = good;
  options.key_file = ca_->key("server");
  EXPECT_EQ(MakeTlsContext(options).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(TlsTest, AllowsNothingOlderThanTls12) {
  TlsOptions options;
  options.enabled = true;
  const absl::StatusOr<TlsContext> context = MakeTlsContext(options);
  EXPECT_EQ(SSL_CTX_get_min_proto_version((*context)->native_handle()), TLS1_2_VERSION);
}

TEST_F(TlsTest, SendsANameButNotAnAddressAsSni) {
  TlsOptions options;
  options.enabled = true;
  const absl::StatusOr<TlsContext> context = MakeTlsContext(options);
  const std::unique_ptr<SSL, decltype(&SSL_free)> named(SSL_new((*context)->native_handle()),
                                                        SSL_free);
  EXPECT_TRUE(ExpectServer(named.get(), "redis.test").ok());
  EXPECT_STREQ(SSL_get_servername(named.get(), TLSEXT_NAMETYPE_host_name), "redis.test");
  const std::unique_ptr<SSL, decltype(&SSL_free)> address(SSL_new((*context)->native_handle()),
                                                          SSL_free);
  EXPECT_TRUE(ExpectServer(address.get(), "127.0.0.1").ok());
  EXPECT_EQ(SSL_get_servername(address.get(), TLSEXT_NAMETYPE_host_name), nullptr);
  EXPECT_EQ(HandshakeTrouble(address.get(), "otherwise"), "otherwise");
}

}  // namespace
}  // namespace posthaste::redis
