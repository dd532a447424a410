#include "templates/engine/catalogue.h"

#include <fmt/format.h>

#include <set>
#include <utility>

#include "templates/engine/overlay.h"

namespace posthaste::templates {

absl::StatusOr<std::shared_ptr<const Catalogue>> Catalogue::Load(
    const Files& files, const std::map<std::string, Files>& tenants) {
  std::shared_ptr<const Catalogue> loaded;
  {
    std::shared_ptr<Catalogue> catalogue(new Catalogue);
    absl::StatusOr<SetPtr> shared = Compile(files);
    if (!shared.ok()) return shared.status();
    catalogue->shared_ = *std::move(shared);
    for (const auto& [tenant, own] : tenants) {
      if (!own.empty()) catalogue->folders_.emplace(tenant, own);
    }
    loaded = std::move(catalogue);
  }
  for (const auto& [tenant, own] : tenants) {
    absl::StatusOr<std::shared_ptr<const Catalogue>> with = loaded->WithPublished(tenant, {});
    if (!with.ok()) {
      return absl::InvalidArgumentError(
          fmt::format("tenant {}: {}", tenant, std::string(with.status().message())));
    }
    loaded = *std::move(with);
  }
  return loaded;
}

absl::StatusOr<std::shared_ptr<const Catalogue>> Catalogue::WithPublished(
    const std::string& tenant, const Files& published) const {
  std::shared_ptr<Catalogue> with(new Catalogue(*this));
  with->tenants_.erase(tenant);
  Files files = published;
  // Published files lie over the tenant's folder, that over everybody's.
  if (const auto own = folders_.find(tenant); own != folders_.end())
    files = Overlaid(std::move(files), own->second);
  if (files.empty()) return std::shared_ptr<const Catalogue>(std::move(with));
  absl::StatusOr<SetPtr> set = Compile(Overlaid(std::move(files), shared_->files));
  if (!set.ok()) return set.status();
  with->tenants_.emplace(tenant, *std::move(set));
  return std::shared_ptr<const Catalogue>(std::move(with));
}

absl::StatusOr<Catalogue::SetPtr> Catalogue::Compile(Files files) {
  std::set<std::string> names;
  for (const auto& [path, bytes] : files) {
    const std::string name = path.substr(0, path.find('/'));
    if (name == "layout") continue;
    if (name.size() == path.size() || !IsVariableName(name)) {
      return absl::InvalidArgumentError(fmt::format(
          "{}: not expected here; templates are folders named with a-z, 0-9 and '_'", path));
    }
    names.insert(name);
  }
  auto set = std::make_shared<Set>();
  for (const std::string& name : names) {
    absl::StatusOr<std::unique_ptr<const Template>> loaded = Template::Load(name, files);
    if (!loaded.ok()) return loaded.status();
    set->templates.emplace(name, *std::move(loaded));
  }
  set->files = std::move(files);
  return SetPtr(std::move(set));
}

const Catalogue::Set& Catalogue::SetOf(std::string_view tenant) const {
  const auto found = tenants_.find(tenant);
  return found == tenants_.end() ? *shared_ : *found->second;
}

const Template* Catalogue::Find(std::string_view tenant, std::string_view name) const {
  const auto& templates = SetOf(tenant).templates;
  const auto found = templates.find(name);
  return found == templates.end() ? nullptr : found->second.get();
}

std::vector<std::string> Catalogue::Names(std::string_view tenant) const {
  std::vector<std::string> names;
  for (const auto& [name, loaded] : SetOf(tenant).templates) names.push_back(name);
  return names;
}

const Files& Catalogue::SourcesOf(std::string_view tenant) const { return SetOf(tenant).files; }

}  // namespace posthaste::templates
