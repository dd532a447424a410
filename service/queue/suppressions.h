// The suppression list as its keepers use it: put on, look up, go through, take off. One per loop.
//
// Refusals put recipients on it in the step that settles their message (settle.lua), and late
// bounces in the step that records them (late_bounces.h); mail is refused by it in admit.lua.
// Another tenant's list does not exist.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/task.h"
#include "service/queue/call.h"
#include "service/queue/keys.h"
#include "service/queue/server_clock.h"
#include "service/queue/suppression.h"
#include "service/redis/client.h"

namespace posthaste::queue {

struct SuppressionView {
  std::string id;
  Suppression suppression;
};

struct SuppressionPage {
  std::vector<SuppressionView> suppressions;
  std::string next;  // Token for the rest; "" at the end. An empty page may have one.
};

struct Suppressed {
  enum class Kind {
    kDone,      // `view` is what stands now.
    kStronger,  // `view` stands already, and stays.
    kFull,      // The tenant's part of this shard is full: nothing was written.
  } kind = Kind::kDone;
  SuppressionView view;
};

class Suppressions {
 public:
  static constexpr int kPageMax = 200;

  // All three must outlive this; RegisterScripts was called with the client.
  Suppressions(redis::Client& client, const Keys& keys, ServerClock& clock)
      : client_(client), keys_(keys), clock_(clock) {}

  // One that stands already is renewed, or stays if it is stronger.
  Task<absl::StatusOr<Suppressed>> Create(std::string tenant, int shard,
                                          NewSuppression suppression);

  // `id` as SuppressionId makes it; anything else is nobody's.
  Task<absl::StatusOr<std::optional<SuppressionView>>> Get(std::string tenant, std::string id);

  // Takes it off; what it was, or nothing if there was none.
  Task<absl::StatusOr<std::optional<SuppressionView>>> Delete(std::string tenant, std::string id);

  // By their end, the last first and those without an end before all others, over all shards.
  // `size` at most kPageMax. `token`: "" or a page's `next`; INVALID_ARGUMENT if it is none. What
  // begins or ends while pages are read may be missed or told twice.
  Task<absl::StatusOr<SuppressionPage>> List(std::string tenant, int size, std::string token);

 private:
  struct Entry;

  // The first entries of all shards behind `after`, in order; those of which all stand for sure.
  Task<absl::StatusOr<std::vector<Entry>>> Entries(std::string tenant, int size, Entry after);

  redis::Client& client_;
  const Keys& keys_;
  ServerClock& clock_;
};

}  // namespace posthaste::queue
