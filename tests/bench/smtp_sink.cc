#include "tests/bench/smtp_sink.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <string_view>
#include <utility>

#include "base/task.h"
#include "tests/support/temp.h"

namespace posthaste::smtp {
namespace {

using asio::ip::tcp;

constexpr std::string_view kEnd = "\r\n.\r\n";

// What is said to bytes that have come. Pure.
class Answers {
 public:
  explicit Answers(bool tls) : tls_(tls) {}

  // The replies to what is whole in `in`, which is taken out of it.
  std::string To(std::string& in) {
    std::string out;
    while (!wants_tls_ && !closed_) {
      const std::string_view end = in_data_ ? kEnd : "\r\n";
      const size_t at = in.find(end);
      if (at == std::string::npos) break;
      out += in_data_ ? "250 2.0.0 Ok\r\n" : Reply(std::string_view(in).substr(0, at));
      // The line end before the dot may be the one after DATA.
      const bool begins_data = !in_data_ && out.ends_with("354 Go\r\n");
      in.erase(0, at + (begins_data ? 0 : end.size()));
      in_data_ = begins_data;
    }
    return out;
  }
  bool wants_tls() const { return wants_tls_; }
  bool closed() const { return closed_; }
  void Encrypted() { tls_ = wants_tls_ = false; }

 private:
  std::string Reply(std::string_view line) {
    if (line.starts_with("EHLO")) {
      return std::string("250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n") +
             (tls_ ? "250-STARTTLS\r\n" : "") + "250 ENHANCEDSTATUSCODES\r\n";
    }
    if (line.starts_with("DATA")) return "354 Go\r\n";
    if (line.starts_with("STARTTLS")) {
      wants_tls_ = true;
      return "220 Go\r\n";
    }
    closed_ = line.starts_with("QUIT");
    return closed_ ? "221 Bye\r\n" : "250 2.1.0 Ok\r\n";
  }

  bool tls_;
  bool in_data_ = false;
  bool wants_tls_ = false;
  bool closed_ = false;
};

template <typename Stream>
Task<void> Talk(Stream& stream, Answers& answers) {
  std::array<char, 65536> buffer;
  std::string in;
  while (true) {
    auto [error, size] = co_await stream.async_read_some(asio::buffer(buffer), kAsTuple);
    if (error) co_return;
    in.append(buffer.data(), size);
    const std::string out = answers.To(in);
    if (out.empty()) continue;
    auto [write_error, written] = co_await asio::async_write(stream, asio::buffer(out), kAsTuple);
    if (write_error || answers.closed() || answers.wants_tls()) co_return;
  }
}

Task<void> Serve(tcp::socket socket, asio::ssl::context* tls) {
  Answers answers(tls != nullptr);
  socket.set_option(tcp::no_delay(true));
  constexpr std::string_view kGreeting = "220 sink ESMTP\r\n";
  co_await asio::async_write(socket, asio::buffer(kGreeting), kAsTuple);
  co_await Talk(socket, answers);
  if (!answers.wants_tls()) co_return;
  asio::ssl::stream<tcp::socket> stream(std::move(socket), *tls);
  auto [error] = co_await stream.async_handshake(asio::ssl::stream_base::server, kAsTuple);
  if (error) co_return;
  answers.Encrypted();
  co_await Talk(stream, answers);
}

Task<void> Accept(tcp::acceptor& acceptor, asio::ssl::context* tls) {
  while (true) {
    auto [error, socket] = co_await acceptor.async_accept(kAsTuple);
    if (error) co_return;
    asio::co_spawn(acceptor.get_executor(), Serve(std::move(socket), tls), asio::detached);
  }
}

// In the child. Tells its port through `tell`.
[[noreturn]] void RunSink(const std::string& certificate_file, int tell) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  Loop loop;
  tcp::acceptor acceptor(loop, {asio::ip::make_address("127.0.0.1"), 0});
  asio::ssl::context tls(asio::ssl::context::tls_server);
  if (!certificate_file.empty()) {
    tls.use_certificate_chain_file(certificate_file);
    tls.use_private_key_file(certificate_file, asio::ssl::context::pem);
  }
  const uint16_t port = acceptor.local_endpoint().port();
  if (write(tell, &port, sizeof(port)) != sizeof(port)) std::abort();
  asio::co_spawn(loop, Accept(acceptor, certificate_file.empty() ? nullptr : &tls), asio::detached);
  loop.run();
  _exit(1);
}

}  // namespace

BenchSink::BenchSink(const std::string& certificate_file) {
  int ends[2];
  if (pipe(ends) != 0) std::abort();
  pid_ = fork();
  if (pid_ < 0) std::abort();
  if (pid_ == 0) RunSink(certificate_file, ends[1]);
  close(ends[1]);
  if (read(ends[0], &port_, sizeof(port_)) != sizeof(port_)) std::abort();
  close(ends[0]);
}

BenchSink::~BenchSink() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

double BenchSink::CpuSeconds() const {
  const std::string stat = ReadFile("/proc/" + std::to_string(pid_) + "/stat");
  std::istringstream fields(stat.substr(stat.rfind(')') + 1));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace posthaste::smtp
