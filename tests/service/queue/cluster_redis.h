// A Redis that is a cluster of one node, with all slots: a script that touches keys of two slots,
// or keys that it did not declare, fails there.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "tests/support/poll.h"
#include "tests/support/process.h"
#include "tests/support/redis_server.h"

namespace posthaste::queue {

inline RedisServer& ClusterRedis() {
  static RedisServer server([] {
    RedisOptions options;
    options.appendfsync = "";
    options.tcp = true;
    // By default the bus takes the port 10 000 above, which may not exist.
    options.arguments = {
        "--cluster-enabled",           "yes", "--cluster-port", std::to_string(FreePort()),
        "--cluster-announce-bus-port", "1"};
    return options;
  }());
  static const bool whole = [] {
    server.Call({"CLUSTER", "ADDSLOTSRANGE", "0", "16383"});
    return PollUntil(absl::Seconds(10), [] {
      return server.Call({"CLUSTER", "INFO"}).find("cluster_state:ok") != std::string::npos;
    });
  }();
  EXPECT_TRUE(whole);
  return server;
}

}  // namespace posthaste::queue
