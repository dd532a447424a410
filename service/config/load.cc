#include "service/config/load.h"

#include <arpa/inet.h>
#include <google/protobuf/util/json_util.h>

#include <thread>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "service/config/yaml.h"

namespace posthaste::config {
namespace {

void FillCodes(v1::Codes& codes) {
  if (codes.length() == 0) codes.set_length(6);
  if (!codes.has_ttl()) *codes.mutable_ttl() = FromSeconds(600);
  if (codes.guesses() == 0) codes.set_guesses(5);
  if (codes.sends() == 0) codes.set_sends(5);
  if (codes.cooldowns().empty()) {
    for (const int64_t seconds : {30, 60, 120}) *codes.add_cooldowns() = FromSeconds(seconds);
  }
  if (codes.wrong_guesses_per_day() == 0) codes.set_wrong_guesses_per_day(20);
  if (codes.odds_ceiling() == 0) codes.set_odds_ceiling(1e-4);
  if (!codes.has_receipt_ttl()) *codes.mutable_receipt_ttl() = FromSeconds(600);
  if (codes.receipt_issuer().empty()) codes.set_receipt_issuer("posthaste");
}

void FillLimits(v1::Limits& limits) {
  if (limits.sends_per_recipient_hour() == 0) limits.set_sends_per_recipient_hour(10);
  if (limits.sends_per_recipient_day() == 0) limits.set_sends_per_recipient_day(30);
  if (limits.sends_per_client_hour() == 0) limits.set_sends_per_client_hour(30);
  if (limits.queued_per_tenant() == 0) limits.set_queued_per_tenant(1'000'000);
  if (limits.queued_with_attachments_per_tenant() == 0)
    limits.set_queued_with_attachments_per_tenant(1000);
  if (limits.codes_per_recipient_purpose_hour() == 0)
    limits.set_codes_per_recipient_purpose_hour(10);
  if (limits.sends_per_caller_key_hour() == 0) limits.set_sends_per_caller_key_hour(30);
  if (limits.sends_per_api_key_minute() == 0) limits.set_sends_per_api_key_minute(-1);
  if (limits.sends_per_tenant_minute() == 0) limits.set_sends_per_tenant_minute(-1);
  if (limits.sends_per_domain_minute() == 0) limits.set_sends_per_domain_minute(-1);
  if (limits.codes_per_trust_group_recipient_day() == 0)
    limits.set_codes_per_trust_group_recipient_day(30);
}

void FillTimeouts(v1::PhaseTimeouts& timeouts) {
  if (!timeouts.has_connect()) *timeouts.mutable_connect() = FromSeconds(10);
  if (!timeouts.has_greeting()) *timeouts.mutable_greeting() = FromSeconds(30);
  if (!timeouts.has_ehlo()) *timeouts.mutable_ehlo() = FromSeconds(30);
  if (!timeouts.has_starttls()) *timeouts.mutable_starttls() = FromSeconds(30);
  if (!timeouts.has_auth()) *timeouts.mutable_auth() = FromSeconds(30);
  if (!timeouts.has_mail()) *timeouts.mutable_mail() = FromSeconds(60);
  if (!timeouts.has_rcpt()) *timeouts.mutable_rcpt() = FromSeconds(60);
  if (!timeouts.has_data()) *timeouts.mutable_data() = FromSeconds(60);
  if (!timeouts.has_body()) *timeouts.mutable_body() = FromSeconds(180);
  if (!timeouts.has_dot()) *timeouts.mutable_dot() = FromSeconds(600);
}

void FillRelay(v1::Relay& relay) {
  if (relay.port() == 0) relay.set_port(relay.direct() ? 25 : relay.implicit_tls() ? 465 : 587);
  if (relay.tls() == v1::Relay::TLS_UNSPECIFIED) {
    relay.set_tls(relay.direct() ? v1::Relay::OPPORTUNISTIC : v1::Relay::VERIFIED);
  }
  if (relay.tls_name().empty()) relay.set_tls_name(relay.host());
  if (relay.sessions() == 0) relay.set_sessions(20);
  if (relay.transactions_per_session() == 0) relay.set_transactions_per_session(100);
  if (!relay.has_idle()) *relay.mutable_idle() = FromSeconds(30);
  FillTimeouts(*relay.mutable_timeouts());
}

// Whichever of `relays` and `route` was given, the other says the same; where both were,
// CheckConfig finds out.
void FillRoute(v1::Tenant& tenant) {
  for (v1::RouteStep& step : *tenant.mutable_route()) {
    if (step.weight() == 0) step.set_weight(1);
  }
  if (tenant.route().empty()) {
    for (int i = 0; i < tenant.relays_size(); ++i) {
      v1::RouteStep& step = *tenant.add_route();
      step.set_relay(tenant.relays(i));
      step.set_rank(std::min(i, 99));
      step.set_weight(1);
    }
  } else if (tenant.relays().empty()) {
    for (const v1::RouteStep& step : tenant.route()) tenant.add_relays(step.relay());
  }
}

void FillTenant(v1::Tenant& tenant) {
  FillRoute(tenant);
  if (tenant.locale().empty()) tenant.set_locale("en");
  if (tenant.time_zone().empty()) tenant.set_time_zone("UTC");
  for (v1::Sender& sender : *tenant.mutable_senders()) {
    const size_t at = sender.mailbox().rfind('@');
    if (sender.return_path_domain().empty() && at != std::string::npos) {
      sender.set_return_path_domain(sender.mailbox().substr(at + 1));
    }
  }
  for (v1::Webhook& webhook : *tenant.mutable_webhooks()) {
    if (!webhook.has_timeout()) *webhook.mutable_timeout() = FromSeconds(10);
    if (!webhook.has_retry_for()) *webhook.mutable_retry_for() = FromSeconds(86400);
  }
  v1::Brand& brand = *tenant.mutable_brand();
  if (brand.product_name().empty() && !tenant.senders().empty()) {
    brand.set_product_name(tenant.senders(0).name());
  }
  if (brand.logo_height() == 0) brand.set_logo_height(32);
}

void FillRedis(v1::Redis& redis) {
  if (redis.address().empty()) redis.set_address("127.0.0.1:6379");
  if (redis.durability() == v1::Redis::DURABILITY_UNSPECIFIED)
    redis.set_durability(v1::Redis::LOCAL);
  if (redis.shards() == 0) redis.set_shards(16);
  if (!redis.has_timeout()) *redis.mutable_timeout() = FromSeconds(2);
}

void FillWorker(v1::Worker& worker) {
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  if (worker.loops() == 0) worker.set_loops(std::max(1, cores));
  if (worker.slots() == 0) worker.set_slots(64);
  if (!worker.has_grace()) *worker.mutable_grace() = FromSeconds(20);
  if (worker.uncertain_codes() == v1::Worker::UNCERTAIN_POLICY_UNSPECIFIED) {
    worker.set_uncertain_codes(v1::Worker::RESEND);
  }
  if (worker.uncertain_others() == v1::Worker::UNCERTAIN_POLICY_UNSPECIFIED) {
    worker.set_uncertain_others(v1::Worker::RESEND);
  }
}

}  // namespace

google::protobuf::Duration FromSeconds(int64_t seconds) {
  google::protobuf::Duration duration;
  duration.set_seconds(seconds);
  return duration;
}

bool IsLoopback(std::string_view address) {
  if (address.substr(0, 5) == "unix:") return true;
  return IsLoopbackHost(std::string(address.substr(0, address.rfind(':'))));
}

bool IsLoopbackHost(const std::string& host) {
  in_addr v4{};
  // By its bytes: "127.example.com" is somebody's host.
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  return host == "localhost" || host == "[::1]" || host == "::1";
}

void FillDefaults(Config& config) {
  if (config.grpc().address().empty()) config.mutable_grpc()->set_address("127.0.0.1:8525");
  if (config.ops().address().empty()) config.mutable_ops()->set_address("127.0.0.1:8526");
  FillRedis(*config.mutable_redis());
  FillWorker(*config.mutable_worker());
  FillCodes(*config.mutable_codes());
  FillLimits(*config.mutable_limits());
  if (config.log().level() == v1::Log::LEVEL_UNSPECIFIED)
    config.mutable_log()->set_level(v1::Log::INFO);
  if (config.templates_lint() == Config::LINT_UNSPECIFIED)
    config.set_templates_lint(Config::REFUSE);
  if (!config.dns().has_timeout()) *config.mutable_dns()->mutable_timeout() = FromSeconds(10);
  for (v1::Relay& relay : *config.mutable_relays()) FillRelay(relay);
  for (v1::Tenant& tenant : *config.mutable_tenants()) FillTenant(tenant);
}

absl::StatusOr<Config> ParseConfig(std::string_view yaml) {
  absl::StatusOr<std::string> json = YamlToJson(yaml);
  if (!json.ok()) return json.status();
  Config config;
  google::protobuf::util::JsonParseOptions options;
  options.case_insensitive_enum_parsing = true;
  const auto parsed = google::protobuf::util::JsonStringToMessage(*json, &config, options);
  if (!parsed.ok()) {
    return absl::InvalidArgumentError(
        std::string(parsed.message().data(), parsed.message().size()));
  }
  FillDefaults(config);
  if (absl::Status status = CheckConfig(config); !status.ok()) return status;
  return config;
}

absl::StatusOr<Config> LoadConfig(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadFile(path, kConfigBytesMax);
  if (!text.ok()) return text.status();
  absl::StatusOr<Config> config = ParseConfig(*text);
  if (config.ok()) return config;
  return absl::Status(config.status().code(),
                      absl::StrCat(path, ": ", std::string(config.status().message())));
}

}  // namespace posthaste::config
