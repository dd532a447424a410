// What the tests of leases, messages, events and figures share: a private Redis whose clock they
// move, and workers that each have a connection.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "service/queue/ids.h"
#include "service/queue/leases.h"
#include "service/queue/messages.h"
#include "service/queue/scripts.h"
#include "service/queue/server_clock.h"
#include "service/queue/stats.h"
#include "service/queue/verification_record.h"
#include "tests/service/redis/harness.h"
#include "tests/support/fake_random.h"

namespace posthaste::queue {

// A connection and all that the queue does over it.
struct Peer {
  Peer(Loop& loop, const RedisServer& server, const Keys& keys)
      : client(redis::NewClient(loop, redis::UnixOptions(server))),
        clock(SystemClock()),
        leases(*client, keys, clock),
        messages(*client, keys, clock),
        housekeeping(*client, keys, clock) {
    RegisterScripts(*client);
    const absl::Status ready = RunTask(loop, client->WaitReady(redis::kPatience));
    if (!ready.ok()) throw std::runtime_error(ready.ToString());
  }

  std::unique_ptr<redis::Client> client;
  ServerClock clock;
  Leases leases;
  Messages messages;
  Housekeeping housekeeping;
};

struct JobOptions {
  std::string tenant = "acme";
  MailClass mail_class = MailClass::kCode;
  int shard = 0;
  absl::Duration delay;  // Until it is visible.
  absl::Duration deadline = absl::Minutes(10);
  std::string sealed = "sealed mail";
  store::v1::Facts facts;  // The tenant is filled in.
  store::v1::LiveFacts live;
  uint8_t flags = 0;
};

class LeaseTest : public ::testing::Test {
 protected:
  static constexpr int kShards = 4;

  LeaseTest() : keys_(kShards), peer_(loop_, Server(), keys_) { Server().Call({"FLUSHALL"}); }

  // One server for the binary; its clock only ever goes forward.
  static RedisServer& Server() {
    static RedisServer server{RedisOptions{.appendfsync = "", .movable_clock = true}};
    return server;
  }

  template <typename T>
  T Run(Task<T> task, std::chrono::milliseconds limit = std::chrono::seconds(60)) {
    return RunTask(loop_, std::move(task), limit);
  }

  int64_t RedisNow() {
    const std::string time = Server().Call({"TIME"});
    const size_t at = time.find('\n');
    return std::stoll(time.substr(0, at)) * 1000 + std::stoll(time.substr(at + 1)) / 1000;
  }

  // A message as admit leaves it; its id.
  std::string AddJob(const JobOptions& options = {}) { return AddJobs(options, 1).front(); }

  std::vector<std::string> AddJobs(const JobOptions& options, int count) {
    const int64_t now_ms = RedisNow();
    std::vector<std::string> ids;
    std::vector<redis::Pending> pending;
    for (int i = 0; i < count; ++i) {
      ids.push_back(NewId('m', options.shard, FromMillis(now_ms), random_));
      Record record;
      record.head.mail_class = options.mail_class;
      record.head.flags = options.flags;
      record.head.create_ms = now_ms;
      record.head.deadline_ms = now_ms + absl::ToInt64Milliseconds(options.deadline);
      record.facts = options.facts;
      record.facts.set_tenant(options.tenant);
      record.live = options.live;
      record.sealed = options.sealed;
      redis::Client& client = *peer_.client;
      pending.push_back(client.Start(redis::Command("SET", keys_.Message(options.shard, ids.back()),
                                                    Encode(record, ids.back()))));
      Score score;
      score.visible_ms = now_ms + absl::ToInt64Milliseconds(options.delay);
      const std::string lane = keys_.Lane(options.shard, options.mail_class, options.tenant);
      pending.push_back(client.Start(redis::Command("ZADD", lane, Pack(score), ids.back())));
      if (options.mail_class != MailClass::kCode) {
        pending.push_back(
            client.Start(redis::Command("ZADD", keys_.Ring(options.shard, options.mail_class), "LT",
                                        score.visible_ms * 1000, options.tenant)));
      }
      if (pending.size() > 1000) Drain(pending);
    }
    Drain(pending);
    return ids;
  }

