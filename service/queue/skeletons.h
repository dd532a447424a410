// The skeletons that sealed mails are compressed against. Content-addressed in Redis, so that a
// worker opens what any version of any process sealed; kept in the process, because every message
// needs one of a few.
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
#include "service/queue/skeleton.h"
#include "service/redis/client.h"

namespace posthaste::queue {

inline constexpr size_t kSkeletonCacheBytesMax = size_t{64} << 20;
inline constexpr size_t kKindsMax = 4096;

// One per loop. What is kept at most: kSkeletonCacheBytesMax of what they cost; the one that was
// used longest ago goes first.
class Skeletons {
 public:
  using Handle = std::shared_ptr<const Skeleton>;

  Skeletons(redis::Client& redis, const Clock& clock) : redis_(redis), clock_(clock) {}

  // That of a kind of mail, if Learn told and it is still kept; else null. `kind`: any words that
  // decide what the skeleton is.
  Handle OfKind(const std::string& kind);

  // Keeps the skeleton of a kind; of several with the same bytes one.
  Handle Learn(const std::string& kind, std::string bytes);

  // Makes sure that a skeleton is in Redis for longer than any message that is sealed now (30 days
  // to its time, 72 h to its deadline, 72 h after its end, a day to spare). Asks Redis at most once
  // an hour and connection for each. INVALID_ARGUMENT: above kSkeletonBytesMax.
  Task<absl::Status> Put(Handle skeleton);

  // The skeleton of that name. NOT_FOUND; DATA_LOSS: what lies there has another.
  Task<absl::StatusOr<Handle>> Get(std::string name);

  // There is another connection: the Redis behind it may have lost what was put before.
  void Reconnected() { ++connection_; }

  size_t cached_bytes() const { return cached_bytes_; }

 private:
  struct Entry {
    Handle skeleton;
    SteadyTime renew;         // When Redis is to be told again that it is used.
    int64_t connection = -1;  // On which it was told; -1: on none.
    std::list<std::string>::iterator place;
  };

  Entry* Find(const std::string& name);
  Entry& Keep(Handle skeleton);

  redis::Client& redis_;
  const Clock& clock_;
  absl::flat_hash_map<std::string, Entry> entries_;      // By name.
  absl::flat_hash_map<std::string, std::string> kinds_;  // Names by kind.
  std::list<std::string> used_;                          // Newest use first.
  size_t cached_bytes_ = 0;
  int64_t connection_ = 0;
};

}  // namespace posthaste::queue
