#include "service/api/peer.h"

#include "absl/strings/str_replace.h"
#include "base/network.h"

namespace posthaste::api {
namespace {

constexpr std::string_view kIpv4 = "ipv4:", kIpv6 = "ipv6:";

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

// "[::1%25eth0]:4711" → "::1"
std::string Unbracketed(std::string_view text) {
  const std::string host = absl::StrReplaceAll(std::string(text), {{"%5B", "["}, {"%5D", "]"}});
  const size_t end = host.find_first_of("]%");
  if (host.empty() || host[0] != '[' || end == std::string::npos) return "";
  return host.substr(1, end - 1);
}

}  // namespace

std::string AddressOfPeer(std::string_view peer) {
  if (StartsWith(peer, "unix:") || StartsWith(peer, "unix-abstract:")) return "127.0.0.1";
  std::string address;
  if (StartsWith(peer, kIpv4)) {
    address = std::string(peer.substr(kIpv4.size(), peer.rfind(':') - kIpv4.size()));
  } else if (StartsWith(peer, kIpv6)) {
    address = Unbracketed(peer.substr(kIpv6.size()));
  }
  return ParseIpAddress(address) ? address : "";
}

}  // namespace posthaste::api
