// What only real sockets and real TLS can show of a session: ends without a good-bye, and relays
// that answer a large message before they have it.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include "smtp/sender.h"
#include "tests/smtp/certificates.h"
#include "tests/smtp/relays_support.h"

namespace posthaste::smtp {
namespace {

using asio::ip::tcp;
using TlsSocket = asio::ssl::stream<tcp::socket>;

// Takes one message on each connection, up to a point.
class AbruptRelay {
 public:
  AbruptRelay(Loop& loop, const std::string& pem)
      : context_(asio::ssl::context::tls_server),
        acceptor_(loop, {asio::ip::make_address("127.0.0.1"), 0}) {
    if (!pem.empty()) {
      context_.use_certificate_chain_file(pem);
      context_.use_private_key_file(pem, asio::ssl::context::pem);
    }
    asio::co_spawn(loop, Accept(this, !pem.empty()), asio::detached);
  }
  uint16_t port() const { return acceptor_.local_endpoint().port(); }

  // What it says when it has read `body_bytes` of a message, or the dot; then, if `cuts`, the
  // connection ends, in TLS without close_notify; else it neither reads nor says any more.
  std::string last_words;
  size_t body_bytes = 0;
  bool cuts = true;

 private:
  static Task<void> Accept(AbruptRelay* self, bool tls) {
    while (true) {
      auto socket = std::make_shared<TlsSocket>(self->acceptor_.get_executor(), self->context_);
      self->sockets_.push_back(socket);
      auto [error] = co_await self->acceptor_.async_accept(socket->next_layer(), kAsTuple);
      if (error) co_return;
      if (tls) {
        auto [refused] = co_await socket->async_handshake(asio::ssl::stream_base::server, kAsTuple);
        if (refused) continue;
        co_await Serve(self, *socket);
      } else {
        co_await Serve(self, socket->next_layer());
      }
      boost::system::error_code ignored;
      if (self->cuts) socket->next_layer().close(ignored);
    }
  }

  template <typename Socket>
  static Task<void> Serve(AbruptRelay* self, Socket& socket) {
    std::string read;
    co_await Answer(socket, read, "", "220 relay.test\r\n");
    co_await Answer(socket, read, "\r\n", "250-relay.test\r\n250 PIPELINING\r\n");
    co_await Answer(socket, read, "DATA\r\n", "250 ok\r\n250 ok\r\n354 go\r\n");
    if (self->body_bytes == 0) {
      co_await Answer(socket, read, "\r\n.\r\n", self->last_words);
      co_return;
    }
    char byte;
    for (size_t i = 0; i < self->body_bytes; ++i) {
      auto [error, n] = co_await socket.async_read_some(asio::buffer(&byte, 1), kAsTuple);
      if (error) co_return;
    }
    co_await Answer(socket, read, "", self->last_words);
  }

  template <typename Socket>
  static Task<void> Answer(Socket& socket, std::string& read, std::string_view until,
                           std::string_view answer) {
    if (!until.empty()) {
      auto [error, n] =
          co_await asio::async_read_until(socket, asio::dynamic_buffer(read), until, kAsTuple);
      if (error) co_return;
      read.erase(0, n);
    }
    co_await asio::async_write(socket, asio::buffer(answer), kAsTuple);
  }

  asio::ssl::context context_;
  tcp::acceptor acceptor_;
  std::vector<std::shared_ptr<TlsSocket>> sockets_;
};

class SessionSocketTest : public ::testing::TestWithParam<bool>, public RelaysTest {
 protected:
  static void SetUpTestSuite() { certificates_ = new Certificates; }
  static void TearDownTestSuite() { delete certificates_; }

  // In TLS from the first byte, or in clear.
  SessionSocketTest() : abrupt_(loop, GetParam() ? certificates_->good : "") {}

