#include "smtp/again_dialer.h"

#include <boost/asio/ip/address.hpp>

#include "absl/strings/str_cat.h"

namespace posthaste::smtp {
namespace {

// The address in "address:port", without the brackets; "" if that is not what it is.
std::string LiteralOf(const std::string& address, uint16_t port) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos || address.substr(colon + 1) != std::to_string(port)) return "";
  std::string literal = address.substr(0, colon);
  if (literal.size() > 2 && literal.front() == '[') literal = literal.substr(1, colon - 2);
  boost::system::error_code bad;
  boost::asio::ip::make_address(literal, bad);
  return bad ? "" : literal;
}

}  // namespace

Task<absl::StatusOr<std::unique_ptr<Stream>>> AgainDialer::Dial(const std::string& host,
                                                                uint16_t port,
                                                                SteadyTime deadline) {
  const std::string literal = LiteralOf(address_, port);
  if (!literal.empty()) {
    const SteadyTime now = clock_.Steady();
    const SteadyTime part = now + (deadline - now) / 3;
    absl::StatusOr<std::unique_ptr<Stream>> there = co_await inner_.Dial(literal, port, part);
    if (there.ok()) {
      (*there)->ExpireAt(deadline);
      co_return there;
    }
  }
  absl::StatusOr<std::unique_ptr<Stream>> anywhere = co_await inner_.Dial(host, port, deadline);
  co_return anywhere;
}

}  // namespace posthaste::smtp
