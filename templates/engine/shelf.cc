#include "templates/engine/shelf.h"

#include <fmt/format.h>

#include <utility>

namespace posthaste::templates {

Shelf::Shelf(std::shared_ptr<const Catalogue> folders)
    : folders_(std::move(folders)), now_(folders_) {}

std::shared_ptr<const Catalogue> Shelf::Now() const {
  const std::lock_guard lock(mutex_);
  return now_;
}

absl::Status Shelf::SetFolders(const Files& files, const std::map<std::string, Files>& tenants) {
  const std::lock_guard one_by_one(compiling_);
  absl::StatusOr<std::shared_ptr<const Catalogue>> folders = Catalogue::Load(files, tenants);
  if (!folders.ok()) return folders.status();
  std::shared_ptr<const Catalogue> all = *folders;
  for (const auto& [tenant, published] : published_) {
    absl::StatusOr<std::shared_ptr<const Catalogue>> with = all->WithPublished(tenant, published);
    if (!with.ok()) {
      return absl::InvalidArgumentError(fmt::format("tenant {}: with what it published: {}", tenant,
                                                    std::string(with.status().message())));
    }
    all = *std::move(with);
  }
  const std::lock_guard lock(mutex_);
  folders_ = *std::move(folders);
  now_ = std::move(all);
  return absl::OkStatus();
}

absl::Status Shelf::SetPublished(const std::string& tenant, const Files& published) {
  const std::lock_guard one_by_one(compiling_);
  absl::StatusOr<std::shared_ptr<const Catalogue>> with = TryPublished(tenant, published);
  if (!with.ok()) return with.status();
  const std::lock_guard lock(mutex_);
  now_ = *std::move(with);
  published_.insert_or_assign(tenant, published);
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const Catalogue>> Shelf::TryPublished(const std::string& tenant,
                                                                     const Files& published) const {
  return Now()->WithPublished(tenant, published);
}

Files Shelf::PublishedOf(const std::string& tenant) const {
  const std::lock_guard lock(mutex_);
  const auto found = published_.find(tenant);
  return found == published_.end() ? Files() : found->second;
}

}  // namespace posthaste::templates
