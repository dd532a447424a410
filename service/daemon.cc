#include "service/daemon.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <future>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/metrics.h"
#include "service/config/load.h"
#include "service/console/calls.h"
#include "service/daemon_state.h"
#include "service/ops/pages.h"
#include "service/ops/process_metrics.h"
#include "service/ops/queue_metrics.h"
#include "service/queue/install.h"
#include "service/queue/stats.h"
#include "service/reload.h"

namespace posthaste {
namespace {

constexpr absl::Duration kStatsEvery = absl::Seconds(5);
constexpr absl::Duration kUpkeepEvery = absl::Minutes(1);
constexpr absl::Duration kReadyRetry = absl::Seconds(1);
constexpr size_t kCompilesMax = 64;  // Sets of templates that wait to be compiled.

std::string Text(const absl::Status& status) {
  return std::string(status.message().data(), status.message().size());
}

const absl::flat_hash_map<std::string, smtp::Route> kNoRoutes;

// Calls are refused while sending is held, or codes wait too long. A worker reads the holds itself.
Task<void> Look(queue::Store* store, bool worker) {
  if (!worker) (co_await store->holds().Refresh()).IgnoreError();  // What was known stays.
  (co_await store->code_waits().Refresh()).IgnoreError();
}

}  // namespace

absl::Status Daemon::Impl::MakeFirst() {
  compilers = std::make_unique<WorkPool>(1, kCompilesMax);
  if (roles.worker) signers = SignersOf(config);
  auto made = MakeParts(config, roles.worker, {compilers.get(), signers.get()});
  if (!made.ok()) return made.status();
  shown = parts = *std::move(made);
  return absl::OkStatus();
}

absl::Status Daemon::Impl::MakeLoops(const redis::ClientOptions& redis) {
  for (int i = 0; i < config.worker().loops(); ++i) {
    threads.push_back(std::make_unique<LoopThread>());
    absl::StatusOr<std::unique_ptr<queue::Store>> store =
        queue::Store::Make(threads.back()->loop(), redis, config.redis().shards());
    if (!store.ok()) return store.status();
    threads.back()->store = *std::move(store);
  }
  connected = std::make_unique<std::atomic<bool>[]>(threads.size());
  held = std::make_unique<std::atomic<int>[]>(threads.size());
  return absl::OkStatus();
}

// Each loop works on every n-th shard, so that two loops of a process never ask for the same jobs.
absl::Status Daemon::Impl::MakeWorkers() {
  absl::StatusOr<std::unique_ptr<smtp::Dns>> resolver = DnsOf(config, threads[0]->loop());
  if (!resolver.ok()) return resolver.status();
  dns = *std::move(resolver);
  const auto sites = std::make_shared<smtp::Sites>(SystemClock());
  for (size_t i = 0; i < threads.size(); ++i) {
    LoopThread& thread = *threads[i];
    std::vector<int> shards;
    for (int shard = static_cast<int>(i); shard < config.redis().shards();
         shard += static_cast<int>(threads.size())) {
      shards.push_back(shard);
    }
    thread.sender = std::make_unique<smtp::Sender>(thread.loop(), SystemClock(),
                                                   smtp::TcpDialers(thread.loop()));
    thread.sender->set_exchangers(ExchangersOf(config, dns.get(), thread.loop(), sites));
    thread.worker = std::make_unique<worker::Worker>(thread.loop(), *thread.store, *thread.sender,
                                                     parts->worker, std::move(shards));
    thread.webhooks = std::make_unique<webhooks::Webhooks>(
        thread.loop(), *thread.store, webhooks::ShareOf(parts->webhooks, i, threads.size()),
        webhooks::TcpDialers(thread.loop()));
  }
  return absl::OkStatus();
}

void Daemon::Impl::MakeSnapshots() {
  std::vector<api::Snapshots::Place> places;
  for (const std::unique_ptr<LoopThread>& thread : threads)
    places.push_back({&thread->loop(), thread->store.get(), thread->sender.get()});
  snapshots = std::make_unique<api::Snapshots>(std::move(places), parts->snapshot);
  following = std::make_shared<Following>(snapshots->Now());
}

absl::Status Daemon::Impl::MakeWaker(const redis::ClientOptions& redis) {
  const auto wake = [this](int shard) {
    LoopThread& thread = *threads[static_cast<size_t>(shard) % threads.size()];
    asio::post(thread.loop(), [worker = thread.worker.get(), shard] { worker->Wake(shard); });
  };
  absl::StatusOr<std::unique_ptr<queue::Waker>> made =
      queue::Waker::Make(threads[0]->loop(), redis, threads[0]->store->keys(), wake);
  if (!made.ok()) return made.status();
  waker = *std::move(made);
  return absl::OkStatus();
}

absl::Status Daemon::Impl::Listen() {
  const auto pages = [this](ops::Request request) { return Answer(std::move(request)); };
  if (config.ops().has_tls()) {
    absl::StatusOr<std::shared_ptr<ops::Tls>> tls = ops::Tls::Make(config.ops().tls());
    if (!tls.ok()) return tls.status();
    ops_tls = *std::move(tls);
  }
  absl::StatusOr<std::unique_ptr<ops::Http>> listener =
      ops::Http::Start(threads[0]->loop(), config.ops().address(), pages, ops_tls);
  if (!listener.ok()) return listener.status();
  http = *std::move(listener);
  if (!roles.api) return absl::OkStatus();
  bridge = std::make_unique<api::Bridge>(*snapshots);
  bridge->SetStoreReady(false);
  absl::StatusOr<std::unique_ptr<api::Server>> started = api::Server::Start(config.grpc(), *bridge);
  if (!started.ok()) return started.status();
  server = *std::move(started);
  return absl::OkStatus();
}

void Daemon::Impl::MakeConsole(ops::ConsoleParts parts) {
  LoopThread& first = *threads[0];
  parts.version = PH_VERSION;
  reporter = std::make_unique<delivery::Reporter>(
      *first.store, roles.worker ? shown->worker->routes : kNoRoutes, [this] { return HeldJobs(); },
      Slots(), SystemClock());
  now = std::make_unique<console::NowSource>(
      *first.store, *reporter, [this] { return RedisTrouble(); }, SystemClock());
  parts.now = [this] { return now->Tell(); };
  console::AddCalls(*snapshots, parts);
  pages =
      std::make_unique<ops::Console>(first.loop(), std::move(parts), SystemClock(), SystemRandom());
}

Task<ops::Page> Daemon::Impl::Answer(ops::Request request) {
  if (ops::Console::Owns(request.path)) co_return co_await pages->Answer(std::move(request));
  std::vector<ops::NotReady> not_ready;
  const absl::Status redis = readiness.redis();
  if (!redis.ok()) not_ready.push_back({"redis", Text(redis)});
  co_return ops::Answer(request, not_ready, shown->jwks);
}

void Daemon::Impl::AskLoops() {
  for (size_t i = 0; i < threads.size(); ++i) {
    LoopThread& thread = *threads[i];
    asio::post(thread.loop(), [&thread, &flag = connected[i], &jobs = held[i]] {
      flag = thread.store->client().ready();
      jobs = thread.worker == nullptr ? 0 : thread.worker->held();
      const bool worker = thread.worker != nullptr;
      if (flag) asio::co_spawn(thread.loop(), Look(thread.store.get(), worker), asio::detached);
    });
  }
}

absl::Status Daemon::Impl::AllConnected() const {
  for (size_t i = 0; i < threads.size(); ++i) {
    if (!connected[i])
      return absl::UnavailableError(absl::StrCat("loop ", i, " has no connection yet"));
  }
  return absl::OkStatus();
}

// Redis is there for every loop, strong enough, and ours.
Task<absl::Status> Daemon::Impl::Prove() {
  redis::Client& client = threads[0]->store->client();
  const absl::Status reached = co_await client.WaitReady(kReadyRetry);
  if (!reached.ok()) {
    // What the loops said before it went is no answer about what comes back.
    for (size_t i = 0; i < threads.size(); ++i) connected[i] = false;
    co_return reached;
  }
  AskLoops();
  const absl::StatusOr<redis::ServerSettings> settings = co_await redis::ReadSettings(client);
  if (!settings.ok()) co_return settings.status();
  if (redis::IsHere(client.options())) redis_disk.SetFolder(settings->folder);
  const absl::Status strong = redis::CheckDurability(DurabilityOf(config.redis()), *settings);
  if (!strong.ok()) co_return strong;
  const absl::Status ours = co_await queue::Install(client, config.redis().shards(),
                                                    shown->snapshot->shared().hash_key.Reveal());
  if (!ours.ok()) co_return ours;
  if (roles.api) {
    const std::shared_ptr<Following> now_followed = following;
    const absl::Status looked = co_await now_followed->follower.Look();
    if (!looked.ok()) co_return looked;
  }
  co_return AllConnected();
}

// A Redis that its full disk has ended, or that takes nothing for it: with the disk named.
absl::Status Daemon::Impl::WithDisk(const absl::Status& proved) {
  // What is set up wrongly is no matter of room.
  if (proved.ok() || proved.code() == absl::StatusCode::kFailedPrecondition) return proved;
  const std::string blame = redis_disk.Blame();
  if (blame.empty()) return proved;
  return absl::Status(proved.code(), absl::StrCat(Text(proved), "; ", blame));
}

// "" if there is none. For who looks: between two of its ends such a Redis seems to be well.
std::string Daemon::Impl::RedisTrouble() {
  const absl::Status redis = readiness.redis();
  return redis.ok() ? redis_disk.Lingering() : Text(redis);
}

// Waits for Redis, starts the work, and from then on tells whether Redis is there.
Task<void> Daemon::Impl::Watch() {
  bool begun = false;
  while (!stopping) {
    const absl::Status found = co_await Prove();
    const absl::Status proved = WithDisk(found);
    if (stopping) break;
    if (proved.ok() && !begun) Begin();
    begun |= proved.ok();
    if (proved.ok() != readiness.redis().ok()) {
      const std::string why = Text(proved);
      log::Emit(proved.ok() ? log::Level::kInfo : log::Level::kWarning,
                proved.ok() ? "ready" : "not_ready", {{"why", std::string_view(why)}});
    }
    // Once it was good, a Redis that was set up otherwise makes us wait, not end.
    readiness.Set(begun && !proved.ok() ? absl::UnavailableError(Text(proved)) : proved);
    if (bridge != nullptr) bridge->SetStoreReady(proved.ok());
    if (server != nullptr) server->SetServing(proved.ok());
    co_await watch_pause->Wait(kReadyRetry);
  }
}

void Daemon::Impl::Begin() {
  const bool relaxed = DurabilityOf(config.redis()) == redis::Durability::kRelaxed;
  metrics::GetGauge("posthaste_durability_level",
                    "What OK means: 1 = written to Redis' disk, 0 = in Redis' memory.")
      .Set(relaxed ? 0 : 1);
  ShowCertificates(config);
  ShowKeys(config.keys());
  log::Emit(log::Level::kInfo, "durability",
            {{"level", relaxed ? std::string_view("relaxed") : std::string_view("local")}});
  for (const std::unique_ptr<LoopThread>& thread : threads) {
    if (thread->worker == nullptr) continue;
    asio::post(thread->loop(), [&thread = *thread] {
      thread.worker->Start();
      thread.webhooks->Start();
    });
  }
  asio::co_spawn(threads[0]->loop(), Count(), asio::detached);
}

// The queue's gauges, what other processes are told, and housekeeping.
Task<void> Daemon::Impl::Count() {
  queue::Store& store = *threads[0]->store;
  queue::Housekeeping& housekeeping = store.housekeeping();
  for (int turn = 0; !stopping; ++turn) {
    const absl::StatusOr<queue::Stats> stats = co_await housekeeping.StatsNow();
    if (stats.ok()) ops::Show(*stats);
    ops::ShowHolds(store.holds().holds(), store.clock().Now());
    ops::ShowSlots(HeldJobs(), Slots());
    ops::ShowLog();
    co_await reporter->Tell();
    if (turn % (kUpkeepEvery / kStatsEvery) == 0) {
      for (int shard = 0; shard < config.redis().shards(); ++shard) {
        const auto done = co_await housekeeping.Upkeep(shard);
        if (!done.ok()) break;
        ops::CountCut(done->events_lost);
      }
    }
    co_await count_pause->Wait(kStatsEvery);
  }
}

// From here on nobody says that we serve.
Task<void> Daemon::Impl::BeginStop() {
  stopping = true;
  pages->Stop();
  watch_pause->Notify();
  count_pause->Notify();
  co_return;
}

absl::StatusOr<std::unique_ptr<Daemon>> Daemon::Start(const config::v1::Config& config, Roles roles,
                                                      ops::ConsoleParts console) {
  auto impl = std::make_unique<Impl>();
  impl->config = config;
  impl->roles = roles;
  if (absl::Status status = impl->MakeFirst(); !status.ok()) return status;
  const absl::StatusOr<redis::ClientOptions> redis = RedisOptionsOf(config.redis());
  if (!redis.ok()) return redis.status();
  if (absl::Status status = impl->MakeLoops(*redis); !status.ok()) return status;
  if (roles.worker) {
    if (absl::Status status = impl->MakeWorkers(); !status.ok()) return status;
    if (absl::Status status = impl->MakeWaker(*redis); !status.ok()) return status;
  }
  impl->MakeSnapshots();
  impl->MakeConsole(std::move(console));
  if (absl::Status status = impl->Listen(); !status.ok()) return status;
  for (const std::unique_ptr<LoopThread>& thread : impl->threads) thread->Run();
  metrics::GetGauge("posthaste_build_info", "Always 1; the label tells the version.",
                    {{"version", PH_VERSION}})
      .Set(1);
  impl->watch_pause = std::make_unique<Signal>(impl->threads[0]->loop());
  impl->count_pause = std::make_unique<Signal>(impl->threads[0]->loop());
  asio::co_spawn(impl->threads[0]->loop(), impl->Watch(), asio::detached);
  return std::unique_ptr<Daemon>(new Daemon(std::move(impl)));
}

Daemon::Daemon(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Daemon::~Daemon() { Stop(); }

absl::Status Daemon::WaitReady(absl::Duration limit) { return impl_->readiness.Wait(limit); }
absl::Status Daemon::fatal() const { return impl_->readiness.fatal(); }
std::string Daemon::grpc_address() const {
  return impl_->server == nullptr ? "" : impl_->server->address();
}
std::string Daemon::ops_address() const { return impl_->http->address(); }

void Daemon::Stop() {
  if (std::exchange(impl_->stopped, true)) return;
  log::Emit(log::Level::kInfo, "stopping", {});
  impl_->threads[0]->Await(impl_->BeginStop());
  // All at once: while one finishes what it holds, the others must not go on claiming, and the
  // grace is everybody's.
  std::vector<std::future<void>> stops;
  for (const std::unique_ptr<LoopThread>& thread : impl_->threads) {
    if (thread->worker == nullptr) continue;
    stops.push_back(thread->Begin(thread->worker->Stop()));
    stops.push_back(thread->Begin(thread->webhooks->Stop()));
  }
  if (impl_->server != nullptr)
    impl_->server->Stop(config::ToDuration(impl_->parts->config.worker().grace()));
  for (const std::future<void>& stop : stops) stop.wait();
  if (impl_->signers != nullptr) impl_->signers->Stop();
  impl_->compilers->Stop();
  impl_->http.reset();
  asio::post(impl_->threads[0]->loop(), [impl = impl_.get()] { impl->waker.reset(); });
  for (const std::unique_ptr<LoopThread>& thread : impl_->threads) thread->Join();
  log::Emit(log::Level::kInfo, "stopped", {});
}

}  // namespace posthaste
