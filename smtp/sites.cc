#include "smtp/sites.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "smtp/provider.h"

namespace posthaste::smtp {
namespace {

std::string NamesOf(const std::vector<Exchanger>& exchangers) {
  std::set<std::string> names;
  for (const Exchanger& exchanger : exchangers) names.insert(exchanger.name);
  return absl::StrJoin(names, ",");
}

// What tells one host of a site from another, and from itself at other addresses.
std::string KeyOf(const std::string& site, const Exchanger& exchanger) {
  std::set<std::string> addresses;
  for (const auto& address : exchanger.addresses) addresses.insert(address.to_string());
  return absl::StrCat(site, " ", exchanger.name, " ", absl::StrJoin(addresses, ","));
}

const ProviderLimits* LimitsOf(const RelayOptions& options, std::string_view provider) {
  const auto found = options.providers.find(std::string(provider));
  return found == options.providers.end() ? nullptr : &found->second;
}

RelayOptions OptionsAt(const RelayOptions& options, const Exchanger& exchanger,
                       std::string_view provider) {
  RelayOptions at = options;
  at.direct = false;
  at.host = exchanger.name;
  at.addresses = exchanger.addresses;
  at.session.tls_name = exchanger.name;
  at.session.memory = std::make_shared<RelayMemory>();
  const ProviderLimits* const limits = LimitsOf(options, provider);
  if (limits != nullptr && limits->transactions_max > 0) {
    at.transactions_max = limits->transactions_max;
  }
  return at;
}

}  // namespace

std::shared_ptr<Governor> Sites::SiteOf(const RelayOptions& options, const std::string& site,
                                        std::string_view provider) {
  std::weak_ptr<Governor>& known = sites_[site];
  if (std::shared_ptr<Governor> governor = known.lock()) return governor;
  GovernorLimits limits = options.limits;
  if (const ProviderLimits* const own = LimitsOf(options, provider)) {
    if (own->sessions_max > 0) limits.sessions_max = own->sessions_max;
    if (own->messages_per_second > 0) limits.messages_per_second = own->messages_per_second;
  }
  limits.sessions_first = std::min(limits.sessions_first, limits.sessions_max);
  limits.shown = !provider.empty();
  auto governor = std::make_shared<Governor>(absl::StrCat(options.id, ":", std::string(provider)),
                                             limits, clock_);
  known = governor;
  return governor;
}

std::vector<std::shared_ptr<Relay>> Sites::Hosts(const Relay& relay, std::string_view domain,
                                                 const std::vector<Exchanger>& exchangers) {
  std::vector<std::shared_ptr<Relay>> hosts;
  if (exchangers.empty()) return hosts;
  const std::string_view provider = ProviderOf(exchangers.front().name, domain);
  const RelayOptions& options = relay.options();
  const std::string site =
      absl::StrCat(options.id, " ", provider.empty() ? NamesOf(exchangers) : std::string(provider));
  const SteadyTime now = clock_.Steady();
  const absl::MutexLock lock(&mutex_);
  const std::shared_ptr<Governor> governor = SiteOf(options, site, provider);
  for (const Exchanger& exchanger : exchangers) {
    Known& known = hosts_[KeyOf(site, exchanger)];
    if (known.relay == nullptr) {
      known.relay = std::make_shared<Relay>(OptionsAt(options, exchanger, provider), governor);
    }
    known.used = now;
    hosts.push_back(known.relay);
  }
  if (hosts_.size() > kHostsMax) Forget();
  return hosts;
}

// An eighth of them at once, so that it is seldom done.
void Sites::Forget() {
  std::vector<std::pair<SteadyTime, std::string>> unused;
  for (const auto& [key, known] : hosts_) {
    const bool sessions = known.relay->governor().open() > 0;
    if (!sessions) unused.emplace_back(known.used, key);
  }
  std::sort(unused.begin(), unused.end());
  unused.resize(std::min(unused.size(), kHostsMax / 8));
  for (const auto& [used, key] : unused) hosts_.erase(key);
  std::erase_if(sites_, [](const auto& site) { return site.second.expired(); });
}

}  // namespace posthaste::smtp
