// The catalogue that this process sends from now: read by every request, replaced while they run.
//
// Two sources: folders (with what is built in), and what tenants published. Each is compiled before
// it takes the place of what was there; what does not compile changes nothing. Whoever took a
// catalogue off the shelf keeps it alive.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "templates/engine/catalogue.h"

namespace posthaste::templates {

// Thread-safe. Set… compile on the calling thread, one caller after the other.
class Shelf {
 public:
  explicit Shelf(std::shared_ptr<const Catalogue> folders);
  Shelf(const Shelf&) = delete;
  Shelf& operator=(const Shelf&) = delete;

  std::shared_ptr<const Catalogue> Now() const;

  // Takes the folders as they are now; what was published stays over them. INVALID_ARGUMENT says
  // where, and nothing changed.
  absl::Status SetFolders(const Files& files, const std::map<std::string, Files>& tenants);

  // Takes all that one tenant has published. INVALID_ARGUMENT says where, and the tenant keeps what
  // it had.
  absl::Status SetPublished(const std::string& tenant, const Files& published);

  // As SetPublished would find it, changing nothing.
  absl::StatusOr<std::shared_ptr<const Catalogue>> TryPublished(const std::string& tenant,
                                                                const Files& published) const;

  // What of a tenant's publications is in force.
  Files PublishedOf(const std::string& tenant) const;

 private:
  std::mutex compiling_;  // Held while a change is compiled, so that no change loses another.
  mutable std::mutex mutex_;
  std::shared_ptr<const Catalogue> folders_, now_;  // Guarded by mutex_, as is published_.
  std::map<std::string, Files> published_;
};

}  // namespace posthaste::templates
