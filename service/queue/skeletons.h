// Skeletons of templates: what sealed mails are compressed against. Content-addressed in Redis, so
// that a worker opens what any version of any process sealed; kept in the process, because there
// are few of them and every message needs one.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/task.h"
#include "service/redis/client.h"

namespace posthaste::queue {

inline constexpr size_t kSkeletonBytesMax = size_t{1} << 20;
inline constexpr size_t kSkeletonCacheBytesMax = size_t{16} << 20;

// One per loop. What is kept at most: kSkeletonCacheBytesMax; the one that was used longest ago
// goes first.
class Skeletons {
 public:
  using Bytes = std::shared_ptr<const std::string>;

  Skeletons(redis::Client& redis, const Clock& clock) : redis_(redis), clock_(clock) {}

  // Makes sure that a skeleton is in Redis for longer than any message that is sealed now (30 days
  // to its time, 72 h to its deadline, 72 h after its end, a day to spare); its name, which a
  // message's facts carry. Asks Redis at most once an hour and connection for each.
  // INVALID_ARGUMENT: above kSkeletonBytesMax.
  Task<absl::StatusOr<std::string>> Put(std::string_view bytes);

  // The skeleton of that name. NOT_FOUND; DATA_LOSS: what lies there has another.
  Task<absl::StatusOr<Bytes>> Get(std::string name);

  // There is another connection: the Redis behind it may have lost what was put before.
  void Reconnected() { ++connection_; }

  // The first 12 bytes of the SHA-256: every message carries them. Who finds two skeletons of one
  // name, both his own, spoils his own mail.
  static std::string NameOf(std::string_view sha256) { return std::string(sha256.substr(0, 12)); }

  size_t cached_bytes() const { return cached_bytes_; }

 private:
  struct Entry {
    Bytes bytes;
    SteadyTime renew;         // When Redis is to be told again that it is used.
    int64_t connection = -1;  // On which it was told; -1: on none.
    std::list<std::string>::iterator place;
  };

  Entry* Find(const std::string& name);
  void Keep(const std::string& name, Bytes bytes, SteadyTime renew, int64_t connection);

  redis::Client& redis_;
  const Clock& clock_;
  absl::flat_hash_map<std::string, Entry> entries_;  // By name.
  std::list<std::string> used_;                      // Newest use first.
  size_t cached_bytes_ = 0;
  int64_t connection_ = 0;
};

}  // namespace posthaste::queue
