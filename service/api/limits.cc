#include "service/api/limits.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/crypto.h"

namespace posthaste::api {
namespace {

constexpr size_t kHashBytes = 16;

// Collects those of one request that are not switched off.
class Rates {
 public:
  explicit Rates(std::string_view hash_key) : hash_key_(hash_key) {}

  // What is counted is `what` of `whose`: of a tenant, or of a trust group.
  void Add(std::string_view name, std::string_view whose, std::string_view what, int64_t count,
           absl::Duration period) {
    if (count <= 0 || what.empty()) return;
    std::string key = crypto::HmacFields(hash_key_, {"posthaste/limit/v1", name, whose, what})
                          .substr(0, kHashBytes);
    rates_.push_back({std::string(name), std::move(key), count, period});
  }

  std::vector<queue::RateLimit> Done() { return std::move(rates_); }

 private:
  const std::string_view hash_key_;
  std::vector<queue::RateLimit> rates_;
};

const char* ClassWord(queue::MailClass mail_class) {
  constexpr const char* kWords[] = {"CODE", "NOTICE", "GENERAL"};
  return kWords[static_cast<size_t>(mail_class)];
}

}  // namespace

std::vector<queue::RateLimit> RecipientLimits(const Person& person, queue::MailClass mail_class,
                                              std::string_view purpose,
                                              const config::v1::Config& config) {
  const config::v1::Limits& limits = config.limits();
  std::vector<queue::RateLimit> rates;
  // The bucket's hash has the tenant in it: no tenant can use up another's.
  const auto add = [&](const char* name, std::string_view what, int count, absl::Duration period) {
    if (count > 0)
      rates.push_back(
          {absl::StrCat(name, ":", std::string(what)), person.bucket_hash, count, period});
  };
  const char* word = ClassWord(mail_class);
  add("recipient_hour", word, limits.sends_per_recipient_hour(), absl::Hours(1));
  add("recipient_day", word, limits.sends_per_recipient_day(), absl::Hours(24));
  // Where all purposes together may have no more it would only take room.
  const int hourly = limits.sends_per_recipient_hour(),
            of_purpose = limits.codes_per_recipient_purpose_hour();
  if (!purpose.empty() && (hourly <= 0 || of_purpose < hourly))
    add("recipient_purpose_hour", purpose, of_purpose, absl::Hours(1));
  return rates;
}

std::vector<queue::RateLimit> ClientLimits(const SendOrder& order, const Caller& caller,
                                           const config::v1::Config& config,
                                           std::string_view hash_key) {
  const config::v1::Limits& limits = config.limits();
  const config::v1::Tenant& tenant = *order.tenant->config;
  Rates rates(hash_key);
  rates.Add("client_hour", tenant.id(), order.client_network, limits.sends_per_client_hour(),
            absl::Hours(1));
  for (const std::string& key : order.rate_limit_keys) {
    rates.Add("caller_key_hour", tenant.id(), key, limits.sends_per_caller_key_hour(),
              absl::Hours(1));
  }
  rates.Add("api_key_minute", tenant.id(), caller.key, limits.sends_per_api_key_minute(),
            absl::Minutes(1));
  rates.Add("tenant_minute", tenant.id(), "all", limits.sends_per_tenant_minute(),
            absl::Minutes(1));
  rates.Add("domain_minute", tenant.id(), order.recipient.ascii_domain,
            limits.sends_per_domain_minute(), absl::Minutes(1));
  if (order.code && !tenant.trust_group().empty()) {
    rates.Add("trust_group_recipient_day", tenant.trust_group(), order.recipient.bucket,
              limits.codes_per_trust_group_recipient_day(), absl::Hours(24));
  }
  return rates.Done();
}

std::string_view LimitWord(std::string_view name) { return name.substr(0, name.find(':')); }

std::string_view LimitReason(std::string_view name) {
  if (name.find("recipient") != std::string_view::npos) return "RECIPIENT_SEND_LIMIT";
  const bool client = name.starts_with("client_") || name.starts_with("caller_");
  return client ? "CLIENT_LIMIT" : "TENANT_QUOTA";
}

QueueBound QueueBoundOf(const SendOrder& order, const config::v1::Config& config, int shards) {
  const auto part = [shards](int64_t all) {
    return std::max<int64_t>(0, (all + shards - 1) / shards);
  };
  const int64_t queued = part(config.limits().queued_per_tenant());
  const int64_t attached = part(config.limits().queued_with_attachments_per_tenant());
  const bool lower = attached > 0 && (queued == 0 || attached < queued);
  if (order.attachments.empty() || !lower) return {queued};
  return {attached, "queued_with_attachments_per_tenant"};
}

std::string SupersedeGroupOf(const Person& person, std::string_view tenant,
                             std::string_view supersede_key, std::string_view hash_key) {
  return crypto::HmacFields(hash_key,
                            {"posthaste/supersede/v1", tenant, person.mailbox_hash, supersede_key})
      .substr(0, kHashBytes);
}

}  // namespace posthaste::api
