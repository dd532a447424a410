// CheckConfig: the ranges and references that the schema cannot state.
#include <algorithm>
#include <set>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "base/encoding.h"
#include "base/mailbox.h"
#include "base/network.h"
#include "service/config/dkim.h"
#include "service/config/load.h"
#include "service/config/logo.h"
#include "service/config/webhooks.h"

namespace posthaste::config {
namespace {

const std::set<std::string, std::less<>> kScopes = {"verifications.send", "verifications.check",
                                                    "messages.send",      "messages.read",
                                                    "messages.report",    "events.read",
                                                    "suppressions.read",  "suppressions.write",
                                                    "recipients.read",    "recipients.write",
                                                    "templates.read",     "templates.write",
                                                    "ops.read",           "ops.write"};

const std::set<std::string> kMechanisms = {
    "SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "OAUTHBEARER", "XOAUTH2", "PLAIN", "LOGIN", "CRAM-MD5"};

// Those without which a message can still go, in another way or not to this relay.
const std::set<std::string> kExtensions = {"PIPELINING", "CHUNKING", "DSN",   "SIZE",
                                           "8BITMIME",   "SMTPUTF8", "LIMITS"};

// Collects the first complaint; later ones are ignored, because one clear line is worth more than
// ten.
class Checker {
 public:
  const absl::Status& status() const { return status_; }

  void Require(bool good, const std::string& setting, const std::string& what) {
    if (status_.ok() && !good)
      status_ = absl::InvalidArgumentError(absl::StrCat(setting, ": ", what));
  }

  void Range(double value, double low, double high, const std::string& setting) {
    Require(value >= low && value <= high, setting,
            absl::StrFormat("%g is not from %g to %g", value, low, high));
  }

  void Id(const std::string& id, std::set<std::string>& seen, const std::string& setting) {
    bool good = !id.empty() && id.size() <= 32 && id[0] >= 'a' && id[0] <= 'z';
    for (const char c : id)
      good = good && ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-');
    Require(good, setting, absl::StrCat("\"", id, "\" is not an id ([a-z][a-z0-9-]{0,31})"));
    Require(seen.insert(id).second, setting, absl::StrCat("\"", id, "\" is used twice"));
  }

  void Time(const std::string& text, const std::string& setting) {
    absl::Time time;
    std::string error;
    Require(text.empty() || absl::ParseTime(absl::RFC3339_full, text, &time, &error), setting,
            "not an RFC 3339 time");
  }

  void Address(const std::string& address, const std::string& setting) {
    if (address.rfind("unix:/", 0) == 0) return;
    const size_t colon = address.rfind(':');
    int port = -1;
    const bool good = colon != std::string::npos && colon > 0 &&
                      absl::SimpleAtoi(address.substr(colon + 1), &port) && port >= 0 &&
                      port <= 65535;
    Require(good, setting, absl::StrCat("\"", address, "\" is not host:port or unix:/path"));
  }

 private:
  absl::Status status_;
};

void CheckTls(const v1::TlsServer& tls, const std::string& at, Checker& check) {
  check.Require(!tls.certificate_file().empty(), at + ".certificate_file", "missing");
  check.Require(!tls.key_file().empty(), at + ".key_file", "missing");
}

void CheckListeners(const Config& config, Checker& check) {
  check.Address(config.grpc().address(), "grpc.address");
  check.Require(config.grpc().has_tls() || IsLoopback(config.grpc().address()), "grpc.tls",
                absl::StrCat("missing, and ", config.grpc().address(),
                             " is not loopback: keys would cross the network in clear"));
  if (config.grpc().has_tls()) CheckTls(config.grpc().tls(), "grpc.tls", check);
  check.Address(config.ops().address(), "ops.address");
  check.Require(config.ops().address().rfind("unix:", 0) != 0, "ops.address",
                "a Unix socket: host:port is asked for");
  if (config.ops().has_tls()) CheckTls(config.ops().tls(), "ops.tls", check);
}

void CheckRedis(const v1::Redis& redis, Checker& check) {
  check.Address(redis.address(), "redis.address");
  const int shards = redis.shards();
  check.Require(shards > 0 && shards <= 64 && (shards & (shards - 1)) == 0, "redis.shards",
                absl::StrCat(shards, " is not a power of two up to 64"));
  check.Require(redis.durability() != v1::Redis::RELAXED || redis.allow_weak_durability(),
                "redis.durability", "RELAXED needs allow_weak_durability: true");
  check.Range(absl::ToDoubleSeconds(ToDuration(redis.timeout())), 0.05, 60, "redis.timeout");
  check.Require(redis.password_file().empty() || redis.tls() || IsLoopback(redis.address()),
                "redis.tls",
                absl::StrCat("missing, and ", redis.address(),
                             " is not loopback: the password would cross the network "
                             "in clear"));
  check.Require(redis.certificate_file().empty() == redis.key_file().empty(),
                redis.key_file().empty() ? "redis.key_file" : "redis.certificate_file",
                "missing: certificate and key belong together");
}

void CheckKeys(const v1::Keys& keys, Checker& check) {
  check.Require(!keys.hash_key_file().empty(), "keys.hash_key_file", "missing");
  check.Require(!keys.code_keys().empty(), "keys.code_keys", "missing");
  check.Require(!keys.seal_keys().empty(), "keys.seal_keys", "missing");
  std::set<int> epochs, ids;
  for (int i = 0; i < keys.code_keys_size(); ++i) {
    const std::string at = absl::StrCat("keys.code_keys[", i, "]");
    check.Range(keys.code_keys(i).epoch(), 1, 65535, at + ".epoch");
    check.Require(epochs.insert(keys.code_keys(i).epoch()).second, at + ".epoch", "used twice");
    check.Require(!keys.code_keys(i).file().empty(), at + ".file", "missing");
    check.Time(keys.code_keys(i).writes_since(), at + ".writes_since");
  }
  for (int i = 0; i < keys.seal_keys_size(); ++i) {
    const std::string at = absl::StrCat("keys.seal_keys[", i, "]");
    check.Range(keys.seal_keys(i).id(), 1, 65535, at + ".id");
    check.Require(ids.insert(keys.seal_keys(i).id()).second, at + ".id", "used twice");
    check.Require(!keys.seal_keys(i).file().empty(), at + ".file", "missing");
    check.Time(keys.seal_keys(i).writes_since(), at + ".writes_since");
  }
}

void CheckReceiptKeys(const v1::Keys& keys, Checker& check) {
  std::set<std::string> names;
  for (int i = 0; i < keys.receipt_keys_size(); ++i) {
    const std::string at = absl::StrCat("keys.receipt_keys[", i, "]");
    check.Id(keys.receipt_keys(i).id(), names, at + ".id");
    check.Require(!keys.receipt_keys(i).file().empty(), at + ".file", "missing");
    check.Time(keys.receipt_keys(i).writes_since(), at + ".writes_since");
  }
}

void CheckLimits(const v1::Limits& limits, Checker& check) {
  const auto one = [&](int value, const char* name) {
    check.Range(value, -1, 1e6, absl::StrCat("limits.", name));
  };
  one(limits.sends_per_recipient_hour(), "sends_per_recipient_hour");
  one(limits.sends_per_recipient_day(), "sends_per_recipient_day");
  one(limits.sends_per_client_hour(), "sends_per_client_hour");
  one(limits.codes_per_recipient_purpose_hour(), "codes_per_recipient_purpose_hour");
  one(limits.sends_per_caller_key_hour(), "sends_per_caller_key_hour");
  one(limits.sends_per_api_key_minute(), "sends_per_api_key_minute");
  one(limits.sends_per_tenant_minute(), "sends_per_tenant_minute");
  one(limits.sends_per_domain_minute(), "sends_per_domain_minute");
  one(limits.codes_per_trust_group_recipient_day(), "codes_per_trust_group_recipient_day");
  check.Range(limits.queued_per_tenant(), -1, 1e9, "limits.queued_per_tenant");
  one(limits.queued_with_attachments_per_tenant(), "queued_with_attachments_per_tenant");
}

void CheckPolicies(const Config& config, Checker& check) {
  check.Range(config.worker().loops(), 1, 64, "worker.loops");
  check.Range(config.worker().slots(), 1, 4096, "worker.slots");
  check.Range(absl::ToDoubleSeconds(ToDuration(config.worker().grace())), 0, 3600, "worker.grace");
  const v1::Codes& codes = config.codes();
  check.Range(codes.length(), 6, 10, "codes.length");
  check.Range(absl::ToDoubleSeconds(ToDuration(codes.ttl())), 60, 1800, "codes.ttl");
  check.Range(codes.guesses(), 1, 20, "codes.guesses");
  check.Range(codes.sends(), 1, 20, "codes.sends");
  for (int i = 0; i < codes.cooldowns_size(); ++i) {
    check.Range(absl::ToDoubleSeconds(ToDuration(codes.cooldowns(i))), 0, 3600,
                absl::StrCat("codes.cooldowns[", i, "]"));
  }
  check.Range(codes.wrong_guesses_per_day(), 1, 1000, "codes.wrong_guesses_per_day");
  check.Range(codes.odds_ceiling(), 1e-9, 0.01, "codes.odds_ceiling");
  check.Range(absl::ToDoubleSeconds(ToDuration(codes.receipt_ttl())), 60, 1800,
              "codes.receipt_ttl");
  check.Require(codes.receipt_issuer().size() <= 128, "codes.receipt_issuer",
                "over 128 characters");
  CheckLimits(config.limits(), check);
}

void CheckTimeouts(const v1::PhaseTimeouts& timeouts, const std::string& at, Checker& check) {
  const auto one = [&](const google::protobuf::Duration& duration, const char* phase) {
    check.Range(absl::ToDoubleSeconds(ToDuration(duration)), 0.05, 3600, absl::StrCat(at, phase));
  };
  one(timeouts.connect(), ".connect");
  one(timeouts.greeting(), ".greeting");
  one(timeouts.ehlo(), ".ehlo");
  one(timeouts.starttls(), ".starttls");
  one(timeouts.auth(), ".auth");
  one(timeouts.mail(), ".mail");
  one(timeouts.rcpt(), ".rcpt");
  one(timeouts.data(), ".data");
  one(timeouts.body(), ".body");
  one(timeouts.dot(), ".dot");
}

void CheckCredentials(const v1::Relay& relay, const std::string& at, Checker& check) {
  const int given = (relay.password_file().empty() ? 0 : 1) + (relay.token_file().empty() ? 0 : 1) +
                    (relay.token_command().empty() ? 0 : 1);
  check.Require(given <= 1, at + ".password_file",
                "one of password_file, token_file and token_command is enough");
  check.Require(relay.username().empty() == (given == 0), at + ".password_file",
                "username and password_file (or token_file, or token_command) belong together");
  check.Require(relay.token_command().empty() || relay.token_command(0).rfind('/', 0) == 0,
                at + ".token_command", "not an absolute path");
  for (const std::string& mechanism : relay.auth_mechanisms()) {
    check.Require(kMechanisms.contains(mechanism), at + ".auth_mechanisms",
                  absl::StrCat("no mechanism \"", mechanism, "\""));
  }
}

// What a smarthost has and a domain's exchangers have not, and the other way round.
void CheckDirect(const v1::Relay& relay, const std::string& at, Checker& check) {
  if (!relay.direct()) {
    check.Require(!relay.host().empty(), at + ".host", "missing");
    check.Require(relay.providers().empty(), at + ".providers", "only with direct: true");
    return;
  }
  check.Require(relay.host().empty(), at + ".host", "direct delivery has no host of its own");
  check.Require(relay.tls_name().empty(), at + ".tls_name", "not with direct: true");
  check.Require(relay.username().empty(), at + ".username", "not with direct: true");
  check.Require(!relay.implicit_tls(), at + ".implicit_tls", "not with direct: true");
  for (int i = 0; i < relay.providers_size(); ++i) {
    const std::string here = absl::StrCat(at, ".providers[", i, "]");
    const v1::ProviderLimits& limits = relay.providers(i);
    check.Range(limits.sessions(), 0, 10000, here + ".sessions");
    check.Range(limits.transactions_per_session(), 0, 1e6, here + ".transactions_per_session");
    check.Range(limits.messages_per_second(), 0, 1e6, here + ".messages_per_second");
  }
}

void CheckRelay(const v1::Relay& relay, const std::string& at, Checker& check) {
  CheckDirect(relay, at, check);
  check.Range(relay.port(), 1, 65535, at + ".port");
  check.Range(relay.sessions(), 1, 10000, at + ".sessions");
  check.Range(relay.transactions_per_session(), 1, 1e6, at + ".transactions_per_session");
  check.Range(relay.messages_per_second(), 0, 1e6, at + ".messages_per_second");
  check.Range(absl::ToDoubleSeconds(ToDuration(relay.idle())), 0, 3600, at + ".idle");
  CheckTimeouts(relay.timeouts(), at + ".timeouts", check);
  const bool local = IsLoopbackHost(relay.host());
  check.Require(relay.username().empty() || relay.tls() == v1::Relay::VERIFIED || local,
                at + ".tls", "credentials are only sent over VERIFIED TLS");
  CheckCredentials(relay, at, check);
  for (const std::string& extension : relay.ignored_extensions()) {
    check.Require(kExtensions.contains(extension), at + ".ignored_extensions",
                  absl::StrCat("\"", extension, "\" cannot be ignored"));
  }
}

void CheckKey(const v1::Tenant& tenant, const v1::ApiKey& key, const std::string& at,
              Checker& check) {
  const bool certified = !key.certificate_names().empty();
  check.Require((certified || !key.secret_sha256().empty()) && key.secret_sha256_size() <= 2,
                at + ".secret_sha256", "one or two are needed");
  for (const std::string& digest : key.secret_sha256()) {
    const std::optional<std::string> bytes = FromHex(digest);
    check.Require(bytes && bytes->size() == 32, at + ".secret_sha256", "not 64 hexadecimal digits");
  }
  for (const std::string& scope : key.scopes()) {
    check.Require(kScopes.contains(scope), at + ".scopes",
                  absl::StrCat("no scope \"", scope, "\""));
    check.Require(scope.rfind("ops.", 0) != 0 || tenant.id() == "operator", at + ".scopes",
                  "ops scopes belong to keys of the tenant \"operator\"");
  }
  check.Time(key.expire_time(), at + ".expire_time");
}

// What a key is narrowed to must exist, where we know what exists.
void CheckNarrowing(const v1::Tenant& tenant, const v1::ApiKey& key, const std::string& at,
                    Checker& check) {
  for (const std::string& network : key.source_networks()) {
    check.Require(ParseIpNetwork(network).has_value(), at + ".source_networks",
                  absl::StrCat("\"", network, "\" is no network such as 10.0.0.0/8"));
  }
  for (const std::string& id : key.senders()) {
    bool known = false;
    for (const v1::Sender& sender : tenant.senders()) known |= sender.id() == id;
    check.Require(known, at + ".senders", absl::StrCat("no sender \"", id, "\""));
  }
}

// One certificate is one caller.
void CheckCertificateNames(const Config& config, Checker& check) {
  std::set<std::string> seen;
  for (const v1::Tenant& tenant : config.tenants()) {
    for (const v1::ApiKey& key : tenant.keys()) {
      const std::string at =
          absl::StrCat("tenants.", tenant.id(), ".keys.", key.id(), ".certificate_names");
      check.Require(
          key.certificate_names().empty() || !config.grpc().tls().client_ca_file().empty(), at,
          "need grpc.tls.client_ca_file");
      for (const std::string& name : key.certificate_names()) {
        check.Require(!name.empty(), at, "must not be empty");
        check.Require(seen.insert(name).second, at, absl::StrCat("\"", name, "\" is used twice"));
      }
    }
  }
}

// `relays` and `direct`: the ids of all, and of those that are direct.
void CheckRoute(const v1::Tenant& tenant, const std::string& at,
                const std::set<std::string>& relays, const std::set<std::string>& direct,
                Checker& check) {
  bool same = tenant.route_size() == tenant.relays_size();
  std::set<std::string> used;
  for (int i = 0; i < tenant.relays_size(); ++i) {
    check.Require(relays.contains(tenant.relays(i)), absl::StrCat(at, ".relays[", i, "]"),
                  absl::StrCat("no relay \"", tenant.relays(i), "\""));
  }
  for (int i = 0; i < tenant.route_size(); ++i) {
    const v1::RouteStep& step = tenant.route(i);
    const std::string here = absl::StrCat(at, ".route[", i, "]");
    check.Require(relays.contains(step.relay()), here + ".relay",
                  absl::StrCat("no relay \"", step.relay(), "\""));
    check.Require(used.insert(step.relay()).second, here + ".relay",
                  absl::StrCat("\"", step.relay(), "\" is used twice"));
    check.Range(step.rank(), 0, 99, here + ".rank");
    // What its sites take says nothing of what it takes.
    const auto beside = std::count_if(tenant.route().begin(), tenant.route().end(),
                                      [&](const auto& o) { return o.rank() == step.rank(); });
    check.Require(!direct.contains(step.relay()) || beside == 1, here + ".rank",
                  "a direct relay shares its rank with no other");
    check.Range(step.weight(), 1, 1000, here + ".weight");
    same = same && step.relay() == tenant.relays(i);
  }
  check.Require(same, at + ".route", "one of relays and route is enough");
}

void CheckTenant(const v1::Tenant& tenant, const std::string& at,
                 const std::set<std::string>& relays, const std::set<std::string>& direct,
                 std::set<std::string>& key_ids, Checker& check) {
  std::set<std::string> senders;
  for (int i = 0; i < tenant.senders_size(); ++i) {
    const std::string here = absl::StrCat(at, ".senders[", i, "]");
    check.Id(tenant.senders(i).id(), senders, here + ".id");
    const absl::StatusOr<Mailbox> mailbox = ParseMailbox(tenant.senders(i).mailbox());
    check.Require(mailbox.ok(), here + ".mailbox", std::string(mailbox.status().message()));
  }
  CheckRoute(tenant, at, relays, direct, check);
  if (tenant.id() != "operator") {
    check.Require(!tenant.senders().empty(), at + ".senders", "missing");
    check.Require(!tenant.relays().empty(), at + ".relays", "missing");
  }
  std::set<std::string> groups;
  if (!tenant.trust_group().empty()) check.Id(tenant.trust_group(), groups, at + ".trust_group");
  check.Range(static_cast<double>(tenant.messages_per_day()), 0, 1e12, at + ".messages_per_day");
  absl::TimeZone zone;
  check.Require(absl::LoadTimeZone(tenant.time_zone(), &zone), at + ".time_zone",
                absl::StrCat("no time zone \"", tenant.time_zone(), "\""));
  for (int i = 0; i < tenant.keys_size(); ++i) {
    const std::string here = absl::StrCat(at, ".keys[", i, "]");
    check.Id(tenant.keys(i).id(), key_ids, here + ".id");
    CheckKey(tenant, tenant.keys(i), here, check);
    CheckNarrowing(tenant, tenant.keys(i), here, check);
  }
}

}  // namespace

bool IsScope(std::string_view scope) { return kScopes.contains(scope); }

absl::Status CheckConfig(const Config& config) {
  Checker check;
  CheckListeners(config, check);
  CheckRedis(config.redis(), check);
  CheckKeys(config.keys(), check);
  CheckReceiptKeys(config.keys(), check);
  CheckPolicies(config, check);
  std::set<std::string> relays, direct, tenants, keys;
  for (int i = 0; i < config.relays_size(); ++i) {
    const std::string at = absl::StrCat("relays[", i, "]");
    check.Id(config.relays(i).id(), relays, at + ".id");
    CheckRelay(config.relays(i), at, check);
    if (config.relays(i).direct()) direct.insert(config.relays(i).id());
  }
  check.Require(!config.relays().empty(), "relays", "missing");
  check.Range(absl::ToDoubleSeconds(ToDuration(config.dns().timeout())), 0.05, 60, "dns.timeout");
  for (int i = 0; i < config.tenants_size(); ++i) {
    const std::string at = absl::StrCat("tenants[", i, "]");
    check.Id(config.tenants(i).id(), tenants, at + ".id");
    CheckTenant(config.tenants(i), at, relays, direct, keys, check);
  }
  check.Require(!config.tenants().empty(), "tenants", "missing");
  CheckCertificateNames(config, check);
  if (!check.status().ok()) return check.status();
  if (absl::Status dkim = CheckDkim(config); !dkim.ok()) return dkim;
  if (absl::Status logos = CheckLogos(config); !logos.ok()) return logos;
  return CheckWebhooks(config);
}

}  // namespace posthaste::config
