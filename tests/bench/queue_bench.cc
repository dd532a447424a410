// How many jobs a second one Redis takes through their life: a raw record in, claim, fence, settle.
//
// No mail, no sealing, no gRPC: this is the queue's own ceiling. Prints jobs per second and the CPU
// time that redis-server and this process spend on each, for both durability levels.
//   queue_bench [jobs] [batch] [loops in flight]

#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <boost/asio/co_spawn.hpp>

#include "service/queue/ids.h"
#include "service/queue/leases.h"
#include "service/queue/scripts.h"
#include "tests/support/redis_server.h"
#include "tests/support/run_task.h"

namespace posthaste::queue {
namespace {

constexpr int kShards = 16;

struct Bench {
  Loop loop;
  const Keys keys{kShards};
  std::unique_ptr<redis::Client> client;
  ServerClock clock{SystemClock()};
  std::unique_ptr<Leases> leases;
  int jobs = 0, batch = 0;
  int admitted = 0, settled = 0, running = 0;
};

double CpuSeconds(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::string skip;
  for (int i = 0; i < 11; ++i) fields >> skip;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

std::string SomeRecord(const std::string& id, int64_t now_ms) {
  Record record;
  record.head.create_ms = now_ms;
  record.head.deadline_ms = now_ms + 600'000;
  record.facts.set_tenant("acme");
  record.facts.set_template_name("verification_code");
  record.facts.set_template_revision(std::string(32, 'r'));
  record.facts.set_locale("en");
  record.facts.set_masked_recipient("j***@example.com");
  record.facts.set_mailbox_hash(std::string(16, 'h'));
  record.live.set_skeleton(std::string(12, 's'));
  record.sealed = std::string(600, 'x');
  return Encode(record, id);
}

// One strand of the load: a batch in, then its claim, fences and settlement, in a shard of its
// turn.
Task<void> Strand(Bench* b, int first_shard) {
  int shard = first_shard;
  while (b->settled < b->jobs) {
    shard = (shard + 1) % kShards;
    const int64_t now_ms = b->clock.NowMillis();
    std::vector<redis::Pending> pending;
    for (int i = 0; i < b->batch && b->admitted < b->jobs; ++i, ++b->admitted) {
      const std::string id = NewId('m', shard, FromMillis(now_ms), SystemRandom());
      Score score;
      score.visible_ms = now_ms;
      redis::Command set("SET", b->keys.Message(shard, id), SomeRecord(id, now_ms));
      redis::Command add("ZADD", b->keys.Lane(shard, MailClass::kCode, ""), Pack(score), id);
      pending.push_back(b->client->Start(std::move(set)));
      pending.push_back(b->client->Start(std::move(add)));
    }
    for (redis::Pending& one : pending) {
      const absl::StatusOr<redis::Reply> reply = co_await one.Wait();
      if (!reply.ok()) std::abort();
    }
    absl::StatusOr<ClaimAnswer> claimed =
        co_await b->leases->Claim(shard, MailClass::kCode, b->batch, false);
    if (!claimed.ok()) std::abort();
    std::vector<FenceCall> fences;
    for (const LeasedJob& job : claimed->jobs) fences.push_back(b->leases->StartFence(job.lease));
    std::vector<Settlement> settlements;
    for (size_t i = 0; i < fences.size(); ++i) {
      const absl::StatusOr<Fenced> fenced = co_await fences[i].Wait();
      if (!fenced.ok() || *fenced != Fenced::kPass) std::abort();
      Settlement& end = settlements.emplace_back();
      end.lease = claimed->jobs[i].lease;
      end.kind = Settlement::Kind::kEnd;
      end.state = v1::Message::ACCEPTED;
      end.attempts = 1;
      end.result.set_relay("relay-1");
      end.result.set_last_reply("250 2.0.0 Ok: queued as 4XyZ0123456789ab");
      store::v1::AttemptRecord& attempt = end.attempt_records.emplace_back();
      attempt.set_number(1);
      attempt.set_transcript(std::string(600, 't'));
    }
    if (settlements.empty()) continue;
    const int count = static_cast<int>(settlements.size());
    const auto answer = co_await b->leases->Settle(std::move(settlements));
    if (!answer.ok()) std::abort();
    b->settled += count;
  }
}

void Measure(const std::string& fsync, int jobs, int batch, int strands) {
  RedisServer server(RedisOptions{.appendfsync = fsync});
  Bench bench;
  redis::ClientOptions options;
  options.unix_path = server.socket();
  bench.client = redis::Client::Make(bench.loop, options).value();
  RegisterScripts(*bench.client);
  if (!RunTask(bench.loop, bench.client->WaitReady(absl::Seconds(5))).ok()) std::abort();
  bench.leases = std::make_unique<Leases>(*bench.client, bench.keys, bench.clock);
  bench.jobs = jobs;
  bench.batch = batch;
  const double redis_before = CpuSeconds(server.pid()), own_before = CpuSeconds(getpid());
  const SteadyTime start = SystemClock().Steady();
  for (int i = 0; i < strands; ++i) {
    ++bench.running;
    asio::co_spawn(bench.loop, Strand(&bench, i), [&bench](std::exception_ptr) {
      if (--bench.running == 0) bench.loop.stop();
    });
  }
  bench.loop.restart();
  bench.loop.run();
  const double seconds = std::chrono::duration<double>(SystemClock().Steady() - start).count();
  std::printf(
      "appendfsync %-8s batch %3d strands %3d: %7.0f jobs/s, redis %5.1f us/job, client %5.1f "
      "us/job\n",
      fsync.c_str(), batch, strands, bench.settled / seconds,
      (CpuSeconds(server.pid()) - redis_before) / bench.settled * 1e6,
      (CpuSeconds(getpid()) - own_before) / bench.settled * 1e6);
}

}  // namespace
}  // namespace posthaste::queue

int main(int argc, char** argv) {
  const int jobs = argc > 1 ? std::atoi(argv[1]) : 30'000;
  const int batch = argc > 2 ? std::atoi(argv[2]) : 16;
  const int strands = argc > 3 ? std::atoi(argv[3]) : 16;
  for (const char* fsync : {"always", "everysec"}) {
    posthaste::queue::Measure(fsync, jobs, batch, strands);
  }
}
