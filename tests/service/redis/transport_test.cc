#include "service/redis/transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/service/redis/harness.h"

namespace posthaste::redis {
namespace {

using ::testing::HasSubstr;

class TransportTest : public ::testing::Test {
 protected:
  // What Open answers; after success also that PING is answered over it.
  absl::Status Try(const ClientOptions& options) {
    const absl::StatusOr<TlsContext> tls = MakeTlsContext(options.tls);
    if (!tls.ok()) return tls.status();
    Transport transport(loop_, options, *tls);
    std::optional<absl::Status> opened;
    transport.Open([&](absl::Status status) { opened = std::move(status); });
    if (!RunUntil(loop_, [&] { return opened.has_value(); }))
      return absl::UnknownError("open: no end");
    if (!opened->ok()) return *opened;

    char answer[7];
    std::optional<boost::system::error_code> read;
    transport.Write(asio::buffer("PING\r\n", 6), [](boost::system::error_code, size_t) {});
    transport.ReadSome(asio::buffer(answer),
                       [&](boost::system::error_code error, size_t) { read = error; });
    RunUntil(loop_, [&] { return read.has_value(); });
    transport.Close();
    loop_.poll();
    if (!read.has_value() || *read)
      return absl::UnavailableError(read ? read->message() : "no answer");
    return std::string_view(answer, 7) == "+PONG\r\n" ? absl::OkStatus()
                                                      : absl::UnknownError("no pong");
  }

  Loop loop_;
};

TEST_F(TransportTest, SpeaksOverTcpAndUnixSockets) {
  const RedisServer server(RedisOptions{.tcp = true});
  EXPECT_TRUE(Try(UnixOptions(server)).ok());
  EXPECT_TRUE(Try(TcpOptions(server)).ok());
  ClientOptions named = TcpOptions(server);
  named.host = "localhost";
  EXPECT_TRUE(Try(named).ok()) << Try(named);
}

TEST_F(TransportTest, NamesTheStepAndThePlaceThatFailed) {
  ClientOptions options;
  options.host = "nowhere.invalid";
  EXPECT_THAT(std::string(Try(options).message()),
              HasSubstr("redis at nowhere.invalid:6379: cannot resolve"));
  options.host = "127.0.0.1";
  options.port = FreePort();
  EXPECT_THAT(std::string(Try(options).message()), HasSubstr("cannot connect: Connection refused"));
  options.unix_path = "/nonexistent/redis.sock";
  EXPECT_THAT(std::string(Try(options).message()),
              HasSubstr("redis at /nonexistent/redis.sock: cannot connect: No such file"));
}

TEST_F(TransportTest, SpeaksTlsWithAServerThatTheCaVouchesFor) {
  const ThrowawayCa ca;
  const TlsServer server(ca);
  ClientOptions options = server.Reach(ca);
  EXPECT_TRUE(Try(options).ok()) << Try(options);
  options.tls.server_name = "redis.test";
  EXPECT_TRUE(Try(options).ok()) << Try(options);
}

TEST_F(TransportTest, RefusesACertificateOfAnotherCaOrName) {
  const ThrowawayCa ca;
  const TlsServer server(ca);
  const ThrowawayCa other;
  ClientOptions options = server.Reach(other);
  const absl::Status untrusted = Try(options);
  EXPECT_EQ(untrusted.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(untrusted.message()), HasSubstr("tls: certificate not trusted"));
  options = server.Reach(ca);
  options.tls.server_name = "other.test";
  EXPECT_THAT(std::string(Try(options).message()), HasSubstr("ostname mismatch"));
  options.tls.server_name = "127.0.0.2";
  EXPECT_THAT(std::string(Try(options).message()), HasSubstr("IP address mismatch"));
}

TEST_F(TransportTest, ShowsItsOwnCertificateWhereOneIsWanted) {
  const ThrowawayCa ca;
  const TlsServer server(ca, /*wants_client_certificate=*/true);
  ClientOptions options = server.Reach(ca);
  EXPECT_FALSE(Try(options).ok());
  options.tls.certificate_file = ca.certificate("client");
  options.tls.key_file = ca.key("client");
  EXPECT_TRUE(Try(options).ok()) << Try(options);
}

TEST_F(TransportTest, FailsAgainstAServerThatAnswersInPlainText) {
  asio::ip::tcp::acceptor acceptor(loop_, {asio::ip::address_v4::loopback(), 0});
  asio::ip::tcp::socket peer(loop_);
  const std::string words = "-ERR who are you\r\n";
  acceptor.async_accept(peer, [&](const boost::system::error_code& error) {
    if (!error) peer.write_some(asio::buffer(words));
  });
  ClientOptions options;
  options.port = acceptor.local_endpoint().port();
  options.tls.enabled = true;
  EXPECT_THAT(std::string(Try(options).message()), HasSubstr(": tls: wrong version number"));
}

TEST_F(TransportTest, CarriesManyBytesBothWaysOverTls) {
  const ThrowawayCa ca;
  const TlsServer server(ca);
  const auto client = ReadyClient(loop_, server.Reach(ca));
  const std::string bytes(3u << 20u, 'x');
  std::vector<Pending> sets;
  for (int i = 0; i < 8; ++i) sets.push_back(client->Start(Command("SET", i, bytes)));
  for (int i = 0; i < 8; ++i) EXPECT_EQ(Text(loop_, client->Start(Command("GET", i))), bytes);
}

}  // namespace
}  // namespace posthaste::redis
