#include "service/ops/http.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/connect.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <thread>

#include "tests/support/poll.h"

namespace posthaste::ops {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Tcp = asio::ip::tcp;

// A plain, blocking client.
class Client {
 public:
  explicit Client(const std::string& address) : socket_(loop_) {
    const auto port = static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
    socket_.connect(Tcp::endpoint(asio::ip::make_address("127.0.0.1"), port));
  }
  void Say(const std::string& bytes) {
    boost::system::error_code ignored;
    asio::write(socket_, asio::buffer(bytes), ignored);
  }
  // One response's header and, if it announces one and `head` is false, its body.
  std::string Hear(bool head = false) {
    boost::system::error_code error;
    const size_t size = asio::read_until(socket_, asio::dynamic_buffer(unread_), "\r\n\r\n", error);
    if (error) return "";
    std::string response = unread_.substr(0, size);
    unread_.erase(0, size);
    const size_t at = response.find("Content-Length: ");
    const size_t body = head || at == std::string::npos ? 0 : std::stoul(response.substr(at + 16));
    while (unread_.size() < body && !error) {
      asio::read(socket_, asio::dynamic_buffer(unread_), asio::transfer_at_least(1), error);
    }
    response += unread_.substr(0, body);
    unread_.erase(0, body);
    return response;
  }
  std::string Get(const std::string& path) {
    Say("GET " + path + " HTTP/1.1\r\nHost: ops\r\n\r\n");
    return Hear();
  }
  // All that comes until the other side closes.
  std::string HearAll() {
    boost::system::error_code error;
    asio::read(socket_, asio::dynamic_buffer(unread_), asio::transfer_all(), error);
    return std::exchange(unread_, "");
  }

 private:
  Loop loop_;
  Tcp::socket socket_;
  std::string unread_;
};

class HttpTest : public testing::Test {
 protected:
  ~HttpTest() override { StopLoop(); }

  void Start(const HttpLimits& limits = {}) {
    const auto pages = [this](Request request) { return Answer(std::move(request)); };
    http_ = Http::Start(loop_, "127.0.0.1:0", pages, nullptr, limits).value();
    thread_ = std::thread([this] { loop_.run(); });
  }
  Task<Page> Answer(Request request) {
    ++asked_;
    Page page{200, "text/plain", "here it is\n"};
    if (request.path == "/echo") {
      page.body = request.method + "|" + request.query + "|" + request.body + "|" +
                  std::string(request.Header("x-some"));
      page.headers = {{"Cache-Control", "no-cache"}, {"Set-Cookie", "a=1"}, {"Set-Cookie", "b=2"}};
    } else if (request.path == "/stream") {
      page.body = "first ";
      page.more = [this] { return More(); };
    } else if (request.path != "/here") {
      page.status = 404;
      page.body = "no " + request.path + "\n";
    }
    co_return page;
  }
  Task<std::string> More() {
    const int nth = ++more_;
    co_return nth < 3 ? "again " : "";
  }
  void StopLoop() {
    guard_.reset();
    http_.reset();
    loop_.stop();
    if (thread_.joinable()) thread_.join();
  }

