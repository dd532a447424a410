#include "smtp/tls.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include "base/clock.h"
#include "smtp/tcp_stream.h"
#include "tests/smtp/certificates.h"
#include "tests/support/run_task.h"

namespace posthaste::smtp {
namespace {

using asio::ip::tcp;

// Answers each connection with a handshake, one byte, and closing.
class TlsServer {
 public:
  TlsServer(Loop& loop, const std::string& pem, int version_max = TLS1_3_VERSION)
      : context_(asio::ssl::context::tls_server),
        acceptor_(loop, {asio::ip::make_address("127.0.0.1"), 0}) {
    context_.use_certificate_chain_file(pem);
    context_.use_private_key_file(pem, asio::ssl::context::pem);
    SSL_CTX_set_min_proto_version(context_.native_handle(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context_.native_handle(), version_max);
    SSL_CTX_set_security_level(context_.native_handle(), 0);
    SSL_CTX_set_tlsext_servername_callback(context_.native_handle(), &NoteName);
    SSL_CTX_set_tlsext_servername_arg(context_.native_handle(), this);
    static const unsigned char kContextId[] = "test";
    SSL_CTX_set_session_id_context(context_.native_handle(), kContextId, 4);
    asio::co_spawn(loop, Accept(this), asio::detached);
  }
  tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }
  const std::string& name() const { return name_; }  // SNI of the last connection.
  int resumed() const { return resumed_; }

 private:
  static int NoteName(SSL* ssl, int*, void* self) {
    const char* const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    static_cast<TlsServer*>(self)->name_ = name == nullptr ? "" : name;
    return SSL_TLSEXT_ERR_OK;
  }
  static Task<void> Accept(TlsServer* self) {
    while (true) {
      asio::ssl::stream<tcp::socket> stream(self->acceptor_.get_executor(), self->context_);
      auto [error] = co_await self->acceptor_.async_accept(stream.next_layer(), kAsTuple);
      if (error) co_return;
      auto [refused] = co_await stream.async_handshake(asio::ssl::stream_base::server, kAsTuple);
      if (refused) continue;
      self->resumed_ += SSL_session_reused(stream.native_handle());
      const std::string greeting = "x";
      co_await asio::async_write(stream, asio::buffer(greeting), kAsTuple);
      char byte;
      co_await asio::async_read(stream, asio::buffer(&byte, 1), kAsTuple);
    }
  }

  asio::ssl::context context_;
  tcp::acceptor acceptor_;
  std::string name_;
  int resumed_ = 0;
};

class TlsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { certificates_ = new Certificates; }
  static void TearDownTestSuite() { delete certificates_; }

  // Connects, shakes hands, reads the byte.
  Task<absl::Status> Shake(tcp::endpoint endpoint, std::string name, bool verify) {
    tcp::socket socket(loop_);
    auto [error] = co_await socket.async_connect(endpoint, kAsTuple);
    if (error) co_return absl::UnavailableError(error.message());
    TcpStream stream(loop_, client_, std::move(socket));
    stream.ExpireAt(SystemClock().Steady() + std::chrono::seconds(5));
    const absl::Status status = co_await stream.StartTls(name, verify);
    if (!status.ok()) co_return status;
    facts_ = stream.Tls();
    char byte = 0;
    const absl::StatusOr<size_t> n = co_await stream.Read(&byte, 1);
    EXPECT_TRUE(n.ok() && byte == 'x') << n.status();
    co_return n.status();
  }
  absl::Status Connect(TlsServer& server, const std::string& name, bool verify) {
    return RunTask(loop_, Shake(server.endpoint(), name, verify));
  }

  static Certificates* certificates_;
  Loop loop_;
  std::shared_ptr<TlsClient> client_ = *TlsClient::Create(certificates_->ca);
  TlsFacts facts_;
};
Certificates* TlsTest::certificates_ = nullptr;

TEST_F(TlsTest, VerifiesTheChainAndTheName) {
  TlsServer server(loop_, certificates_->good);
  EXPECT_TRUE(Connect(server, "relay.test", true).ok());
  EXPECT_EQ(facts_.version, "TLSv1.3");
  EXPECT_FALSE(facts_.cipher.empty());
  EXPECT_TRUE(facts_.verified);
  const absl::Duration left = facts_.not_after - SystemClock().Now();
  EXPECT_GT(left, absl::Hours(1)) << "its end is told";
  EXPECT_LT(left, absl::Hours(24 * 3660));
  EXPECT_EQ(server.name(), "relay.test") << "SNI";
  EXPECT_TRUE(Connect(server, "127.0.0.1", true).ok()) << "an address that the certificate names";
  EXPECT_EQ(server.name(), "") << "an address is no SNI";
}

TEST_F(TlsTest, RefusesBadCertificatesOnlyWhenItVerifies) {
  for (const auto& [file, words] : {std::pair(certificates_->expired, "expired"),
                                    std::pair(certificates_->wrong_name, "ostname mismatch"),
                                    std::pair(certificates_->only_common_name, "ostname mismatch"),
                                    std::pair(certificates_->self_signed, "self-signed")}) {
    TlsServer server(loop_, file);
    const absl::Status refused = Connect(server, "relay.test", true);
    EXPECT_EQ(refused.code(), absl::StatusCode::kUnauthenticated) << file << refused;
    EXPECT_NE(std::string(refused.message()).find(words), std::string::npos) << refused;
    EXPECT_TRUE(Connect(server, "relay.test", false).ok()) << file;
    EXPECT_FALSE(facts_.verified) << file;
  }
}

TEST_F(TlsTest, NotesThatACertificateIsGoodEvenIfNobodyInsists) {
  TlsServer server(loop_, certificates_->good);
  EXPECT_TRUE(Connect(server, "relay.test", false).ok());
  EXPECT_TRUE(facts_.verified);
}

TEST_F(TlsTest, RefusesOldProtocols) {
  TlsServer server(loop_, certificates_->good, TLS1_1_VERSION);
  EXPECT_EQ(Connect(server, "relay.test", false).code(), absl::StatusCode::kUnavailable);
  TlsServer newer(loop_, certificates_->good, TLS1_2_VERSION);
  EXPECT_TRUE(Connect(newer, "relay.test", true).ok());
  EXPECT_EQ(facts_.version, "TLSv1.2");
}

TEST_F(TlsTest, ResumesSessionsAndStaysVerified) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    client_ = *TlsClient::Create(certificates_->ca);
    TlsServer server(loop_, certificates_->good, version);
    for (int i = 0; i < 4; ++i) {
      ASSERT_TRUE(Connect(server, "relay.test", true).ok());
      EXPECT_TRUE(facts_.verified);
    }
    EXPECT_EQ(server.resumed(), 3) << version;
  }
}

TEST_F(TlsTest, AnUnverifiedSessionIsNeverResumedAsAVerifiedOne) {
  TlsServer server(loop_, certificates_->self_signed);
  ASSERT_TRUE(Connect(server, "relay.test", false).ok());
  EXPECT_EQ(Connect(server, "relay.test", true).code(), absl::StatusCode::kUnauthenticated);
}

TEST_F(TlsTest, SaysWhichFileItCannotRead) {
  const auto client = TlsClient::Create("/nowhere/ca.pem");
  ASSERT_EQ(client.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(std::string(client.status().message()).find("/nowhere/ca.pem"), std::string::npos);
  EXPECT_TRUE(TlsClient::Create("").ok()) << "the system's authorities";
}

}  // namespace
}  // namespace posthaste::smtp
