#include "service/ops/tls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <thread>

#include "service/ops/http.h"
#include "tests/smtp/certificates.h"

namespace posthaste::ops {
namespace {

using ::testing::EndsWith;
using ::testing::IsEmpty;
using Tcp = asio::ip::tcp;

// Files that hold both, as a listener's two settings.
config::v1::TlsServer Shown(const std::string& file) {
  config::v1::TlsServer config;
  config.set_certificate_file(file);
  config.set_key_file(file);
  return config;
}

class TlsTest : public testing::Test {
 protected:
  ~TlsTest() override {
    guard_.reset();
    http_.reset();
    loop_.stop();
    if (thread_.joinable()) thread_.join();
  }
  void Start(const config::v1::TlsServer& config) {
    tls_ = Tls::Make(config).value();
    http_ = Http::Start(loop_, "127.0.0.1:0", Answer, tls_).value();
    thread_ = std::thread([this] { loop_.run(); });
  }
  static Task<Page> Answer(Request request) {
    Page page;
    page.body = request.source + (request.encrypted ? " in TLS" : " in clear");
    co_return page;
  }
  // What a client hears that trusts `ca`; "" where there was no handshake.
  std::string Ask(asio::ssl::context::method method = asio::ssl::context::tls_client,
                  const std::string& certificate = "") {
    Loop loop;
    asio::ssl::context context(method);
    context.load_verify_file(certificates_.ca);
    context.set_verify_mode(asio::ssl::verify_peer);
    if (!certificate.empty()) {
      context.use_certificate_chain_file(certificate);
      context.use_private_key_file(certificate, asio::ssl::context::pem);
    }
    asio::ssl::stream<Tcp::socket> stream(loop, context);
    const std::string& address = http_->address();
    const auto port = static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
    stream.lowest_layer().connect(Tcp::endpoint(asio::ip::make_address("127.0.0.1"), port));
    boost::system::error_code error;
    stream.handshake(asio::ssl::stream_base::client, error);
    if (error) return "";
    const std::string request = "GET / HTTP/1.1\r\nHost: ops\r\nConnection: close\r\n\r\n";
    asio::write(stream, asio::buffer(request), error);
    std::string heard;
    asio::read(stream, asio::dynamic_buffer(heard), error);
    if (error != asio::error::eof) return "";  // TLS must end, too.
    return heard;
  }

  const smtp::Certificates certificates_;
  Loop loop_{1};
  asio::executor_work_guard<Loop::executor_type> guard_ = asio::make_work_guard(loop_);
  std::shared_ptr<Tls> tls_;
  std::unique_ptr<Http> http_;
  std::thread thread_;
};

TEST_F(TlsTest, AnswersInTlsAndTellsSo) {
  Start(Shown(certificates_.good));
  EXPECT_THAT(Ask(), EndsWith("\r\n\r\n127.0.0.1 in TLS"));
  EXPECT_THAT(Ask(asio::ssl::context::tlsv12_client), EndsWith("in TLS"));
  EXPECT_THAT(Ask(asio::ssl::context::tlsv11_client), IsEmpty()) << "RFC 8996";
}

TEST_F(TlsTest, ShowsNewConnectionsWhatReplacedTheOld) {
  Start(Shown(certificates_.good));
  EXPECT_NE(Ask(), "");
  tls_->Show(Tls::Read(Shown(certificates_.self_signed)).value());
  EXPECT_EQ(Ask(), "") << "nobody trusts it";
  tls_->Show(Tls::Read(Shown(certificates_.good)).value());
  EXPECT_NE(Ask(), "");
}

TEST_F(TlsTest, AsksForACertificateWhereItKnowsAuthorities) {
  config::v1::TlsServer config = Shown(certificates_.good);
  config.set_client_ca_file(certificates_.ca);
  Start(config);
  EXPECT_EQ(Ask(), "");
  EXPECT_EQ(Ask(asio::ssl::context::tls_client, certificates_.self_signed), "");
  EXPECT_NE(Ask(asio::ssl::context::tls_client, certificates_.good), "");
}

TEST_F(TlsTest, NamesTheSettingThatCannotBeUsed) {
  EXPECT_THAT(std::string(Tls::Read(Shown(certificates_.expired)).status().message()),
              testing::StartsWith("ops.tls.certificate_file: "));
  config::v1::TlsServer config = Shown(certificates_.good);
  const smtp::Certificates others;
  config.set_key_file(others.good);
  EXPECT_THAT(std::string(Tls::Make(config).status().message()),
              testing::StartsWith("ops.tls.key_file: "));
}

}  // namespace
}  // namespace posthaste::ops
