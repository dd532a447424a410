#include "service/config/webhooks.h"

#include <algorithm>
#include <boost/asio/ip/address_v6.hpp>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/encoding.h"
#include "posthaste/v1/event_service.pb.h"
#include "service/config/load.h"
#include "service/config/secrets.h"

namespace posthaste::config {
namespace {

constexpr size_t kUrlMax = 2048;
constexpr std::string_view kSecretPrefix = "whsec_";

absl::Status Complaint(const std::string& setting, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat(setting, ": ", what));
}

bool IsName(std::string_view host) {
  return !host.empty() && host.size() <= 253 && host.front() != '.' && host.front() != '-' &&
         std::all_of(host.begin(), host.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.';
         });
}

bool IsV6(const std::string& host) {
  boost::system::error_code error;
  boost::asio::ip::make_address_v6(host, error);
  return !error;
}

// "host", "host:port", "[address]:port" into `url`.
absl::Status ReadAuthority(std::string_view authority, WebhookUrl& url) {
  std::string_view host = authority, port;
  const size_t end = authority.rfind(']');
  const size_t colon = authority.rfind(':');
  if (colon != std::string_view::npos && (end == std::string_view::npos || colon > end)) {
    host = authority.substr(0, colon);
    port = authority.substr(colon + 1);
    int number = 0;
    const bool digits =
        !port.empty() && port.size() <= 5 && std::all_of(port.begin(), port.end(), [](char c) {
          return absl::ascii_isdigit(static_cast<unsigned char>(c));
        });
    if (!digits || !absl::SimpleAtoi(std::string(port), &number) || number < 1 || number > 65535)
      return absl::InvalidArgumentError("has no port from 1 to 65535 behind its colon");
    url.port = static_cast<uint16_t>(number);
  }
  url.host = absl::AsciiStrToLower(std::string(host));
  if (url.host.size() > 2 && url.host.front() == '[' && url.host.back() == ']') {
    url.host = url.host.substr(1, url.host.size() - 2);
    if (!IsV6(url.host)) return absl::InvalidArgumentError("has no address in its brackets");
  } else if (!IsName(url.host)) {
    return absl::InvalidArgumentError("has no host");
  }
  return absl::OkStatus();
}

absl::Status CheckTimes(const v1::Webhook& webhook, const std::string& at) {
  const absl::Duration timeout = ToDuration(webhook.timeout());
  if (timeout < absl::Seconds(1) || timeout > absl::Seconds(30))
    return Complaint(at + ".timeout", "is not from 1s to 30s");
  const absl::Duration retry_for = ToDuration(webhook.retry_for());
  if (retry_for < absl::Minutes(1) || retry_for > absl::Hours(48))
    return Complaint(at + ".retry_for", "is not from 60s to 172800s");
  return absl::OkStatus();
}

absl::Status CheckTypes(const v1::Webhook& webhook, const std::string& at) {
  for (const std::string& name : webhook.types()) {
    posthaste::v1::Event::Type type = posthaste::v1::Event::TYPE_UNSPECIFIED;
    const bool known = posthaste::v1::Event::Type_Parse(name, &type);
    if (!known || type == posthaste::v1::Event::TYPE_UNSPECIFIED ||
        type == posthaste::v1::Event::EVENTS_LOST)
      return Complaint(at + ".types", absl::StrCat("no type \"", name, "\""));
  }
  return absl::OkStatus();
}

