#include "tests/support/redis_server.h"

#include <hiredis/hiredis.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/time.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <utility>

#include "tests/support/poll.h"

namespace posthaste {
namespace {

constexpr size_t kSyncTableBytes = 256 * 2 * sizeof(uint64_t);  // redis_fsync.c.

struct FreeRedis {
  void operator()(redisContext* context) const { redisFree(context); }
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};

std::string ToText(const redisReply& reply) {
  switch (reply.type) {
    case REDIS_REPLY_NIL:
      return "(nil)";
    case REDIS_REPLY_INTEGER:
      return std::to_string(reply.integer);
    case REDIS_REPLY_ERROR:
      return "(error) " + std::string(reply.str, reply.len);
    case REDIS_REPLY_ARRAY: {
      std::string text;
      for (size_t i = 0; i < reply.elements; ++i) text += ToText(*reply.element[i]) + "\n";
      return text;
    }
    default:
      return std::string(reply.str, reply.len);
  }
}

// A Unix socket whose queue of callers is full says EAGAIN at once, and nothing was sent: asks
// again until the limit has passed. Null or with an error: it could not be reached.
std::unique_ptr<redisContext, FreeRedis> Connect(const std::string& socket, timeval limit) {
  std::unique_ptr<redisContext, FreeRedis> context;
  PollUntil(absl::DurationFromTimeval(limit), [&] {
    context.reset(redisConnectUnixWithTimeout(socket.c_str(), limit));
    return context == nullptr || context->err == 0 ||
           std::strstr(context->errstr, std::strerror(EAGAIN)) == nullptr;
  });
  return context;
}

// An error of the connection comes as "(error) connection: …".
std::string CallOnce(const std::string& socket, const std::vector<std::string>& command,
                     timeval limit) {
  const std::unique_ptr<redisContext, FreeRedis> context = Connect(socket, limit);
  if (context == nullptr || context->err != 0) return "(error) connection: refused";
  redisSetTimeout(context.get(), limit);
  std::vector<const char*> arguments;
  std::vector<size_t> sizes;
  for (const std::string& word : command) {
    arguments.push_back(word.data());
    sizes.push_back(word.size());
  }
  const std::unique_ptr<redisReply, FreeRedis> reply(static_cast<redisReply*>(redisCommandArgv(
      context.get(), static_cast<int>(arguments.size()), arguments.data(), sizes.data())));
  if (reply == nullptr) return std::string("(error) connection: ") + context->errstr;
  return ToText(*reply);
}

uint64_t SyncedBytes(const std::string& table, uint64_t inode) {
  for (size_t at = 0; at + 16 <= table.size(); at += 16) {
    uint64_t row[2];
    std::memcpy(row, table.data() + at, sizeof(row));
    if (row[0] == inode) return row[1];
  }
  return 0;
}

}  // namespace

RedisServer::RedisServer(RedisOptions options)
    : options_(std::move(options)),
      socket_(dir_.File("redis.sock")),
      port_(options_.tcp ? FreePort() : 0) {
  if (options_.movable_clock) dir_.Write("clock", std::string(sizeof(int64_t), '\0'));
  if (options_.record_syncs) dir_.Write("syncs", std::string(kSyncTableBytes, '\0'));
  Start();
}

RedisServer::~RedisServer() { Kill9(); }

void RedisServer::Start() {
  std::vector<std::string> argv = {"redis-server",
                                   "--dir",
                                   dir(),
                                   "--unixsocket",
                                   socket_,
                                   "--bind",
                                   "127.0.0.1",
                                   "--port",
                                   std::to_string(port_),
                                   "--save",
                                   "",
                                   "--appendonly",
                                   options_.appendfsync.empty() ? "no" : "yes"};
  if (!options_.appendfsync.empty()) {
    argv.insert(argv.end(), {"--appendfsync", options_.appendfsync});
  }
  argv.insert(argv.end(), options_.arguments.begin(), options_.arguments.end());
  std::vector<std::string> environment;
  std::string preload;
  if (options_.movable_clock) {
    preload = PH_REDIS_CLOCK;
    environment.push_back("PH_CLOCK_FILE=" + dir_.File("clock"));
  }
  if (options_.record_syncs) {
    preload += (preload.empty() ? "" : ":") + std::string(PH_REDIS_FSYNC);
    environment.push_back("PH_SYNC_FILE=" + dir_.File("syncs"));
  }
  if (!preload.empty()) environment.push_back("LD_PRELOAD=" + preload);
  process_ = std::make_unique<Process>(argv, environment);
  const bool ready =
      PollUntil(absl::Seconds(30), [this] { return Answers() || !process_->Running(); });
  if (!ready || !process_->Running()) {
    throw std::runtime_error("redis-server does not start: " + process_->Out() + process_->Err());
  }
}

bool RedisServer::Answers() const {
  const std::string reply = CallOnce(socket_, {"PING"}, timeval{1, 0});
  return reply == "PONG" || reply.starts_with("(error) NOAUTH");
}

void RedisServer::Kill9() {
  if (process_ == nullptr) return;
  process_->Signal(SIGKILL);
  process_->Wait();
  process_.reset();
}

void RedisServer::Stop() {
  if (process_ == nullptr) return;
  process_->Signal(SIGTERM);
  if (!process_->Wait().has_value()) throw std::runtime_error("redis-server does not stop");
  process_.reset();
}

void RedisServer::Restart() {
  Kill9();
  std::filesystem::remove(socket_);
  Start();
}

void RedisServer::MoveClock(absl::Duration by) {
  if (!options_.movable_clock) throw std::logic_error("MoveClock without movable_clock");
  std::fstream file(dir_.File("clock"), std::ios::in | std::ios::out | std::ios::binary);
  int64_t micros = 0;
  file.read(reinterpret_cast<char*>(&micros), sizeof(micros));
  micros += absl::ToInt64Microseconds(by);
  file.seekp(0);
  file.write(reinterpret_cast<const char*>(&micros), sizeof(micros));
}

uint64_t RedisServer::CutToLastSync() {
  if (!options_.record_syncs || process_ != nullptr) {
    throw std::logic_error("CutToLastSync without record_syncs, or while the server runs");
  }
  const std::string table = ReadFile(dir_.File("syncs"));
  uint64_t cut = 0;
  for (const auto& entry : std::filesystem::directory_iterator(dir_.File("appendonlydir"))) {
    // Base files and the manifest are synced under another name before they are renamed into place.
    if (!entry.path().string().ends_with(".incr.aof")) continue;
    struct stat file {};
    if (stat(entry.path().c_str(), &file) != 0) continue;
    const uint64_t synced = SyncedBytes(table, file.st_ino);
    const auto bytes = static_cast<uint64_t>(file.st_size);
    if (bytes <= synced) continue;
    std::filesystem::resize_file(entry.path(), synced);
    cut += bytes - synced;
  }
  return cut;
}

std::string RedisServer::Call(const std::vector<std::string>& command) const {
  const std::string reply = CallOnce(socket_, command, timeval{5, 0});
  if (reply.starts_with("(error) connection: ")) throw std::runtime_error(reply);
  return reply;
}

}  // namespace posthaste
