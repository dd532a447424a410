// The whole service as an operator runs it, for tests on bad days: a real redis-server, `posthaste
// serve` as processes of their own, and a caller over gRPC.
#pragma once

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "google/rpc/status.pb.h"
#include "posthaste/v1/message_service.grpc.pb.h"
#include "posthaste/v1/notification_service.grpc.pb.h"
#include "posthaste/v1/verification_service.grpc.pb.h"
#include "tests/support/fault_proxy.h"
#include "tests/support/process.h"
#include "tests/support/redis_server.h"
#include "tests/support/temp.h"

namespace posthaste {

// One caller. Thread-safe.
class Caller {
 public:
  // The key "tester" is of the tenant acme, the key "solo" of the tenant solo.
  explicit Caller(const std::string& address, const std::string& key = "tester");

  // Each waits at most `limit`, also for a server that is not there yet.
  void set_limit(absl::Duration limit) { limit_ = limit; }

  grpc::Status SendCode(const std::string& recipient, const std::string& request_id,
                        v1::Verification* answer, absl::Duration ttl = absl::Minutes(30)) const;
  grpc::Status SendNotice(const std::string& recipient, const std::string& request_id,
                          v1::Message* answer) const;
  // A welcome with `file` attached.
  grpc::Status SendLetter(const std::string& recipient, const std::string& request_id,
                          const std::string& file, v1::Message* answer) const;
  grpc::Status Get(const std::string& id, v1::Message* answer) const;
  grpc::Status Attempts(const std::string& id, v1::ListAttemptsResponse* answer) const;
  grpc::Status Cancel(const std::string& id, v1::Message* answer) const;

  // Of the standard health service: "SERVING", "NOT_SERVING", or "" if nobody answers.
  std::string Health() const;

  // Follows it until the stream ends: each status that was told, in order. Blocks.
  std::vector<std::string> WatchHealth(absl::Duration limit) const;

 private:
  template <typename Stub, typename Request, typename Answer>
  grpc::Status Call(Stub& stub,
                    grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Answer*),
                    const Request& request, Answer* answer) const;

  absl::Duration limit_ = absl::Seconds(10);
  const std::string key_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::VerificationService::Stub> verifications_;
  std::unique_ptr<v1::NotificationService::Stub> notifications_;
  std::unique_ptr<v1::MessageService::Stub> messages_;
};

// Where an error says how long to wait (google.rpc.RetryInfo); nothing if it does not.
std::optional<absl::Duration> RetryDelay(const grpc::Status& status);

struct ServiceOptions {
  RedisOptions redis;
  std::vector<uint16_t> relays;  // In order of preference; the tenant solo has only the first.
  std::vector<std::string> relay_settings;  // More of each relay, as YAML flow: "idle: 1s".
  std::string relay_hosts = "127.0.0.1";
  bool relaxed = false;        // Durability.
  std::string redis_settings;  // More of "redis:", as YAML flow: "shards: 8".
  std::string worker = "loops: 2, grace: 5s";
  std::string codes;                     // Of "codes:", as YAML flow.
  std::string more;                      // More blocks of the configuration.
  std::string tenant;                    // More of the tenants, as YAML flow.
  bool redis_proxy = false;              // A FaultProxy between the service and Redis.
  std::vector<std::string> environment;  // Of the service's processes.
};

class LedgerService {
 public:
  explicit LedgerService(ServiceOptions options);

  // Starts `posthaste serve --role=ROLE` with this installation's configuration, or with `config`.
  // One that is only a worker has its operators' page elsewhere.
  std::unique_ptr<Process> Serve(const std::string& role, const std::string& config = "") const;

  // Writes the configuration with another "redis:" block and perhaps another folder of keys.
  std::string WriteConfig(const std::string& name, const std::string& redis,
                          const std::string& keys = "") const;
  // The YAML of a fresh set of keys.
  std::string MakeKeys(const std::string& folder) const;

  RedisServer& redis() { return *redis_; }
  FaultProxy& proxy() { return *proxy_; }  // REQUIRES: `redis_proxy`.
  std::string redis_block() const;
  const std::string& address() const { return address_; }  // gRPC.
  const TempDir& dir() const { return dir_; }

  // The operators' page, "STATUS\nBODY"; "" if nobody answers.
  std::string Page(const std::string& path) const;

 private:
  std::string Yaml(const std::string& redis, const std::string& keys, uint16_t ops_port) const;
  std::string TenantYaml(const std::string& id, const std::string& key,
                         const std::string& relays) const;

  const ServiceOptions options_;
  const TempDir dir_;
  const uint16_t ops_port_;
  const std::string address_;
  std::string keys_, config_, worker_config_;
  std::unique_ptr<RedisServer> redis_;
  std::unique_ptr<FaultProxy> proxy_;
};

// As long as it takes, at most `limit`, for `caller` to be served.
bool WaitServing(const Caller& caller, absl::Duration limit = absl::Seconds(30));

bool Terminal(v1::Message::State state);

// Asks until the message is in `state` or the limit has passed; the last answer.
v1::Message WaitFor(const Caller& caller, const std::string& id, v1::Message::State state,
                    absl::Duration limit = absl::Seconds(20));

}  // namespace posthaste
