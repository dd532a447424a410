// What the delivery engine alone does on the wire: in clear and with TLS on reused sessions, with
// and without DKIM, in messages a second for each core that it uses; then how it compares with
// Postfix's smtp-source into smtp-sink. Usage: smtp_bench [messages [sessions [bytes]]]. One loop,
// one thread; signatures are made on another.
#include <stdlib.h>
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

#include "base/work_pool.h"
#include "smtp/dkim.h"
#include "smtp/sender.h"
#include "tests/bench/smtp_sink.h"
#include "tests/smtp/certificates.h"
#include "tests/support/poll.h"
#include "tests/support/process.h"
#include "tests/support/temp.h"

namespace posthaste::smtp {
namespace {

constexpr int kRuns = 5;

struct Setup {
  uint16_t port = 0;
  int messages = 0, sessions = 0, transactions_max = 100;
  std::string message;
  std::string ca_file;             // Empty = in clear.
  const DkimKeys* keys = nullptr;  // Null = unsigned.
};

class PassFence final : public Fence {
 public:
  void Ask() override {}
  Task<FenceAnswer> Answer() override { co_return FenceAnswer::kPass; }
};

struct Run {
  int left = 0, workers = 0;
  int failed = 0;
  std::vector<double> millis;
  double seconds = 0, cpu = 0, kernel = 0;
};

// As service/worker/signing.cc does.
Task<std::string> Signed(Loop& loop, const Setup& setup, WorkPool* pool) {
  if (setup.keys == nullptr) co_return setup.message;
  const auto message = std::make_shared<std::string>(setup.message);
  WorkPool::Work work = [message, &setup] {
    message->insert(0,
                    SignDkim(*message, setup.keys->For("client.test"), absl::UnixEpoch()).value());
  };
  const absl::Status done = co_await pool->Run(loop, std::move(work), absl::Minutes(1));
  if (!done.ok()) std::abort();
  co_return std::move(*message);
}

Task<void> Work(Loop& loop, Sender& sender, const std::vector<std::shared_ptr<Relay>>& relays,
                const Setup& setup, WorkPool* pool, Run& run) {
  Envelope envelope;
  envelope.mail_from = "bounce@client.test";
  envelope.rcpt_to = "someone@example.test";
  FenceFactory fences = [] { return std::make_unique<PassFence>(); };
  while (run.left-- > 0) {
    const SteadyTime begin = SystemClock().Steady();
    const std::string message = co_await Signed(loop, setup, pool);
    const Sent sent = co_await sender.Send(relays, envelope, message, fences, Urgency::kCode,
                                           absl::InfiniteFuture());
    const bool accepted =
        !sent.attempts.empty() && sent.attempts.back().outcome.verdict == Verdict::kAccepted;
    if (!accepted) ++run.failed;
    const std::chrono::duration<double, std::milli> took = SystemClock().Steady() - begin;
    run.millis.push_back(took.count());
  }
  // Idle sessions would keep the loop running until their limits.
  if (--run.workers == 0) co_await sender.Drain(SystemClock().Now() + absl::Seconds(5));
}

struct Cpu {
  double all = 0, kernel = 0;  // Seconds, of every thread.
};

Cpu CpuNow() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) { return t.tv_sec + t.tv_usec / 1e6; };
  return {seconds(usage.ru_utime) + seconds(usage.ru_stime), seconds(usage.ru_stime)};
}

