// Where a tenant's events go, as the configuration says it, with its files read.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/secret.h"
#include "posthaste/config/v1/config.pb.h"
#include "posthaste/v1/event_service.pb.h"
#include "service/config/webhooks.h"

namespace posthaste::webhooks {

struct Endpoint {
  std::string tenant, id;
  config::WebhookUrl url;
  std::vector<Secret> secrets;
  std::set<v1::Event::Type> types;  // Empty: all.
  absl::Duration timeout, retry_for;
  std::string ca_file;
  bool allow_private = false;
  std::string settings;  // Tells what is configured from what was.

  bool Wants(v1::Event::Type type) const {
    return type != v1::Event::TYPE_UNSPECIFIED && (types.empty() || types.contains(type));
  }
};

using Endpoints = std::vector<std::shared_ptr<const Endpoint>>;

// Of all tenants. Errors name the setting and the file.
absl::StatusOr<Endpoints> EndpointsOf(const config::v1::Config& config);

}  // namespace posthaste::webhooks
