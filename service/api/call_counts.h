// How many calls are under way, in all and for each tenant, so that one tenant cannot take what
// belongs to all. Calls that stay open are counted apart: they hold a place for long, and must not
// take it from those that are answered at once.
#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"

namespace posthaste::api {

class CallCounts {
 public:
  static constexpr int kCallsMax = 8192, kCallsOfTenantMax = 4096;
  static constexpr int kWatchesMax = 4096, kWatchesOfTenantMax = 1024;

  // Counts one in; false, and nothing counted, when there are too many.
  bool Begin(const std::string& tenant, bool watch);
  // REQUIRES: a Begin that was true.
  void End(const std::string& tenant, bool watch);

  int calls() const;  // Of both kinds.

 private:
  struct Counts {
    int calls = 0, watches = 0;
    int& of(bool watch) { return watch ? watches : calls; }
  };

  mutable std::mutex mutex_;
  Counts all_;                                           // Guarded by mutex_.
  absl::flat_hash_map<std::string, Counts> of_tenants_;  // Guarded by mutex_.
};

}  // namespace posthaste::api
