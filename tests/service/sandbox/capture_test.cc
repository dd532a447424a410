// The capture server against clients that this project did not write: swaks, Python's smtplib and
// Postfix's smtp-source.
#include "service/sandbox/capture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include "base/task.h"
#include "tests/support/process.h"
#include "tests/support/temp.h"

namespace posthaste::sandbox {
namespace {

using asio::ip::tcp;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class CaptureTest : public ::testing::Test {
 protected:
  void Start(CaptureLimits limits = {}) {
    absl::StatusOr<std::unique_ptr<CaptureServer>> server =
        CaptureServer::Start(0, *InboxWriter::Open(dir_.File("inbox"), SystemClock()), limits);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  std::string Address() const { return "127.0.0.1:" + std::to_string(server_->port()); }

  TempDir dir_;
  std::unique_ptr<CaptureServer> server_;
  Inbox inbox_{dir_.File("inbox")};
};

// A client by hand.
class Client {
 public:
  explicit Client(uint16_t port) { socket_.connect({asio::ip::address_v4::loopback(), port}); }
  void Say(const std::string& bytes) { asio::write(socket_, asio::buffer(bytes)); }
  std::string Line() {
    const size_t size = asio::read_until(socket_, asio::dynamic_buffer(unread_), "\r\n");
    std::string line = unread_.substr(0, size);
    unread_.erase(0, size);
    return line;
  }
  bool Closed() {
    boost::system::error_code error;
    char byte;
    asio::read(socket_, asio::buffer(&byte, 1), error);
    return static_cast<bool>(error);
  }

 private:
  Loop loop_;
  tcp::socket socket_{loop_};
  std::string unread_;
};

TEST_F(CaptureTest, TakesAMessageFromSwaks) {
  Start();
  const Finished swaks =
      RunProcess({"swaks", "--server", Address(), "--from", "a@client.test", "--to",
                  "ana@example.test", "--header", "Subject: from swaks", "--body", ".one\n..two"});
  EXPECT_EQ(swaks.code, 0) << swaks.out << swaks.err;
  const std::optional<Captured> captured = inbox_.Newest("ana@example.test");
  ASSERT_TRUE(captured.has_value());
  EXPECT_EQ(captured->envelope.mail_from, "a@client.test");
  EXPECT_THAT(captured->message, HasSubstr("Subject: from swaks\r\n"));
  EXPECT_THAT(captured->message, HasSubstr("\r\n.one\r\n..two"));
}

TEST_F(CaptureTest, TakesAnInternationalMessageFromPython) {
  Start();
  const std::string program =
      "import smtplib, sys\n"
      "with smtplib.SMTP('127.0.0.1', int(sys.argv[1])) as smtp:\n"
      "    smtp.sendmail('a@client.test', ['j\\u00fc@example.test'], 'Subject: "
      "\\u00fc\\r\\n\\r\\nhi\\r\\n'.encode(),\n"
      "                  mail_options=['SMTPUTF8', 'BODY=8BITMIME'])\n";
  const Finished python = RunProcess({"python3", "-c", program, std::to_string(server_->port())});
  EXPECT_EQ(python.code, 0) << python.err;
  EXPECT_EQ(inbox_.Newest("j\xC3\xBC@example.test")->message, "Subject: \xC3\xBC\r\n\r\nhi\r\n");
}

TEST_F(CaptureTest, TakesManyFromSmtpSource) {
  Start();
  const Finished source =
      RunProcess({"/usr/sbin/smtp-source", "-s", "10", "-m", "200", "-l", "2000", "-f",
                  "a@client.test", "-t", "ana@example.test", Address()});
  EXPECT_EQ(source.code, 0) << source.err;
  EXPECT_EQ(inbox_.List("ana@example.test", 1000).size(), 200u);
}

TEST_F(CaptureTest, AnswersAPipelineAtOnce) {
  Start();
  Client client(server_->port());
  EXPECT_THAT(client.Line(), StartsWith("220"));
  client.Say("HELO c.test\r\nMAIL FROM:<a@c.test>\r\nRCPT TO:<x@y.test>\r\nDATA\r\n");
  for (const char* code : {"250", "250", "250", "354"})
    EXPECT_THAT(client.Line(), StartsWith(code));
  client.Say("hi\r\n.\r\nQUIT\r\n");
  EXPECT_THAT(client.Line(), StartsWith("250"));
  EXPECT_EQ(inbox_.List("", 10).size(), 1u) << "stored before the answer";
  EXPECT_THAT(client.Line(), StartsWith("221"));
  EXPECT_TRUE(client.Closed());
}

TEST_F(CaptureTest, TurnsTheSurplusAway) {
  CaptureLimits limits;
  limits.sessions = 1;
  Start(limits);
  Client first(server_->port());
  EXPECT_THAT(first.Line(), StartsWith("220"));
  Client second(server_->port());
  EXPECT_THAT(second.Line(), StartsWith("421"));
  EXPECT_TRUE(second.Closed());
}

TEST_F(CaptureTest, EndsALineThatNeverEnds) {
  Start();
  Client client(server_->port());
  client.Line();
  client.Say(std::string(70000, 'x'));
  EXPECT_THAT(client.Line(), StartsWith("500"));
  EXPECT_TRUE(client.Closed());
}

TEST_F(CaptureTest, HangsUpOnTheSilent) {
  CaptureLimits limits;
  limits.idle = absl::Milliseconds(20);
  Start(limits);
  Client client(server_->port());
  client.Line();
  EXPECT_TRUE(client.Closed());
}

TEST_F(CaptureTest, NamesAPortThatIsTaken) {
  Start();
  const auto second =
      CaptureServer::Start(server_->port(), *InboxWriter::Open(dir_.File("inbox"), SystemClock()));
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.status().ToString(), HasSubstr(Address()));
}

TEST_F(CaptureTest, EndsWithSessionsOpen) {
  Start();
  Client client(server_->port());
  client.Line();
  server_.reset();
  EXPECT_TRUE(client.Closed());
}

}  // namespace
}  // namespace posthaste::sandbox
