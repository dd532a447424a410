#include "service/api/limits.h"

#include "absl/strings/str_cat.h"
#include "base/crypto.h"

namespace posthaste::api {

std::vector<queue::RateLimit> RecipientLimits(const Person& person, queue::MailClass mail_class,
                                              const config::v1::Config& config) {
  const config::v1::Limits& limits = config.limits();
  std::vector<queue::RateLimit> rates;
  const std::string suffix = absl::StrCat(":", static_cast<int>(mail_class));
  // The bucket's hash has the tenant in it: no tenant can use up another's.
  const auto add = [&](const char* word, int count, absl::Duration period) {
    if (count > 0) rates.push_back({word + suffix, person.bucket_hash, count, period});
  };
  add("recipient_hour", limits.sends_per_recipient_hour(), absl::Hours(1));
  add("recipient_day", limits.sends_per_recipient_day(), absl::Hours(24));
  return rates;
}

std::vector<queue::RateLimit> ClientLimits(const SendOrder& order, std::string_view tenant,
                                           const config::v1::Config& config,
                                           std::string_view hash_key) {
  std::vector<queue::RateLimit> rates;
  const int count = config.limits().sends_per_client_hour();
  if (order.client_network.empty() || count <= 0) return rates;
  std::string key =
      crypto::HmacFields(hash_key, {"posthaste/client/v1", tenant, order.client_network})
          .substr(0, 16);
  rates.push_back({"client_hour", std::move(key), count, absl::Hours(1)});
  return rates;
}

std::string_view LimitWord(std::string_view name) { return name.substr(0, name.find(':')); }

std::string SupersedeGroupOf(const Person& person, std::string_view tenant,
                             std::string_view supersede_key, std::string_view hash_key) {
  return crypto::HmacFields(hash_key,
                            {"posthaste/supersede/v1", tenant, person.mailbox_hash, supersede_key})
      .substr(0, 16);
}

}  // namespace posthaste::api
