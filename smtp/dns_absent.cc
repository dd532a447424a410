// What stands for dns.cc in a build without libunbound.
#include "smtp/dns.h"

namespace posthaste::smtp {

struct Dns::Impl {};

absl::StatusOr<std::unique_ptr<Dns>> Dns::Create(Loop&, const std::vector<std::string>&) {
  return absl::UnimplementedError("this build has no libunbound (PH_UNBOUND)");
}

Dns::Dns(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Dns::~Dns() = default;

DnsLookUp Dns::LookUpOn(Loop&) { return nullptr; }

}  // namespace posthaste::smtp
