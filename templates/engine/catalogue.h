// Every template that the service can send, for every tenant. Loaded at start and on reload, all or
// nothing: a set that does not compile changes nothing.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "templates/engine/files.h"
#include "templates/engine/template.h"

namespace posthaste::templates {

// Immutable; shared by all threads.
class Catalogue {
 public:
  // `files` are for everybody; a tenant's own files overlay them, path by path, so that a tenant
  // may bring templates of its own, or only another layout. Every template is compiled and rendered
  // with its samples, for every tenant. INVALID_ARGUMENT "file:line:column: …", "tenant <name>: "
  // before it where it is a tenant's.
  static absl::StatusOr<std::shared_ptr<const Catalogue>> Load(
      const Files& files, const std::map<std::string, Files>& tenants = {});

  Catalogue(const Catalogue&) = delete;
  Catalogue& operator=(const Catalogue&) = delete;

  // Null if there is none. A tenant without files of its own (or unknown, or "") has everybody's.
  const Template* Find(std::string_view tenant, std::string_view name) const;

  // Sorted.
  std::vector<std::string> Names(std::string_view tenant = "") const;

 private:
  using Set = std::map<std::string, std::unique_ptr<const Template>, std::less<>>;

  Catalogue() = default;
  static absl::StatusOr<Set> LoadSet(const Files& files);
  const Set& SetOf(std::string_view tenant) const;

  Set shared_;
  std::map<std::string, Set, std::less<>> tenants_;
};

}  // namespace posthaste::templates