Run Engine(const Setup& setup) {
  Loop loop;
  Sender sender(loop, SystemClock(), TcpDialers(loop));
  RelayOptions options;
  options.id = "sink";
  options.host = "127.0.0.1";
  options.port = setup.port;
  options.allow_private = true;
  options.limits.sessions_max = setup.sessions;
  options.transactions_max = setup.transactions_max;
  options.session.ehlo_name = "client.test";
  options.session.tls = setup.ca_file.empty() ? TlsLevel::kNone : TlsLevel::kVerified;
  options.session.tls_name = "relay.test";
  options.ca_file = setup.ca_file;
  const std::vector<std::shared_ptr<Relay>> relays = {
      std::make_shared<Relay>(options, SystemClock())};
  std::unique_ptr<WorkPool> pool;
  if (setup.keys != nullptr) pool = std::make_unique<WorkPool>(1, 10'000);
  Run run;
  run.left = setup.messages;
  run.workers = setup.sessions;
  const Cpu before = CpuNow();
  const SteadyTime begin = SystemClock().Steady();
  for (int i = 0; i < setup.sessions; ++i) {
    asio::co_spawn(loop, Work(loop, sender, relays, setup, pool.get(), run), asio::detached);
  }
  loop.run();
  run.seconds = std::chrono::duration<double>(SystemClock().Steady() - begin).count();
  const Cpu after = CpuNow();
  run.cpu = after.all - before.all;
  run.kernel = after.kernel - before.kernel;
  std::sort(run.millis.begin(), run.millis.end());
  return run;
}

double Percentile(const Run& run, double p) {
  return run.millis[static_cast<size_t>(p * (run.millis.size() - 1))];
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// The median of five runs. `goal` 0: none.
double Report(const char* what, const Setup& setup, double goal, const BenchSink* sink = nullptr) {
  std::vector<double> per_core, per_second, p50, p99, kernel, sink_cpu;
  int failed = 0;
  for (int i = 0; i < kRuns; ++i) {
    const double sink_before = sink == nullptr ? 0 : sink->CpuSeconds();
    const Run run = Engine(setup);
    per_core.push_back(setup.messages / run.cpu);
    per_second.push_back(setup.messages / run.seconds);
    kernel.push_back(100 * run.kernel / run.cpu);
    p50.push_back(Percentile(run, 0.5));
    p99.push_back(Percentile(run, 0.99));
    if (sink != nullptr) sink_cpu.push_back((sink->CpuSeconds() - sink_before) / setup.messages);
    failed += run.failed;
  }
  const double rate = Median(per_core);
  const auto [least, most] = std::minmax_element(per_core.begin(), per_core.end());
  std::printf(
      "%-40s %6.0f messages/s per core (%5.0f to %5.0f)  %5.1f us CPU, %2.0f%% of it kernel", what,
      rate, *least, *most, 1e6 / rate, Median(kernel));
  if (goal > 0) std::printf("  goal %.0f: %s", goal, rate >= goal ? "met" : "MISSED");
  std::printf("\n    by the clock %6.0f/s  p50 %6.2f ms  p99 %6.2f ms  lost %d", Median(per_second),
              Median(p50), Median(p99), failed);
  if (sink != nullptr) std::printf("  receiver %5.1f us CPU", Median(sink_cpu) * 1e6);
  std::printf("\n");
  return Median(per_second);
}

double Source(uint16_t port, int messages, int sessions, size_t bytes) {
  const SteadyTime begin = SystemClock().Steady();
  const Finished source = RunProcess(
      {"/usr/sbin/smtp-source", "-d", "-s", std::to_string(sessions), "-m",
       std::to_string(messages), "-l", std::to_string(bytes), "127.0.0.1:" + std::to_string(port)},
      {}, {}, absl::Minutes(5));
  const std::chrono::duration<double> took = SystemClock().Steady() - begin;
  if (source.code != 0) std::fprintf(stderr, "smtp-source: %s\n", source.err.c_str());
  std::printf("%-40s %6.0f messages/s by the clock\n", "smtp-source, the same smtp-sink",
              messages / took.count());
  return messages / took.count();
}

// Goals of the engine: 5 000 messages a second for each core in clear, 3 000 with TLS.
void OnTheWire(Setup setup) {
  const Certificates certificates;
  const BenchSink clear(""), tls(certificates.good);
  using Kind = crypto::SigningKey::Kind;
  const DkimKey rsa{"client.test", "rsa", crypto::SigningKey::Generate(Kind::kRsa)};
  const DkimKey ed{"client.test", "ed", crypto::SigningKey::Generate(Kind::kEd25519)};
  const DkimKeys both({rsa, ed}), small({ed});
  setup.port = clear.port();
  Report("in clear", setup, 5000, &clear);
  setup.port = tls.port();
  setup.ca_file = certificates.ca;
  Report("TLS", setup, 3000, &tls);
  setup.messages /= 4;
  setup.keys = &small;
  Report("TLS, DKIM by Ed25519 alone", setup, 0, &tls);
  setup.keys = &both;
  Report("TLS, DKIM by RSA and Ed25519", setup, 0, &tls);
  setup.port = clear.port();
  setup.ca_file.clear();
  Report("in clear, DKIM by RSA and Ed25519", setup, 0, &clear);
}

int AgainstPostfix(Setup setup) {
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
  setup.port = port;
  const double reuse = Report("smtp-sink, 100 messages a session", setup, 0);
  Setup small = setup;
  small.messages /= 4;
  small.transactions_max = 1;
  Report("smtp-sink, a session each", small, 0);
  small.transactions_max = small.messages;
  small.sessions = 1;
  Report("smtp-sink, one session at all", small, 0);
  const double source = Source(port, setup.messages, setup.sessions, setup.message.size());
  std::printf("ratio to smtp-source, by the clock: %.2f\n", reuse / source);
  return 0;
}

int Main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  Setup setup;
  setup.messages = argc > 1 ? std::atoi(argv[1]) : 20'000;
  setup.sessions = argc > 2 ? std::atoi(argv[2]) : 20;
  const size_t bytes = argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 4096;
  setup.message = "From: a@client.test\r\nTo: someone@example.test\r\nSubject: bench\r\n\r\n";
  while (setup.message.size() < bytes) setup.message += std::string(76, 'x') + "\r\n";
  double load[1] = {0};
  getloadavg(load, 1);
  std::printf("%d messages of %zu bytes, %d sessions, medians of %d runs; load average %.1f\n",
              setup.messages, setup.message.size(), setup.sessions, kRuns, load[0]);
  OnTheWire(setup);
  return AgainstPostfix(setup);
}

}  // namespace
}  // namespace posthaste::smtp

int main(int argc, char** argv) { return posthaste::smtp::Main(argc, argv); }