bool IsId(const std::string& id) {
  return !id.empty() && id.size() <= 32 && id[0] >= 'a' && id[0] <= 'z' &&
         std::all_of(id.begin(), id.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

absl::Status CheckOne(const v1::Webhook& webhook, const std::string& at,
                      std::set<std::string>& ids) {
  if (!IsId(webhook.id())) {
    return Complaint(at + ".id",
                     absl::StrCat("\"", webhook.id(), "\" is not an id ([a-z][a-z0-9-]{0,31})"));
  }
  if (!ids.insert(webhook.id()).second)
    return Complaint(at + ".id", absl::StrCat("\"", webhook.id(), "\" is used twice"));
  const absl::StatusOr<WebhookUrl> url = ParseWebhookUrl(webhook.url());
  if (!url.ok()) return Complaint(at + ".url", std::string(url.status().message()));
  if (!url->tls && !(webhook.allow_private() && IsLoopbackHost(url->host)))
    return Complaint(at + ".url", "http is for this machine only, and needs allow_private: true");
  if (webhook.secret_files().empty() || webhook.secret_files_size() > 2)
    return Complaint(at + ".secret_files", "one or two are needed");
  if (absl::Status types = CheckTypes(webhook, at); !types.ok()) return types;
  return CheckTimes(webhook, at);
}

}  // namespace

absl::StatusOr<WebhookUrl> ParseWebhookUrl(std::string_view text) {
  if (text.size() > kUrlMax) return absl::InvalidArgumentError("over 2048 characters");
  for (const char c : text) {
    if (c <= ' ' || c >= '\x7f') return absl::InvalidArgumentError("has a space or no ASCII");
  }
  WebhookUrl url;
  if (text.starts_with("https://")) {
    text.remove_prefix(8);
  } else if (text.starts_with("http://")) {
    url.tls = false;
    text.remove_prefix(7);
  } else {
    return absl::InvalidArgumentError("does not begin with https://");
  }
  url.port = url.tls ? 443 : 80;
  const size_t end = std::min(text.find_first_of("/?#"), text.size());
  url.authority = std::string(text.substr(0, end));
  if (text.find('#') != std::string_view::npos) return absl::InvalidArgumentError("has a fragment");
  if (url.authority.find('@') != std::string::npos)
    return absl::InvalidArgumentError("has a user name");
  if (absl::Status read = ReadAuthority(url.authority, url); !read.ok()) return read;
  const std::string_view rest = text.substr(end);
  url.target = rest.starts_with("/") ? std::string(rest) : "/" + std::string(rest);
  return url;
}

absl::StatusOr<Secret> ParseWebhookSecret(std::string_view text) {
  if (!text.starts_with(kSecretPrefix))
    return absl::InvalidArgumentError("does not begin with whsec_");
  std::optional<std::string> key = FromBase64(text.substr(kSecretPrefix.size()));
  if (!key.has_value() || key->size() < 24 || key->size() > 64)
    return absl::InvalidArgumentError("is not 24 to 64 bytes in base64 behind whsec_");
  return Secret(*std::move(key));
}

absl::Status CheckWebhooks(const v1::Config& config) {
  for (int i = 0; i < config.tenants_size(); ++i) {
    const v1::Tenant& tenant = config.tenants(i);
    const std::string at = absl::StrCat("tenants[", i, "].webhooks");
    if (tenant.webhooks_size() > kWebhooksMax)
      return Complaint(at, absl::StrCat("more than ", kWebhooksMax));
    std::set<std::string> ids;
    for (int j = 0; j < tenant.webhooks_size(); ++j) {
      const std::string here = absl::StrCat(at, "[", j, "]");
      if (absl::Status one = CheckOne(tenant.webhooks(j), here, ids); !one.ok()) return one;
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Secret>> ReadWebhookSecrets(const v1::Webhook& webhook,
                                                       const std::string& at) {
  std::vector<Secret> secrets;
  for (int i = 0; i < webhook.secret_files_size(); ++i) {
    const std::string setting = absl::StrCat(at, ".secret_files[", i, "]");
    const std::string& file = webhook.secret_files(i);
    const absl::StatusOr<Secret> text = ReadSecretFile(file);
    if (!text.ok()) return Complaint(setting, std::string(text.status().message()));
    absl::StatusOr<Secret> secret = ParseWebhookSecret(text->Reveal());
    if (!secret.ok())
      return Complaint(setting, absl::StrCat(file, ": ", std::string(secret.status().message())));
    secrets.push_back(*std::move(secret));
  }
  return secrets;
}

}  // namespace posthaste::config
