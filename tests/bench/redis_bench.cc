// How fast one connection is: SET/s with 1, 32 and 256 commands in flight, and what encoding a
// command costs, ours and hiredis'.
//
//   redis_bench [seconds per figure]
//
// Starts a private redis-server without persistence on a Unix socket, so that the client is
// measured and not a disk.
#include <hiredis/hiredis.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "service/redis/client.h"
#include "tests/support/redis_server.h"
#include "tests/support/run_task.h"

namespace posthaste::redis {
namespace {

using Steady = std::chrono::steady_clock;

double Since(Steady::time_point start) {
  return std::chrono::duration<double>(Steady::now() - start).count();
}

struct Load {
  Steady::time_point end;
  uint64_t answered = 0;
  uint64_t failed = 0;
  int running = 0;
};

// One of the commands in flight: the next SET starts when the last one was answered.
Task<void> SetUntilTheEnd(Client& client, Load& load, int number) {
  const std::string key = "bench:" + std::to_string(number);
  const std::string value(100, 'v');
  while (Steady::now() < load.end) {
    const absl::StatusOr<Reply> reply = co_await client.Call(Command("SET", key, value));
    ++(reply.ok() && !reply->IsError() ? load.answered : load.failed);
  }
  --load.running;
}

double SetsPerSecond(Loop& loop, Client& client, int in_flight, double seconds) {
  const auto start = Steady::now();
  Load load;
  load.end =
      start + std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(seconds));
  load.running = in_flight;
  for (int i = 0; i < in_flight; ++i) {
    asio::co_spawn(loop, SetUntilTheEnd(client, load, i), asio::detached);
  }
  loop.restart();
  while (load.running > 0) loop.run_one();
  if (load.failed > 0)
    std::printf("%lu commands failed\n", static_cast<unsigned long>(load.failed));
  return static_cast<double>(load.answered) / Since(start);
}

constexpr int kEncodings = 1'000'000;

double OurNanoseconds() {
  const std::string value(100, 'v');
  std::string out;
  const auto start = Steady::now();
  for (int i = 0; i < kEncodings; ++i) {
    out.clear();
    Command("SET", "bench:1", value).AppendTo(out);
  }
  return Since(start) / kEncodings * 1e9;
}

double HiredisNanoseconds() {
  const std::string value(100, 'v');
  std::string out;
  const auto start = Steady::now();
  for (int i = 0; i < kEncodings; ++i) {
    const char* words[] = {"SET", "bench:1", value.data()};
    const size_t sizes[] = {3, 7, value.size()};
    char* encoded = nullptr;
    const int size = redisFormatCommandArgv(&encoded, 3, words, sizes);
    out.assign(encoded, static_cast<size_t>(size));
    redisFreeCommand(encoded);
  }
  return Since(start) / kEncodings * 1e9;
}

int Main(double seconds) {
  RedisOptions server_options;
  server_options.appendfsync.clear();
  const RedisServer server(server_options);
  Loop loop;
  ClientOptions options;
  options.unix_path = server.socket();
  absl::StatusOr<std::unique_ptr<Client>> client = Client::Make(loop, options);
  if (!client.ok() || !RunTask(loop, (*client)->WaitReady(absl::Seconds(5))).ok()) return 1;
  for (const int in_flight : {1, 32, 256}) {
    std::printf("%4d in flight: %9.0f SET/s\n", in_flight,
                SetsPerSecond(loop, **client, in_flight, seconds));
  }
  std::printf("encode SET of 100 bytes: %.0f ns, redisFormatCommandArgv and copy: %.0f ns\n",
              OurNanoseconds(), HiredisNanoseconds());
  return 0;
}

}  // namespace
}  // namespace posthaste::redis

int main(int argc, char** argv) {
  return posthaste::redis::Main(argc > 1 ? std::atof(argv[1]) : 3.0);
}
