#include "smtp/exchangers.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "smtp/address_guard.h"
#include "smtp/eyeballs.h"
#include "smtp/mx.h"

namespace posthaste::smtp {
namespace {

using Address = boost::asio::ip::address;

// How long the answer about IPv6 may take once there are IPv4 addresses: there are name servers
// that never answer it.
constexpr std::chrono::seconds kIpv6Wait{2};

// Longer chains of aliases than this are nobody's intention.
constexpr size_t kAliasesMax = 12;

// One domain's search.
class Search {
 public:
  Search(const DnsLookUp& look_up, const ExchangerOptions& options, const Clock& clock,
         bool allow_private, SteadyTime deadline)
      : look_up_(look_up),
        options_(options),
        clock_(clock),
        allow_private_(allow_private),
        deadline_(deadline) {}

  // Fills `found`; without any, `why` and `note` tell.
  Task<void> Run(std::string domain, Random& random);

  std::vector<Exchanger> found;
  FailureClass why = FailureClass::kDnsFailure;
  std::string note;

 private:
  Task<bool> RunsInCircles(std::string name);
  Task<void> Resolve(std::vector<MxHost> hosts);
  Task<std::vector<Address>> AddressesAt(std::string name);
  bool LeadsHome(const std::vector<Address>& addresses) const;
  void Note(const std::string& name, const DnsAnswer& answer);
  void Fail(FailureClass failure, std::string what) {
    why = failure;
    note = std::move(what);
  }

