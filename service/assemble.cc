#include "service/assemble.h"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "service/config/dkim.h"
#include "service/config/load.h"
#include "service/config/secrets.h"
#include "smtp/provider.h"
#include "smtp/tls.h"
#include "smtp/token_command.h"

namespace posthaste {
namespace {

absl::StatusOr<Secret> ReadPassword(const std::string& setting, const std::string& file) {
  if (file.empty()) return Secret();
  absl::StatusOr<Secret> password = config::ReadSecretFile(file);
  if (password.ok()) return password;
  return absl::InvalidArgumentError(
      absl::StrCat(setting, ": ", std::string(password.status().message())));
}

smtp::TlsLevel LevelOf(config::v1::Relay::Tls tls) {
  switch (tls) {
    case config::v1::Relay::NONE:
      return smtp::TlsLevel::kNone;
    case config::v1::Relay::OPPORTUNISTIC:
      return smtp::TlsLevel::kOpportunistic;
    case config::v1::Relay::REQUIRED:
      return smtp::TlsLevel::kRequired;
    default:
      return smtp::TlsLevel::kVerified;
  }
}

// Ours in EHLO: a name with a dot, or an address literal (RFC 5321 4.1.4).
std::string EhloName(const config::v1::Worker& config) {
  if (!config.ehlo_name().empty()) return config.ehlo_name();
  char name[256] = {};
  gethostname(name, sizeof(name) - 1);
  const std::string host(name);
  return host.find('.') == std::string::npos ? "[127.0.0.1]" : host;
}

smtp::PhaseLimits LimitsOf(const config::v1::PhaseTimeouts& timeouts) {
  smtp::PhaseLimits limits;
  limits.connect = config::ToDuration(timeouts.connect());
  limits.greeting = config::ToDuration(timeouts.greeting());
  limits.ehlo = config::ToDuration(timeouts.ehlo());
  limits.starttls = config::ToDuration(timeouts.starttls());
  limits.auth = config::ToDuration(timeouts.auth());
  limits.mail = config::ToDuration(timeouts.mail());
  limits.rcpt = config::ToDuration(timeouts.rcpt());
  limits.data = config::ToDuration(timeouts.data());
  limits.body = config::ToDuration(timeouts.body());
  limits.dot = config::ToDuration(timeouts.dot());
  return limits;
}

// Where tokens come from; null = there are none. A file must be readable now, for a mistake is to
// be found at start; what is in it may change.
absl::StatusOr<std::shared_ptr<smtp::TokenSource>> TokensOf(const config::v1::Relay& config,
                                                            const std::string& setting) {
  std::shared_ptr<smtp::TokenSource> tokens;
  if (!config.token_command().empty()) {
    tokens = smtp::TokenFromCommand({config.token_command().begin(), config.token_command().end()});
  } else if (!config.token_file().empty()) {
    const absl::StatusOr<Secret> token = ReadPassword(setting + ".token_file", config.token_file());
    if (!token.ok()) return token.status();
    tokens = smtp::TokenFrom([file = config.token_file()] { return config::ReadSecretFile(file); });
  }
  return tokens;
}

std::vector<smtp::Mechanism> MechanismsOf(const config::v1::Relay& config) {
  if (config.auth_mechanisms().empty()) return smtp::DefaultMechanisms();
  std::vector<smtp::Mechanism> mechanisms;
  for (const std::string& name : config.auth_mechanisms()) {
    const std::optional<smtp::Mechanism> mechanism = smtp::MechanismByName(name);
    if (mechanism) mechanisms.push_back(*mechanism);
  }
  return mechanisms;
}

// Whether `host` is no name that somebody else resolves.
bool IsPlace(const std::string& host) {
  boost::system::error_code name;
  boost::asio::ip::make_address(host, name);
  return !name || host == "localhost";
}

absl::StatusOr<smtp::RelayOptions> RelayOptionsOf(const config::v1::Relay& config,
                                                  const std::string& setting,
                                                  const std::string& ehlo_name) {
  absl::StatusOr<Secret> password =
      ReadPassword(setting + ".password_file", config.password_file());
  if (!password.ok()) return password.status();
  absl::StatusOr<std::shared_ptr<smtp::TokenSource>> tokens = TokensOf(config, setting);
  if (!tokens.ok()) return tokens.status();
  const bool local = config::IsLoopbackHost(config.host());
  smtp::RelayOptions options;
  options.id = config.id();
  options.host = config.host();
  options.port = static_cast<uint16_t>(config.port());
  options.ca_file = config.ca_file();
  options.direct = config.direct();
  // What the operator wrote down leads where it says; a name leads where its owner says.
  options.allow_private = config.allow_private() || IsPlace(config.host());
  for (int i = 0; i < config.providers_size(); ++i) {
    const config::v1::ProviderLimits& own = config.providers(i);
    if (!smtp::IsProvider(own.provider())) {
      return absl::InvalidArgumentError(absl::StrCat(setting, ".providers[", i, "].provider: no \"",
                                                     own.provider(), "\" is known"));
    }
    options.providers[own.provider()] = {own.sessions(), own.transactions_per_session(),
                                         own.messages_per_second()};
  }
  options.limits.sessions_max = config.sessions();
  options.limits.messages_per_second = config.messages_per_second();
  options.transactions_max = config.transactions_per_session();
  options.idle_max = config::ToDuration(config.idle());
  options.session.tls = LevelOf(config.tls());
  options.session.implicit_tls = config.implicit_tls();
  options.session.tls_name = config.tls_name();
  options.session.ehlo_name = ehlo_name;
  options.session.username = config.username();
  options.session.password = *std::move(password);
  options.session.tokens = *std::move(tokens);
  options.session.mechanisms = MechanismsOf(config);
  options.session.auth_without_tls = local;
  options.session.limits = LimitsOf(config.timeouts());
  options.session.ignored_extensions = {config.ignored_extensions().begin(),
                                        config.ignored_extensions().end()};
  return options;
}

// Whether the relay at `i` has the settings that the one of its id had in `before`.
bool Same(const config::v1::Config& config, int i, const config::v1::Config& before) {
  if (EhloName(config.worker()) != EhloName(before.worker())) return false;
  const std::string settings = config.relays(i).SerializeAsString();
  return std::any_of(before.relays().begin(), before.relays().end(),
                     [&](const auto& relay) { return relay.SerializeAsString() == settings; });
}

}  // namespace

absl::StatusOr<redis::ClientOptions> RedisOptionsOf(const config::v1::Redis& config) {
  absl::StatusOr<Secret> password = ReadPassword("redis.password_file", config.password_file());
  if (!password.ok()) return password.status();
  redis::ClientOptions options;
  if (config.address().rfind("unix:", 0) == 0) {
    options.unix_path = config.address().substr(5);
  } else {
    const size_t colon = config.address().rfind(':');
    int port = 0;
    if (colon == std::string::npos ||
        !absl::SimpleAtoi(config.address().substr(colon + 1), &port) || port < 1 || port > 65535) {
      return absl::InvalidArgumentError(
          absl::StrCat("redis.address: no port in \"", config.address(), "\""));
    }
    options.host = config.address().substr(0, colon);
    const bool bracketed =
        options.host.size() > 2 && options.host.front() == '[' && options.host.back() == ']';
    if (bracketed) options.host = options.host.substr(1, options.host.size() - 2);
    options.port = static_cast<uint16_t>(port);
  }
  options.username = config.username();
  options.password = *std::move(password);
  options.tls.enabled = config.tls();
  options.tls.ca_file = config.ca_file();
  options.tls.certificate_file = config.certificate_file();
  options.tls.key_file = config.key_file();
  options.command_limit = config::ToDuration(config.timeout());
  return options;
}

redis::Durability DurabilityOf(const config::v1::Redis& config) {
  return config.durability() == config::v1::Redis::RELAXED ? redis::Durability::kRelaxed
                                                           : redis::Durability::kLocal;
}

absl::StatusOr<RelayMap> RelaysOf(const config::v1::Config& config, const Clock& clock,
                                  const config::v1::Config* before, const RelayMap& known) {
  RelayMap relays;
  const std::string ehlo_name = EhloName(config.worker());
  for (int i = 0; i < config.relays_size(); ++i) {
    const std::string setting = absl::StrCat("relays[", i, "]");
    absl::StatusOr<smtp::RelayOptions> options =
        RelayOptionsOf(config.relays(i), setting, ehlo_name);
    if (!options.ok()) return options.status();
    if (!options->ca_file.empty()) {
      const auto proven = smtp::TlsClient::Create(options->ca_file);
      if (!proven.ok()) {
        return absl::InvalidArgumentError(
            absl::StrCat(setting, ".ca_file: ", std::string(proven.status().message())));
      }
    }
    const std::string& id = config.relays(i).id();
    const auto old = known.find(id);
    const bool same =
        old != known.end() && Same(config, i, *before) &&
        old->second->options().session.password.Reveal() == options->session.password.Reveal();
    relays.emplace(id,
                   same ? old->second : std::make_shared<smtp::Relay>(*std::move(options), clock));
  }
  return relays;
}

absl::flat_hash_map<std::string, smtp::Route> RoutesOf(const config::v1::Config& config,
                                                       const RelayMap& relays) {
  absl::flat_hash_map<std::string, smtp::Route> routes;
  for (const config::v1::Tenant& tenant : config.tenants()) {
    smtp::Route route;
    for (const config::v1::RouteStep& step : tenant.route()) {
      route.push_back({relays.at(step.relay()), step.rank(), step.weight()});
    }
    routes.emplace(tenant.id(), std::move(route));
  }
  return routes;
}

absl::StatusOr<std::unique_ptr<smtp::Dns>> DnsOf(const config::v1::Config& config, Loop& loop) {
  const auto direct = std::find_if(config.relays().begin(), config.relays().end(),
                                   [](const auto& relay) { return relay.direct(); });
  if (direct == config.relays().end()) return nullptr;
  auto dns =
      smtp::Dns::Create(loop, {config.dns().servers().begin(), config.dns().servers().end()});
  if (dns.ok()) return dns;
  const bool absent = absl::IsUnimplemented(dns.status());
  const std::string setting =
      absent ? absl::StrCat("relays[", direct - config.relays().begin(), "].direct")
             : "dns.servers";
  return absl::Status(dns.status().code(),
                      absl::StrCat(setting, ": ", std::string(dns.status().message())));
}

smtp::ExchangerFinder ExchangersOf(const config::v1::Config& config, smtp::Dns* dns, Loop& loop,
                                   std::shared_ptr<smtp::Sites> sites) {
  if (dns == nullptr) return nullptr;
  smtp::ExchangerOptions options;
  options.limit = config::ToDuration(config.dns().timeout());
  return smtp::FindByDns(dns->LookUpOn(loop), std::move(sites), options, SystemClock(),
                         SystemRandom());
}

absl::StatusOr<smtp::DkimKeys> DkimKeysOf(const config::v1::Config& config) {
  absl::StatusOr<std::vector<config::DkimEntry>> entries = config::ReadDkimKeys(config);
  if (!entries.ok()) return entries.status();
  std::vector<smtp::DkimKey> keys;
  for (config::DkimEntry& entry : *entries) {
    keys.push_back({std::move(entry.domain), std::move(entry.selector), std::move(entry.key)});
  }
  return smtp::DkimKeys(std::move(keys));
}

std::unique_ptr<WorkPool> SignersOf(const config::v1::Config& config) {
  if (config.dkim().empty()) return nullptr;
  const int loops = config.worker().loops();
  return std::make_unique<WorkPool>(loops, static_cast<size_t>(loops) * config.worker().slots());
}

}  // namespace posthaste
