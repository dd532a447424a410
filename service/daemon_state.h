// What a daemon consists of. Private to daemon*.cc.
#pragma once

#include <atomic>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "base/signal.h"
#include "service/api/publications.h"
#include "service/api/server.h"
#include "service/console/now.h"
#include "service/daemon.h"
#include "service/delivery/reporter.h"
#include "service/loop_thread.h"
#include "service/ops/console/console.h"
#include "service/ops/http.h"
#include "service/ops/tls.h"
#include "service/parts.h"
#include "service/queue/waker.h"
#include "service/readiness.h"
#include "service/redis/disk.h"

namespace posthaste {

// What brings the publications onto the shelf of a snapshot.
struct Following {
  explicit Following(std::shared_ptr<api::InForce> into)
      : in_force(std::move(into)), follower(in_force->backends[0]) {}
  std::shared_ptr<api::InForce> in_force;
  api::PublicationFollower follower;
};

struct Daemon::Impl {
  config::v1::Config config;  // That of the start.
  Roles roles;
  // Of the last reload; for the thread that reloads.
  std::shared_ptr<const Parts> parts;
  std::unique_ptr<api::Snapshots> snapshots;
  std::unique_ptr<WorkPool> compilers;   // Of templates; ends before the loops that wait for it.
  std::shared_ptr<Following> following;  // On the first loop, as `shown` is.
  std::shared_ptr<const Parts> shown;
  Readiness readiness;
  redis::Disk redis_disk;  // On the first loop.
  std::vector<std::unique_ptr<LoopThread>> threads;
  std::unique_ptr<queue::Waker> waker;
  std::unique_ptr<api::Bridge> bridge;
  std::unique_ptr<api::Server> server;
  std::unique_ptr<delivery::Reporter> reporter;
  std::unique_ptr<console::NowSource> now;
  std::unique_ptr<ops::Console> pages;
  std::shared_ptr<ops::Tls> ops_tls;  // Null: in clear.
  std::unique_ptr<ops::Http> http;
  std::unique_ptr<smtp::Dns> dns;     // Null: no relay is direct.
  std::unique_ptr<WorkPool> signers;  // Ends before the loops that wait for it.
  // By loop: whether its Redis connection stood when it was last asked, and how many jobs it held.
  std::unique_ptr<std::atomic<bool>[]> connected;
  std::unique_ptr<std::atomic<int>[]> held;
  bool stopping = false;                             // On the first loop.
  std::unique_ptr<Signal> watch_pause, count_pause;  // Of Watch and Count; on the first loop.
  bool stopped = false;

  absl::Status MakeFirst();
  absl::Status MakeLoops(const redis::ClientOptions& redis);
  absl::Status MakeWorkers();
  void MakeSnapshots();
  Task<void> Follow(std::shared_ptr<Following> next, absl::Status* looked);
  Task<void> Show(std::shared_ptr<Following> next, std::shared_ptr<const Parts> made);
  absl::Status Listen();
  void MakeConsole(ops::ConsoleParts parts);
  absl::Status MakeWaker(const redis::ClientOptions& redis);
  void Begin();
  Task<void> Watch();
  Task<absl::Status> Prove();
  absl::Status WithDisk(const absl::Status& proved);
  std::string RedisTrouble();
  void AskLoops();
  absl::Status AllConnected() const;
  Task<void> Count();
  int HeldJobs() const { return std::accumulate(&held[0], &held[0] + threads.size(), 0); }
  // How many jobs this process can hold.
  int Slots() const {
    return roles.worker ? config.worker().slots() * static_cast<int>(threads.size()) : 0;
  }
  absl::Status Reload(const config::v1::Config& wanted);
  Task<void> BeginStop();
  Task<ops::Page> Answer(ops::Request request);
};

}  // namespace posthaste
