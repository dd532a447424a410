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

  // This catalogue, but with `published` over all that the tenant has from Load, in place of what
  // was published for it before. Only the tenant's set is compiled. INVALID_ARGUMENT
  // "file:line:column: …".
  absl::StatusOr<std::shared_ptr<const Catalogue>> WithPublished(const std::string& tenant,
                                                                 const Files& published) const;

  Catalogue& operator=(const Catalogue&) = delete;

  // Null if there is none. A tenant without files of its own (or unknown, or "") has everybody's.
  const Template* Find(std::string_view tenant, std::string_view name) const;

  // Sorted.
  std::vector<std::string> Names(std::string_view tenant = "") const;

  // What the tenant's templates were compiled from, everybody's included.
  const Files& SourcesOf(std::string_view tenant) const;

 private:
  struct Set {
    Files files;
    std::map<std::string, std::unique_ptr<const Template>, std::less<>> templates;
  };
  using SetPtr = std::shared_ptr<const Set>;

  Catalogue() = default;
  Catalogue(const Catalogue&) = default;
  static absl::StatusOr<SetPtr> Compile(Files files);
  const Set& SetOf(std::string_view tenant) const;

  SetPtr shared_;
  std::map<std::string, Files, std::less<>> folders_;  // Tenants' own files, as loaded.
  std::map<std::string, SetPtr, std::less<>> tenants_;
};

}  // namespace posthaste::templates