  const DnsLookUp& look_up_;
  const ExchangerOptions& options_;
  const Clock& clock_;
  const bool allow_private_;
  const SteadyTime deadline_;
  bool unsure_ = false;   // An address could not be looked up.
  bool refused_ = false;  // An address is not allowed.
  std::string last_why_;
};

Task<void> Search::Run(std::string domain, Random& random) {
  const DnsAnswer mx = co_await look_up_(domain, DnsType::kMx, deadline_);
  MxPlan plan = PlanMx(domain, mx, random);
  switch (plan.kind) {
    case MxPlan::Kind::kNoDomain:
      Fail(FailureClass::kBadDomain, absl::StrCat(domain, ": no such domain"));
      co_return;
    case MxPlan::Kind::kNullMx:
      Fail(FailureClass::kNullMx, absl::StrCat(domain, ": takes no mail (null MX)"));
      co_return;
    case MxPlan::Kind::kLater: {
      const bool circle = co_await RunsInCircles(domain);
      if (circle) {
        Fail(FailureClass::kBadDomain, absl::StrCat(domain, ": its aliases run in a circle"));
      } else {
        Fail(FailureClass::kDnsFailure, absl::StrCat("MX of ", domain, ": ", mx.why));
      }
      co_return;
    }
    case MxPlan::Kind::kHosts:
      break;
  }
  co_await Resolve(std::move(plan.hosts));
  if (!found.empty()) co_return;
  if (unsure_) {
    Fail(FailureClass::kDnsFailure, absl::StrCat("exchangers of ", domain, ": ", last_why_));
  } else if (refused_) {
    Fail(FailureClass::kBadDomain,
         absl::StrCat(domain, ": only private addresses or our own, which are not allowed"));
  } else {
    Fail(FailureClass::kBadDomain, absl::StrCat(domain, ": no exchanger has an address"));
  }
}

// A resolver that follows aliases says SERVFAIL of those that never end. So they are followed here,
// one by one.
Task<bool> Search::RunsInCircles(std::string name) {
  std::set<std::string> seen;
  for (size_t i = 0; i < kAliasesMax; ++i) {
    if (!seen.insert(name).second) co_return true;
    const DnsAnswer alias = co_await look_up_(name, DnsType::kCname, deadline_);
    if (alias.code != DnsAnswer::Code::kRecords || alias.records.empty()) co_return false;
    const std::optional<std::string> next = NameOf(alias.records.front());
    if (!next) co_return false;
    name = *next;
  }
  co_return true;
}

// Whether one of them is this machine: then this exchanger and all that are less preferred would
// bring the mail back to us (RFC 5321 5.1).
bool Search::LeadsHome(const std::vector<Address>& addresses) const {
  return !allow_private_ && std::any_of(addresses.begin(), addresses.end(), IsOurs);
}

Task<void> Search::Resolve(std::vector<MxHost> hosts) {
  std::vector<int> preferences;
  size_t addresses_left = options_.addresses_max;
  for (const MxHost& host : hosts) {
    if (addresses_left == 0) break;
    std::vector<Address> addresses = co_await AddressesAt(host.name);
    if (LeadsHome(addresses)) {
      refused_ = true;
      while (!preferences.empty() && preferences.back() >= host.preference) {
        preferences.pop_back();
        found.pop_back();
      }
      break;
    }
    if (!allow_private_) {
      const size_t before = addresses.size();
      std::erase_if(addresses, [](const Address& address) { return !MayConnect(address); });
      refused_ = refused_ || addresses.size() < before;
    }
    if (addresses.size() > addresses_left) addresses.resize(addresses_left);
    if (addresses.empty()) continue;
    addresses_left -= addresses.size();
    found.push_back({host.name, std::move(addresses)});
    preferences.push_back(host.preference);
  }
}

// Both families, taking turns, IPv6 first.
Task<std::vector<Address>> Search::AddressesAt(std::string name) {
  const DnsAnswer v4 = co_await look_up_(name, DnsType::kA, deadline_);
  Note(name, v4);
  const bool some = v4.code == DnsAnswer::Code::kRecords;
  const SteadyTime wait = some ? std::min(deadline_, clock_.Steady() + kIpv6Wait) : deadline_;
  const DnsAnswer v6 = co_await look_up_(name, DnsType::kAaaa, wait);
  Note(name, v6);
  Endpoints endpoints;
  for (const DnsAnswer* answer : {&v6, &v4}) {
    const std::vector<Address> addresses = AddressesOf(*answer);
    for (const Address& address : addresses) endpoints.emplace_back(address, 0);
  }
  std::vector<Address> addresses;
  const Endpoints order = Interleave(endpoints);
  for (const auto& endpoint : order) addresses.push_back(endpoint.address());
  co_return addresses;
}

void Search::Note(const std::string& name, const DnsAnswer& answer) {
  if (answer.code != DnsAnswer::Code::kFailed) return;
  unsure_ = true;
  last_why_ = absl::StrCat(name, ": ", answer.why);
}

Attempt FailedAttempt(const std::string& relay, const std::string& domain, const Search& search,
                      absl::Duration took) {
  Attempt failed;
  failed.relay = relay;
  failed.address = domain;
  failed.outcome = JudgeSilence(Phase::kConnect, search.why);
  failed.phase_durations[static_cast<size_t>(Phase::kConnect)] = took;
  failed.outcome.scope = Scope::kRecipient;  // No relay of ours has done anything wrong.
  failed.transcript = absl::StrCat("(", search.note, ")\n");
  if (search.why == FailureClass::kDnsFailure) return failed;
  failed.ending = Ending::kJudged;
  failed.outcome.verdict = Verdict::kBounced;
  return failed;
}

struct Finder {
  DnsLookUp look_up;
  std::shared_ptr<Sites> sites;
  ExchangerOptions options;
  const Clock& clock;
  Random& random;
};

bool IsAt(const Exchanger& exchanger, const std::string& again_address) {
  return std::any_of(exchanger.addresses.begin(), exchanger.addresses.end(),
                     [&](const Address& address) {
                       const std::string bare = address.to_string();
                       return absl::StartsWith(again_address, bare + ":") ||
                              absl::StartsWith(again_address, absl::StrCat("[", bare, "]:"));
                     });
}

Task<Exchangers> Find(std::shared_ptr<const Finder> finder, std::shared_ptr<Relay> relay,
                      std::string domain, std::string again_address, SteadyTime deadline) {
  const SteadyTime begin = finder->clock.Steady();
  const SteadyTime end =
      std::min(deadline, begin + absl::ToChronoNanoseconds(finder->options.limit));
  Search search(finder->look_up, finder->options, finder->clock, relay->options().allow_private,
                end);
  co_await search.Run(domain, finder->random);
  Exchangers exchangers;
  if (search.found.empty()) {
    const absl::Duration took = absl::FromChrono(finder->clock.Steady() - begin);
    exchangers.failed = FailedAttempt(relay->options().id, domain, search, took);
    co_return exchangers;
  }
  std::stable_partition(search.found.begin(), search.found.end(),
                        [&](const Exchanger& exchanger) { return IsAt(exchanger, again_address); });
  exchangers.hosts = finder->sites->Hosts(*relay, domain, search.found);
  co_return exchangers;
}

}  // namespace

ExchangerFinder FindByDns(DnsLookUp look_up, std::shared_ptr<Sites> sites,
                          const ExchangerOptions& options, const Clock& clock, Random& random) {
  const auto finder = std::make_shared<const Finder>(
      Finder{std::move(look_up), std::move(sites), options, clock, random});
  return [finder](std::shared_ptr<Relay> relay, std::string domain, std::string again_address,
                  SteadyTime deadline) {
    return Find(finder, std::move(relay), std::move(domain), std::move(again_address), deadline);
  };
}

}  // namespace posthaste::smtp
