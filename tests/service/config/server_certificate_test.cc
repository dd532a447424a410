#include "service/config/server_certificate.h"

#include <gtest/gtest.h>

#include "tests/smtp/certificates.h"

namespace posthaste::config {
namespace {

class ServerCertificateTest : public testing::Test {
 protected:
  ServerCertificateTest() {
    tls_.set_certificate_file(files_.good);
    tls_.set_key_file(files_.good);
  }
  // Why it was not read.
  std::string Why() {
    return std::string(ReadServerCertificate(tls_, "grpc.tls").status().message());
  }

  const smtp::Certificates files_;
  v1::TlsServer tls_;
};

TEST_F(ServerCertificateTest, IsReadWhole) {
  tls_.set_client_ca_file(files_.ca);
  const auto read = ReadServerCertificate(tls_, "grpc.tls");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_NE(read->chain.find("BEGIN CERTIFICATE"), std::string::npos);
  EXPECT_NE(read->key.Reveal().find("PRIVATE KEY"), std::string_view::npos);
  EXPECT_NE(read->client_ca.find("BEGIN CERTIFICATE"), std::string::npos);
}

TEST_F(ServerCertificateTest, NamesTheSettingAndTheFile) {
  tls_.set_client_ca_file(files_.dir.File("none.pem"));
  EXPECT_EQ(Why(), "grpc.tls.client_ca_file: " + files_.dir.File("none.pem") +
                       ": cannot be read: No such file or directory");
  const smtp::Certificates others;
  tls_.set_key_file(others.good);
  EXPECT_EQ(Why(), "grpc.tls.key_file: " + others.good + ": is not the certificate's key");
  tls_.set_key_file(files_.dir.File("none.key"));
  EXPECT_EQ(Why().rfind("grpc.tls.key_file: ", 0), 0u);
  tls_.set_certificate_file(files_.dir.File("none.crt"));
  EXPECT_EQ(Why().rfind("grpc.tls.certificate_file: ", 0), 0u);
}

TEST_F(ServerCertificateTest, IsRefusedWhenItIsNotGoodNow) {
  tls_.set_certificate_file(files_.expired);
  tls_.set_key_file(files_.expired);
  EXPECT_EQ(Why(), "grpc.tls.certificate_file: " + files_.expired + ": certificate 1 has expired");
}

}  // namespace
}  // namespace posthaste::config
