#include "service/redis/metrics.h"

#include <array>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"

namespace posthaste::redis {
namespace {

constexpr std::string_view kCommands[] = {
    "append", "auth",    "client", "config", "dbsize",  "del",      "eval",   "evalsha",
    "exists", "expire",  "get",    "hget",   "hgetall", "hmget",    "hset",   "incr",
    "info",   "lpush",   "lrange", "mget",   "mset",    "pexpire",  "ping",   "psetex",
    "pttl",   "publish", "scan",   "script", "set",     "spublish", "strlen", "time",
    "ttl",    "unlink",  "wait",   "xadd",   "xlen",    "xrange",   "xread",  "xrevrange",
    "xtrim",  "zadd",    "zcard",  "zcount", "zrange",  "zrem",     "zscore", "other"};

metrics::Histogram& Seconds(const std::string& label) {
  return metrics::GetHistogram("posthaste_redis_command_seconds",
                               "Time from the start of a Redis command to its answer.",
                               {{"command", label}}, metrics::CallBuckets());
}

using Table = absl::flat_hash_map<std::string, metrics::Histogram*>;

const Table& CommandTable() {
  static const Table table = [] {
    Table all;
    for (const std::string_view name : kCommands) {
      metrics::Histogram* const seconds = &Seconds(std::string(name));
      all.emplace(std::string(name), seconds);
      // Names are written in upper case all over the program: found without a conversion.
      all.emplace(absl::AsciiStrToUpper(std::string(name)), seconds);
    }
    return all;
  }();
  return table;
}

}  // namespace

metrics::Histogram& CommandSeconds(std::string_view command) {
  const Table& table = CommandTable();
  const auto found = table.find(std::string(command));
  return found != table.end() ? *found->second : *table.find("other")->second;
}

metrics::Histogram& ScriptSeconds(std::string_view script) { return Seconds(std::string(script)); }

metrics::Counter& Reconnects() {
  static metrics::Counter& counter =
      metrics::GetCounter("posthaste_redis_reconnects_total",
                          "Redis connections that were ready after an earlier one was lost.");
  return counter;
}

metrics::Histogram& PipelineCommands() {
  static metrics::Histogram& histogram = metrics::GetHistogram(
      "posthaste_redis_pipeline_commands", "Redis commands that left in one write.", {},
      {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024});
  return histogram;
}

}  // namespace posthaste::redis
