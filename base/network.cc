#include "base/network.h"

#include <arpa/inet.h>

#include "absl/strings/numbers.h"

namespace posthaste {
namespace {

constexpr std::string_view kMapped("\0\0\0\0\0\0\0\0\0\0\xFF\xFF", 12);

// Whether the first `bits` of both are the same.
bool SamePrefix(std::string_view left, std::string_view right, int bits) {
  const auto whole = static_cast<size_t>(bits / 8);
  if (left.substr(0, whole) != right.substr(0, whole)) return false;
  if (bits % 8 == 0) return true;
  const int differs =
      static_cast<unsigned char>(left[whole]) ^ static_cast<unsigned char>(right[whole]);
  return (differs >> (8 - bits % 8)) == 0;
}

}  // namespace

std::optional<std::string> ParseIpAddress(std::string_view text) {
  const std::string address(text);
  char bytes[16] = {};
  if (inet_pton(AF_INET, address.c_str(), bytes) == 1) return std::string(bytes, 4);
  if (inet_pton(AF_INET6, address.c_str(), bytes) != 1) return std::nullopt;
  const std::string_view all(bytes, sizeof(bytes));
  return std::string(all.substr(0, kMapped.size()) == kMapped ? all.substr(kMapped.size()) : all);
}

std::optional<IpNetwork> ParseIpNetwork(std::string_view text) {
  const size_t slash = text.find('/');
  std::optional<std::string> bytes = ParseIpAddress(text.substr(0, slash));
  if (!bytes) return std::nullopt;
  const int bits = static_cast<int>(bytes->size()) * 8;
  IpNetwork network{*std::move(bytes), bits};
  if (slash != std::string_view::npos) {
    const std::string_view prefix = text.substr(slash + 1);
    if (prefix.empty() || prefix.find_first_not_of("0123456789") != std::string_view::npos ||
        !absl::SimpleAtoi(std::string(prefix), &network.prefix) || network.prefix > bits)
      return std::nullopt;
  }
  std::string masked = network.bytes;
  for (int bit = network.prefix; bit < bits; ++bit) {
    char& byte = masked[static_cast<size_t>(bit / 8)];
    byte = static_cast<char>(byte & ~(0x80 >> (bit % 8)));
  }
  if (masked != network.bytes) return std::nullopt;
  return network;
}

bool Contains(const IpNetwork& network, std::string_view address) {
  return address.size() == network.bytes.size() &&
         SamePrefix(network.bytes, address, network.prefix);
}

}  // namespace posthaste
