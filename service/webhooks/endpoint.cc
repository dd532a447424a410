#include "service/webhooks/endpoint.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/crypto.h"
#include "base/encoding.h"
#include "service/config/load.h"
#include "smtp/tls.h"

namespace posthaste::webhooks {
namespace {

absl::StatusOr<std::shared_ptr<const Endpoint>> EndpointOf(const std::string& tenant,
                                                           const config::v1::Webhook& webhook,
                                                           const std::string& at) {
  auto endpoint = std::make_shared<Endpoint>();
  endpoint->tenant = tenant;
  endpoint->id = webhook.id();
  absl::StatusOr<config::WebhookUrl> url = config::ParseWebhookUrl(webhook.url());
  if (!url.ok()) return url.status();
  endpoint->url = *std::move(url);
  absl::StatusOr<std::vector<Secret>> secrets = config::ReadWebhookSecrets(webhook, at);
  if (!secrets.ok()) return secrets.status();
  endpoint->secrets = *std::move(secrets);
  for (const std::string& name : webhook.types()) {
    v1::Event::Type type = v1::Event::TYPE_UNSPECIFIED;
    if (v1::Event::Type_Parse(name, &type)) endpoint->types.insert(type);
  }
  endpoint->timeout = config::ToDuration(webhook.timeout());
  endpoint->retry_for = config::ToDuration(webhook.retry_for());
  endpoint->ca_file = webhook.ca_file();
  endpoint->allow_private = webhook.allow_private();
  endpoint->settings = Hex(crypto::Sha256(webhook.SerializeAsString()).substr(0, 8));
  if (!endpoint->ca_file.empty()) {
    const auto proven = smtp::TlsClient::Create(endpoint->ca_file);
    if (!proven.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(at, ".ca_file: ", std::string(proven.status().message())));
    }
  }
  return std::shared_ptr<const Endpoint>(std::move(endpoint));
}

}  // namespace

absl::StatusOr<Endpoints> EndpointsOf(const config::v1::Config& config) {
  Endpoints endpoints;
  for (int i = 0; i < config.tenants_size(); ++i) {
    const config::v1::Tenant& tenant = config.tenants(i);
    for (int j = 0; j < tenant.webhooks_size(); ++j) {
      const std::string at = absl::StrCat("tenants[", i, "].webhooks[", j, "]");
      auto endpoint = EndpointOf(tenant.id(), tenant.webhooks(j), at);
      if (!endpoint.ok()) return endpoint.status();
      endpoints.push_back(*std::move(endpoint));
    }
  }
  return endpoints;
}

}  // namespace posthaste::webhooks
