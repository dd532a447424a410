// Templates that tenants published, in Redis: files under their SHA-256, which of them are in
// force, and the last of each name's history. Bytes only: whether they compile is decided above.
//
// A number counts publications. Every process reads it each second, and the rest when it has moved:
// nobody who was away misses one, as a subscriber would.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/task.h"
#include "service/queue/server_clock.h"
#include "service/redis/client.h"

namespace posthaste::queue {

inline constexpr int kPublicationsKept = 10;         // Of one name.
inline constexpr size_t kPublishedNamesMax = 100;    // Of one tenant.
inline constexpr size_t kPublicationFilesMax = 100;  // Of one publication.
inline constexpr size_t kPublicationBytesMax = size_t{256} << 10;

// Path within the template's folder → bytes.
using PublishedFiles = std::map<std::string, std::string>;

struct Publication {
  std::string id;  // 32 hexadecimal digits; "" = all that was published was taken back.
  absl::Time time;
  std::string publisher;
};

// What a change is decided from. A tenant's names and their ids in force; one name's history,
// newest first.
struct PublicationState {
  int64_t version = 0;
  std::map<std::string, std::string> ids;
  std::vector<Publication> history;
};

// The first 128 bits of the SHA-256 of the files, in hexadecimal digits.
std::string PublicationId(const PublishedFiles& files);

// One per loop. Both must outlive it; RegisterScripts was called with the client.
class Publications {
 public:
  Publications(redis::Client& redis, ServerClock& clock) : redis_(redis), clock_(clock) {}

  // 0: nothing was ever published.
  Task<absl::StatusOr<int64_t>> Version();

  // `name` "": without a history.
  Task<absl::StatusOr<PublicationState>> Read(std::string tenant, std::string name);

  // NOT_FOUND: not among those that are kept. DATA_LOSS: what lies there is not what its id says.
  Task<absl::StatusOr<PublishedFiles>> Files(std::string tenant, std::string name, std::string id);

  // Puts `publication` in force as `read` was; `files` are not needed for one of the history.
  // false: something was published meanwhile, nothing was written; read and decide again.
  Task<absl::StatusOr<bool>> Publish(std::string tenant, std::string name, PublicationState read,
                                     Publication publication, PublishedFiles files);

 private:
  redis::Client& redis_;
  ServerClock& clock_;
};

}  // namespace posthaste::queue
