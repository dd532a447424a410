// How fast the delivery engine hands messages to Postfix's smtp-sink, and how that compares with
// smtp-source, which does nothing else. Usage: smtp_bench [messages [sessions [bytes]]]. One loop,
// one thread.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "smtp/sender.h"
#include "tests/support/poll.h"
#include "tests/support/process.h"
#include "tests/support/temp.h"

namespace posthaste::smtp {
namespace {

class PassFence final : public Fence {
 public:
  void Ask() override {}
  Task<FenceAnswer> Answer() override { co_return FenceAnswer::kPass; }
};

struct Run {
  int left = 0, workers = 0;
  int accepted = 0, failed = 0;
  std::vector<double> millis;
};

Task<void> Work(Sender& sender, const std::vector<std::shared_ptr<Relay>>& relays,
                const std::string& message, Run& run) {
  Envelope envelope;
  envelope.mail_from = "bounce@client.test";
  envelope.rcpt_to = "someone@example.test";
  FenceFactory fences = [] { return std::make_unique<PassFence>(); };
  while (run.left-- > 0) {
    const SteadyTime begin = SystemClock().Steady();
    const Sent sent = co_await sender.Send(relays, envelope, message, fences, Urgency::kCode,
                                           absl::InfiniteFuture());
    const bool accepted =
        !sent.attempts.empty() && sent.attempts.back().outcome.verdict == Verdict::kAccepted;
    ++(accepted ? run.accepted : run.failed);
    const std::chrono::duration<double, std::milli> took = SystemClock().Steady() - begin;
    run.millis.push_back(took.count());
  }
  // Idle sessions would keep the loop running until their limits.
  if (--run.workers == 0) co_await sender.Drain(SystemClock().Now() + absl::Seconds(5));
}

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) { return t.tv_sec + t.tv_usec / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double Engine(const char* what, uint16_t port, int messages, int sessions, int transactions_max,
              const std::string& message) {
  Loop loop;
  Sender sender(loop, SystemClock(), TcpDialers(loop));
  RelayOptions options;
  options.id = "sink";
  options.host = "127.0.0.1";
  options.port = port;
  options.allow_private = true;
  options.limits.sessions_max = sessions;
  options.transactions_max = transactions_max;
  options.session.ehlo_name = "client.test";
  options.session.tls = TlsLevel::kNone;
  const std::vector<std::shared_ptr<Relay>> relays = {
      std::make_shared<Relay>(options, SystemClock())};
  Run run;
  run.left = messages;
  run.workers = sessions;
  const double cpu = CpuSeconds();
  const SteadyTime begin = SystemClock().Steady();
  for (int i = 0; i < sessions; ++i) {
    asio::co_spawn(loop, Work(sender, relays, message, run), asio::detached);
  }
  loop.run();
  const std::chrono::duration<double> took = SystemClock().Steady() - begin;
  std::sort(run.millis.begin(), run.millis.end());
  const auto percentile = [&run](double p) {
    return run.millis[static_cast<size_t>(p * (run.millis.size() - 1))];
  };
  std::printf(
      "%-28s %8.0f messages/s   p50 %6.2f ms  p99 %6.2f ms   %5.1f us CPU/message   lost %d\n",
      what, messages / took.count(), percentile(0.5), percentile(0.99),
      (CpuSeconds() - cpu) / messages * 1e6, run.failed);
  return messages / took.count();
}

double Source(uint16_t port, int messages, int sessions, size_t bytes) {
  const SteadyTime begin = SystemClock().Steady();
  const Finished source = RunProcess(
      {"/usr/sbin/smtp-source", "-d", "-s", std::to_string(sessions), "-m",
       std::to_string(messages), "-l", std::to_string(bytes), "127.0.0.1:" + std::to_string(port)},
      {}, {}, absl::Minutes(5));
  const std::chrono::duration<double> took = SystemClock().Steady() - begin;
  if (source.code != 0) std::fprintf(stderr, "smtp-source: %s\n", source.err.c_str());
  std::printf("%-28s %8.0f messages/s\n", "smtp-source, same sink", messages / took.count());
  return messages / took.count();
}

int Main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  const int messages = argc > 1 ? std::atoi(argv[1]) : 20'000;
  const int sessions = argc > 2 ? std::atoi(argv[2]) : 20;
  const size_t bytes = argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 4096;
  const uint16_t port = FreePort();
  std::vector<std::string> command = {"/usr/sbin/smtp-sink"};
  if (geteuid() == 0) command.insert(command.end(), {"-u", "root"});
  command.insert(command.end(), {"inet:127.0.0.1:" + std::to_string(port), "1000"});
  Process sink(command);
  const bool up = PollUntil(absl::Seconds(10), [port] {
    Loop loop;
    asio::ip::tcp::socket socket(loop);
    boost::system::error_code error;
    socket.connect({asio::ip::make_address("127.0.0.1"), port}, error);
    return !error;
  });
  if (!up) return std::fprintf(stderr, "smtp-sink does not start: %s\n", sink.Err().c_str()), 1;
  std::string message = "Subject: bench\r\n\r\n";
  while (message.size() < bytes) message += std::string(76, 'x') + "\r\n";
  std::printf("%d messages of %zu bytes, %d sessions\n", messages, message.size(), sessions);
  const double reuse = Engine("100 messages a session", port, messages, sessions, 100, message);
  Engine("one session for ever", port, messages, sessions, messages, message);
  Engine("a session each", port, messages / 4, sessions, 1, message);
  Engine("one session, no parallelism", port, messages / 4, 1, messages, message);
  const double source = Source(port, messages, sessions, bytes);
  std::printf("ratio to smtp-source: %.2f\n", reuse / source);
  return 0;
}

}  // namespace
}  // namespace posthaste::smtp

int main(int argc, char** argv) { return posthaste::smtp::Main(argc, argv); }
