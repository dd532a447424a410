#include "smtp/mx.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"

namespace posthaste::smtp {
namespace {

using boost::asio::ip::address;
using boost::asio::ip::address_v4;
using boost::asio::ip::address_v6;

std::optional<MxHost> HostOf(std::string_view record) {
  if (record.size() < 3) return std::nullopt;
  std::optional<std::string> name = NameOf(record.substr(2));
  if (!name) return std::nullopt;
  const auto byte = [&](size_t at) { return static_cast<unsigned char>(record[at]); };
  return MxHost{*std::move(name), byte(0) * 256 + byte(1)};
}

// Fisher and Yates. Then the sort by preference keeps the order within each.
void Shuffle(std::vector<MxHost>& hosts, Random& random) {
  for (size_t i = hosts.size(); i > 1; --i) std::swap(hosts[i - 1], hosts[random.Below(i)]);
}

}  // namespace

std::optional<std::string> NameOf(std::string_view wire) {
  std::string name;
  while (!wire.empty()) {
    const size_t size = static_cast<unsigned char>(wire[0]);
    if (size == 0) return name;
    if (size > 63 || size >= wire.size() || name.size() + size > 253) return std::nullopt;
    if (!name.empty()) name += '.';
    for (const char c : wire.substr(1, size)) {
      if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '_') {
        return std::nullopt;
      }
      name += absl::ascii_tolower(static_cast<unsigned char>(c));
    }
    wire.remove_prefix(size + 1);
  }
  return std::nullopt;
}

MxPlan PlanMx(const std::string& domain, const DnsAnswer& mx, Random& random) {
  MxPlan plan;
  if (mx.code == DnsAnswer::Code::kFailed) return plan;
  plan.kind = MxPlan::Kind::kNoDomain;
  if (mx.code == DnsAnswer::Code::kNoName) return plan;
  plan.kind = MxPlan::Kind::kHosts;
  bool null_mx = false;
  for (const std::string& record : mx.records) {
    std::optional<MxHost> host = HostOf(record);
    if (!host) continue;
    null_mx = null_mx || host->name.empty();
    if (!host->name.empty()) plan.hosts.push_back(*std::move(host));
  }
  if (plan.hosts.empty() && null_mx) {
    plan.kind = MxPlan::Kind::kNullMx;
    return plan;
  }
  if (mx.code == DnsAnswer::Code::kNoRecords) plan.hosts.push_back({domain, 0});
  if (plan.hosts.empty()) plan.kind = MxPlan::Kind::kNoDomain;
  Shuffle(plan.hosts, random);
  std::stable_sort(plan.hosts.begin(), plan.hosts.end(),
                   [](const MxHost& a, const MxHost& b) { return a.preference < b.preference; });
  if (plan.hosts.size() > kMxHostsMax) plan.hosts.resize(kMxHostsMax);
  return plan;
}

std::vector<address> AddressesOf(const DnsAnswer& answer) {
  std::vector<address> addresses;
  for (const std::string& record : answer.records) {
    if (record.size() == 4) {
      address_v4::bytes_type bytes;
      std::copy(record.begin(), record.end(), bytes.begin());
      addresses.push_back(address_v4(bytes));
    } else if (record.size() == 16) {
      address_v6::bytes_type bytes;
      std::copy(record.begin(), record.end(), bytes.begin());
      addresses.push_back(address_v6(bytes));
    }
  }
  return addresses;
}

}  // namespace posthaste::smtp