  Task<Sent> Sending(std::string message) {
    RelayOptions options = Options("abrupt", abrupt_.port());
    options.session.tls = GetParam() ? TlsLevel::kVerified : TlsLevel::kNone;
    options.session.implicit_tls = GetParam();
    options.session.tls_name = "relay.test";
    options.ca_file = certificates_->ca;
    const std::vector<std::shared_ptr<Relay>> relays = {
        std::make_shared<Relay>(options, SystemClock())};
    Envelope envelope;
    envelope.mail_from = "bounce@client.test";
    envelope.rcpt_to = "someone@example.test";
    FenceFactory fences = [this] { return std::make_unique<FixedFence>(fence, &fences_asked); };
    Sent sent = co_await sender.Send(relays, envelope, message, fences, Urgency::kOther,
                                     SystemClock().Now() + absl::Seconds(60));
    co_return sent;
  }
  Attempt Send(std::string message) {
    Sent sent = RunTask(loop, Sending(std::move(message)), std::chrono::seconds(30));
    EXPECT_EQ(sent.attempts.size(), 1u);
    return sent.attempts.empty() ? Attempt() : sent.attempts.back();
  }

  static Certificates* certificates_;
  AbruptRelay abrupt_;
};
Certificates* SessionSocketTest::certificates_ = nullptr;

// Row 17.
TEST_P(SessionSocketTest, BelievesACompleteReplyWhateverBecomesOfTheConnection) {
  abrupt_.last_words = "250-2.0.0 Ok\r\n250 2.0.0 Queued as 1A2B\r\n";
  EXPECT_EQ(Send(kMessage).outcome.verdict, Verdict::kAccepted);
}

// Row 18.
TEST_P(SessionSocketTest, IsUncertainOfATruncatedReply) {
  for (const char* last : {"", "2", "25", "250", "250 ", "250 2.0.0 Queued", "250-2.0.0 Ok\r\n",
                           "250-2.0.0 Ok\r\n250 2.0.0 Queued\r"}) {
    abrupt_.last_words = last;
    const Attempt attempt = Send(kMessage);
    EXPECT_EQ(attempt.ending, Ending::kJudged) << last;
    EXPECT_EQ(attempt.outcome.verdict, Verdict::kUncertain) << last;
    EXPECT_EQ(attempt.outcome.reply.code, 0) << last;
  }
}

// Rows 33 and 34, and checklist item 14: neither side waits for the other.
TEST_P(SessionSocketTest, HearsARelayThatRefusesALargeMessageBeforeItHasIt) {
  std::string message = "Subject: large\r\n\r\n";
  for (int i = 0; i < 200'000; ++i)
    message += "All work and no play makes a large message.....\r\n";
  abrupt_.last_words = "552 5.3.4 Message too large\r\n";
  abrupt_.body_bytes = 1000;
  for (const bool cuts : {false, true}) {
    abrupt_.cuts = cuts;
    const SteadyTime begun = SystemClock().Steady();
    const Attempt attempt = Send(message);
    EXPECT_LT(SystemClock().Steady() - begun, std::chrono::seconds(10));
    EXPECT_FALSE(attempt.dot_sent);
    // A connection that ends with unread bytes may take the relay's last words with it.
    if (cuts && attempt.ending == Ending::kRelayFailed) continue;
    EXPECT_EQ(attempt.ending, Ending::kJudged) << attempt.transcript;
    EXPECT_EQ(attempt.outcome.verdict, Verdict::kBounced);
    EXPECT_EQ(attempt.outcome.failure_class, FailureClass::kTooLarge);
    EXPECT_EQ(attempt.outcome.phase, Phase::kBody);
  }
}

std::string SecurityOf(const testing::TestParamInfo<bool>& info) {
  return info.param ? "Tls" : "Clear";
}
INSTANTIATE_TEST_SUITE_P(Wire, SessionSocketTest, testing::Bool(), SecurityOf);

}  // namespace
}  // namespace posthaste::smtp
