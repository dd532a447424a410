#include "templates/engine/catalogue.h"

#include <fmt/format.h>

#include <set>
#include <utility>

namespace posthaste::templates {

absl::StatusOr<std::shared_ptr<const Catalogue>> Catalogue::Load(
    const Files& files, const std::map<std::string, Files>& tenants) {
  std::shared_ptr<Catalogue> loaded(new Catalogue);
  absl::StatusOr<Set> shared = LoadSet(files);
  if (!shared.ok()) return shared.status();
  loaded->shared_ = *std::move(shared);
  for (const auto& [tenant, own] : tenants) {
    if (own.empty()) continue;
    Files overlaid = own;
    overlaid.insert(files.begin(), files.end());  // Keeps what is there: the tenant's own.
    absl::StatusOr<Set> set = LoadSet(overlaid);
    if (!set.ok()) {
      return absl::InvalidArgumentError(
          fmt::format("tenant {}: {}", tenant, std::string(set.status().message())));
    }
    loaded->tenants_.emplace(tenant, *std::move(set));
  }
  return std::shared_ptr<const Catalogue>(std::move(loaded));
}

absl::StatusOr<Catalogue::Set> Catalogue::LoadSet(const Files& files) {
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
  Set set;
  for (const std::string& name : names) {
    absl::StatusOr<std::unique_ptr<const Template>> loaded = Template::Load(name, files);
    if (!loaded.ok()) return loaded.status();
    set.emplace(name, *std::move(loaded));
  }
  return set;
}

const Catalogue::Set& Catalogue::SetOf(std::string_view tenant) const {
  const auto found = tenants_.find(tenant);
  return found == tenants_.end() ? shared_ : found->second;
}

const Template* Catalogue::Find(std::string_view tenant, std::string_view name) const {
  const Set& set = SetOf(tenant);
  const auto found = set.find(name);
  return found == set.end() ? nullptr : found->second.get();
}

std::vector<std::string> Catalogue::Names(std::string_view tenant) const {
  std::vector<std::string> names;
  for (const auto& [name, loaded] : SetOf(tenant)) names.push_back(name);
  return names;
}

}  // namespace posthaste::templates
