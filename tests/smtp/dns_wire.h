// Records as they are on the wire, for tests.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <string>

#include "absl/strings/str_split.h"

namespace posthaste::smtp {

inline std::string WireName(const std::string& name) {
  std::string wire;
  for (const auto label : absl::StrSplit(name, '.', absl::SkipEmpty())) {
    wire += static_cast<char>(label.size());
    wire.append(label.data(), label.size());
  }
  return wire + '\0';
}

inline std::string WireMx(int preference, const std::string& host) {
  return std::string{static_cast<char>(preference / 256), static_cast<char>(preference % 256)} +
         WireName(host);
}

inline std::string WireAddress(const std::string& address) {
  const auto parsed = boost::asio::ip::make_address(address);
  std::string wire;
  if (parsed.is_v4()) {
    for (const auto byte : parsed.to_v4().to_bytes()) wire += static_cast<char>(byte);
  } else {
    for (const auto byte : parsed.to_v6().to_bytes()) wire += static_cast<char>(byte);
  }
  return wire;
}

}  // namespace posthaste::smtp