  Loop loop_{1};
  asio::executor_work_guard<Loop::executor_type> guard_ = asio::make_work_guard(loop_);
  std::atomic<int> asked_ = 0;
  std::atomic<int> more_ = 0;
  std::unique_ptr<Http> http_;
  std::thread thread_;
};

TEST_F(HttpTest, AnswersOneRequestAfterTheOtherOnAConnection) {
  Start();
  Client client(http_->address());
  const std::string first = client.Get("/here?now=1");
  EXPECT_THAT(first, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(first, HasSubstr("Cache-Control: no-store\r\n"));
  EXPECT_THAT(first, HasSubstr("\r\n\r\nhere it is\n"));
  EXPECT_THAT(client.Get("/there"), StartsWith("HTTP/1.1 404 Not Found\r\n"));
}

TEST_F(HttpTest, GivesHeadTheLengthWithoutTheBody) {
  Start();
  Client client(http_->address());
  client.Say("HEAD /here HTTP/1.1\r\nHost: ops\r\nConnection: close\r\n\r\n");
  const std::string response = client.HearAll();
  EXPECT_THAT(response, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(response, HasSubstr("Content-Length: 11\r\n"));
  EXPECT_THAT(response, Not(HasSubstr("here it is")));
}

TEST_F(HttpTest, HandsOnWhatIsPosted) {
  Start();
  Client client(http_->address());
  client.Say(
      "POST /echo?a=1&b HTTP/1.1\r\nHost: ops\r\nX-Some: thing\r\nContent-Length: "
      "4\r\n\r\nbody");
  const std::string response = client.Hear();
  EXPECT_THAT(response, HasSubstr("\r\n\r\nPOST|a=1&b|body|thing"));
  EXPECT_THAT(response, HasSubstr("Cache-Control: no-cache\r\n"));
  EXPECT_THAT(response, HasSubstr("Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n"));
  EXPECT_THAT(client.Get("/here"), HasSubstr("here it is")) << "on the same connection";
  const std::string large(60'000, 'x');  // More than a header may have.
  client.Say("POST /echo HTTP/1.1\r\nHost: ops\r\nContent-Length: 60000\r\n\r\n" + large);
  EXPECT_THAT(client.Hear(), HasSubstr("POST||" + large + "|"));
}

TEST_F(HttpTest, RefusesABodyThatIsTooLarge) {
  Start({.body_bytes = 100});
  Client client(http_->address());
  client.Say("POST /echo HTTP/1.1\r\nHost: ops\r\nContent-Length: 101\r\n\r\n" +
             std::string(101, 'x'));
  EXPECT_THAT(client.HearAll(), StartsWith("HTTP/1.1 413 "));
  EXPECT_EQ(asked_, 0);
}

TEST_F(HttpTest, StreamsUntilThereIsNoMore) {
  Start();
  Client client(http_->address());
  client.Say("GET /stream HTTP/1.1\r\nHost: ops\r\n\r\n");
  const std::string response = client.HearAll();
  EXPECT_THAT(response, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(response, HasSubstr("\r\n\r\nfirst again again "));
  EXPECT_THAT(response, Not(HasSubstr("Content-Length")));
}

TEST_F(HttpTest, StreamsNothingForHead) {
  Start();
  Client client(http_->address());
  client.Say("HEAD /stream HTTP/1.1\r\nHost: ops\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(client.HearAll(), Not(HasSubstr("again")));
  EXPECT_EQ(more_, 0);
}

TEST_F(HttpTest, StopsStreamingToAClientThatHasGone) {
  Start();
  more_ = -1'000'000'000;
  {
    Client client(http_->address());
    client.Say("GET /stream HTTP/1.1\r\nHost: ops\r\n\r\n");
    EXPECT_TRUE(PollUntil(absl::Seconds(5), [&] { return more_ > -1'000'000'000; }));
  }
  int before = 0;
  EXPECT_TRUE(PollUntil(absl::Seconds(10), [&] { return std::exchange(before, more_) == more_; }));
}

TEST_F(HttpTest, RefusesOtherMethodsWithOrWithoutABody) {
  Start();
  for (const std::string& request :
       {std::string("DELETE /here HTTP/1.1\r\nHost: ops\r\n\r\n"),
        std::string("PUT /here HTTP/1.1\r\nHost: ops\r\nContent-Length: 4\r\n\r\nbody")}) {
    Client client(http_->address());
    client.Say(request);
    EXPECT_THAT(client.HearAll(), StartsWith("HTTP/1.1 405 Method Not Allowed\r\n"));
  }
  EXPECT_EQ(asked_, 0);
}

TEST_F(HttpTest, NeverTakesABodyForTheNextRequest) {
  Start();
  Client client(http_->address());
  const std::string body = "GET /there HTTP/1.1\r\nHost: ops\r\n\r\n";
  client.Say("GET /here HTTP/1.1\r\nHost: ops\r\nContent-Length: " + std::to_string(body.size()) +
             "\r\n\r\n" + body);
  EXPECT_THAT(client.HearAll(), Not(HasSubstr("404")));
  EXPECT_EQ(asked_, 1);
}

TEST_F(HttpTest, RefusesWhatIsTooLargeOrNoRequest) {
  Start({.header_bytes = 1024});
  Client large(http_->address());
  large.Say("GET /here HTTP/1.1\r\nX: " + std::string(2000, 'x') + "\r\n\r\n");
  EXPECT_THAT(large.Hear(), StartsWith("HTTP/1.1 431 "));
  Client garbage(http_->address());
  garbage.Say("\x16\x03\x01 hello\r\n\r\n");
  EXPECT_THAT(garbage.Hear(), StartsWith("HTTP/1.1 400 "));
  EXPECT_EQ(asked_, 0);
}

TEST_F(HttpTest, CutsOffWhoeverIsSlow) {
  Start({.time = absl::Milliseconds(100)});
  Client slow(http_->address());
  slow.Say("GET /here HTT");
  EXPECT_EQ(slow.HearAll(), "");
}

TEST_F(HttpTest, ClosesOneConnectionTooManyAtOnce) {
  Start({.connections = 2});
  Client first(http_->address()), second(http_->address());
  EXPECT_THAT(first.Get("/here"), HasSubstr("here it is"));
  EXPECT_THAT(second.Get("/here"), HasSubstr("here it is"));
  Client third(http_->address());
  EXPECT_EQ(third.Get("/here"), "");
  first.Say("GET /here HTTP/1.1\r\nHost: ops\r\nConnection: close\r\n\r\n");
  first.HearAll();
  EXPECT_TRUE(
      PollUntil(absl::Seconds(5), [&] { return !Client(http_->address()).Get("/here").empty(); }));
}

TEST_F(HttpTest, AnswersNobodyOnceItIsGone) {
  Start();
  const std::string address = http_->address();
  Client client(address);
  EXPECT_THAT(client.Get("/here"), HasSubstr("here it is"));
  http_.reset();
  EXPECT_TRUE(PollUntil(absl::Seconds(5), [&] {
    try {
      return Client(address).Get("/here").empty();
    } catch (const boost::system::system_error&) {
      return true;
    }
  }));
  const int before = asked_;
  EXPECT_EQ(client.Get("/here"), "");
  EXPECT_EQ(asked_, before);
}

TEST_F(HttpTest, NamesTheSettingWhenItCannotListen) {
  Start();
  const Pages none;
  const absl::Status taken = Http::Start(loop_, http_->address(), none).status();
  EXPECT_TRUE(absl::IsUnavailable(taken));
  EXPECT_THAT(std::string(taken.message()), StartsWith("ops.address: cannot listen on 127.0.0.1:"));
  for (const char* wrong : {"8526", "127.0.0.1:x", "127.0.0.1:70000", "no such host:80"}) {
    const absl::Status status = Http::Start(loop_, wrong, none).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << wrong;
    EXPECT_THAT(std::string(status.message()), StartsWith("ops.address: "));
  }
}

}  // namespace
}  // namespace posthaste::ops
