// What tenants published, brought from Redis onto this process' shelf.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "base/work_pool.h"
#include "service/api/backend.h"

namespace posthaste::api {

// Runs `work`, which compiles templates, without holding up the loop; OK when it is done.
Task<absl::Status> OffTheLoop(Backend& backend, WorkPool::Work work);

// The files of these names and ids, each in its folder.
Task<absl::StatusOr<templates::Files>> PublishedFilesOf(queue::Store& store, std::string tenant,
                                                        std::map<std::string, std::string> ids);

// Puts all that a tenant published on the shelf. INVALID_ARGUMENT says where it does not compile,
// and the tenant keeps what it had.
Task<absl::Status> SetPublished(Backend& backend, const TenantView& tenant,
                                templates::Files published);

// Follows what is published: one per process, asked each second on one loop.
class PublicationFollower {
 public:
  explicit PublicationFollower(Backend& backend) : backend_(backend) {}

  // Brings the shelf up to date if anything was published since the last look. What does not
  // compile, after an upgrade for instance, is told of and the tenant keeps what it had; it is no
  // error. An error: Redis could not be read, and the next look tries again.
  Task<absl::Status> Look();

 private:
  Task<absl::Status> LookAt(const TenantView& tenant);

  Backend& backend_;
  const Tenants* tenants_ = nullptr;  // Those that were looked at.
  int64_t version_ = 0;
  std::map<std::string, std::map<std::string, std::string>> ids_;  // By tenant, then name.
};

}  // namespace posthaste::api
