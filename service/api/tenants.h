// The tenants as a request sees them: configuration, looks and templates together. Immutable;
// shared by all threads.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "posthaste/config/v1/config.pb.h"
#include "service/config/logo.h"
#include "templates/engine/shelf.h"
#include "templates/engine/value.h"

namespace posthaste::api {

struct TenantView {
  const config::v1::Tenant* config = nullptr;
  templates::Shelf* shelf = nullptr;  // What is sent from now; the same for all tenants.
  templates::Value brand;
  config::Logo logo;
  // A hash of the configuration and the logo: what its mail looks like is a function of this,
  // template and locale.
  std::string looks;

  // Null if there is none of that id; "" is the first.
  const config::v1::Sender* FindSender(std::string_view id) const;
};

class Tenants {
 public:
  // Compiles all templates. `config` must outlive this. Errors name file, line and column, or the
  // tenant's setting.
  static absl::StatusOr<std::unique_ptr<const Tenants>> Load(const config::v1::Config& config);

  // Null if there is no such tenant.
  const TenantView* Find(std::string_view id) const;

  // Reads the folders of templates again: all or nothing, over which lies what was published. An
  // error says where, and nothing changed. Thread-safe; takes as long as Load.
  absl::Status ReloadTemplates() const;

 private:
  const config::v1::Config* config_ = nullptr;
  std::unique_ptr<templates::Shelf> shelf_;
  absl::flat_hash_map<std::string, TenantView> tenants_;
};

}  // namespace posthaste::api