  void Drain(std::vector<redis::Pending>& pending) {
    for (redis::Pending& one : pending) {
      if (!RunTask(loop_, one.Wait()).ok()) throw std::runtime_error("redis is away");
    }
    pending.clear();
  }

  std::vector<LeasedJob> Claim(int max = 1, MailClass first = MailClass::kCode, int shard = 0) {
    return Claim(peer_, max, first, shard);
  }
  std::vector<LeasedJob> Claim(Peer& peer, int max, MailClass first = MailClass::kCode,
                               int shard = 0) {
    absl::StatusOr<ClaimAnswer> answer = Run(peer.leases.Claim(shard, first, max, false));
    if (!answer.ok()) throw std::runtime_error(answer.status().ToString());
    return std::move(answer->jobs);
  }
  LeasedJob ClaimOne() {
    std::vector<LeasedJob> jobs = Claim();
    if (jobs.size() != 1) throw std::runtime_error("there is no job to claim");
    return std::move(jobs.front());
  }

  Fenced Fence(const Lease& lease) { return Run(peer_.leases.StartFence(lease).Wait()).value(); }

  Settled Settle(Settlement settlement) {
    std::vector<Settlement> batch(1, std::move(settlement));
    return Run(peer_.leases.Settle(std::move(batch))).value().front();
  }

  static Settlement End(const Lease& lease, State state) {
    Settlement settlement;
    settlement.lease = lease;
    settlement.kind = Settlement::Kind::kEnd;
    settlement.state = state;
    settlement.attempts = 1;
    return settlement;
  }
  Settlement Retry(const Lease& lease, absl::Duration delay = absl::ZeroDuration()) {
    Settlement settlement;
    settlement.lease = lease;
    settlement.kind = Settlement::Kind::kRetry;
    settlement.visible = FromMillis(RedisNow()) + delay;
    settlement.attempts = 1;
    return settlement;
  }
  Settlement Release(const Lease& lease) {
    Settlement settlement = Retry(lease);
    settlement.kind = Settlement::Kind::kRelease;
    settlement.attempts = 0;
    return settlement;
  }
  static Settlement Park(const Lease& lease) {
    Settlement settlement;
    settlement.lease = lease;
    settlement.kind = Settlement::Kind::kPark;
    return settlement;
  }

  MessageView View(const std::string& id, const std::string& tenant = "acme") {
    std::optional<MessageView> view = Run(peer_.messages.Get(tenant, id)).value();
    if (!view.has_value()) throw std::runtime_error("there is no message " + id);
    return *std::move(view);
  }

  // With its seal.
  Record Stored(const std::string& id, int shard = 0) {
    const absl::StatusOr<redis::Reply> reply =
        Run(peer_.client->Call(redis::Command("GET", keys_.Message(shard, id))));
    return Decode(reply.value().raw_text(), id).value();
  }

  void Store(const std::string& id, const Record& record, int shard = 0) {
    redis::Command set("SET", keys_.Message(shard, id), Encode(record, id), "KEEPTTL");
    if (!Run(peer_.client->Call(std::move(set))).ok()) throw std::runtime_error("redis is away");
  }

  // Makes `mail` the one that began a verification, whose newest mail is `newest`; its id.
  std::string BeginVerification(const std::string& mail, const std::string& newest,
                                v1::Verification_State state = v1::Verification::PENDING) {
    VerificationRecord verification;
    verification.id = VerificationIdOf(mail);
    verification.state = state;
    verification.message_id = newest;
    verification.revision = 4;
    verification.expire_ms = verification.end_ms = RedisNow() + 600'000;
    Record record = Stored(mail);
    record.verification = EncodeVerification(verification);
    Store(mail, record);
    return verification.id;
  }
  VerificationRecord Verification(const std::string& id) {
    return VerificationOf(Stored(FirstMailOf(id)), FirstMailOf(id)).value();
  }

  Loop loop_;
  const Keys keys_;
  FakeRandom random_;
  Peer peer_;
};

}  // namespace posthaste::queue
