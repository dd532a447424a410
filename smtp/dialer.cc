#include "smtp/dialer.h"

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "smtp/tcp_stream.h"

namespace posthaste::smtp {
namespace {

using asio::ip::tcp;
using ErrorCode = boost::system::error_code;
using Endpoints = std::vector<tcp::endpoint>;

constexpr size_t kAddressesMax = 5;

// A look-up runs on Asio's resolver thread and cannot be stopped there. The caller waits on the
// timer, which the answer cancels; an answer that comes too late finds nobody.
struct LookUp {
  explicit LookUp(Loop& loop) : resolver(loop), timer(loop) {}
  tcp::resolver resolver;
  asio::steady_timer timer;
  bool done = false;
  ErrorCode error;
  Endpoints found;
};

Task<absl::StatusOr<Endpoints>> Resolve(Loop& loop, const std::string& host, uint16_t port,
                                        SteadyTime deadline) {
  ErrorCode not_an_address;
  const asio::ip::address literal = asio::ip::make_address(host, not_an_address);
  if (!not_an_address) co_return Endpoints(1, tcp::endpoint(literal, port));
  const auto look_up = std::make_shared<LookUp>(loop);
  look_up->timer.expires_at(deadline);
  look_up->resolver.async_resolve(
      host, std::to_string(port), tcp::resolver::numeric_service,
      [look_up](const ErrorCode& error, const tcp::resolver::results_type& results) {
        look_up->done = true;
        look_up->error = error;
        for (const auto& result : results) look_up->found.push_back(result.endpoint());
        look_up->timer.cancel();
      });
  co_await look_up->timer.async_wait(kAsTuple);
  if (!look_up->done) {
    co_return absl::DeadlineExceededError(absl::StrCat("resolve ", host, ": time limit"));
  }
  if (look_up->error) {
    co_return absl::UnavailableError(
        absl::StrCat("resolve ", host, ": ", look_up->error.message()));
  }
  co_return std::move(look_up->found);
}

bool IsPrivateV4(const asio::ip::address_v4& address) {
  struct Range {
    uint32_t base;
    int bits;
  };
  static constexpr Range kRanges[] = {
      {0x00000000, 8},  {0x0A000000, 8},  {0x64400000, 10}, {0x7F000000, 8},  {0xA9FE0000, 16},
      {0xAC100000, 12}, {0xC0000000, 24}, {0xC0000200, 24}, {0xC0A80000, 16}, {0xC6120000, 15},
      {0xC6336400, 24}, {0xCB007100, 24}, {0xE0000000, 4},  {0xF0000000, 4}};
  const uint32_t bits = address.to_uint();
  return std::any_of(std::begin(kRanges), std::end(kRanges), [bits](const Range& range) {
    return (bits >> (32 - range.bits)) == (range.base >> (32 - range.bits));
  });
}

bool StartsWith(const asio::ip::address_v6::bytes_type& bytes,
                std::initializer_list<uint8_t> prefix) {
  return std::equal(prefix.begin(), prefix.end(), bytes.begin());
}

asio::ip::address_v4 V4At(const asio::ip::address_v6::bytes_type& bytes, size_t at) {
  return asio::ip::address_v4({bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]});
}

}  // namespace

bool IsPrivate(const asio::ip::address& address) {
  if (address.is_v4()) return IsPrivateV4(address.to_v4());
  const asio::ip::address_v6 v6 = address.to_v6();
  const auto bytes = v6.to_bytes();
  if (v6.is_v4_mapped()) return IsPrivateV4(V4At(bytes, 12));
  if (StartsWith(bytes, {0x00, 0x64, 0xFF, 0x9B})) return IsPrivateV4(V4At(bytes, 12));  // NAT64
  if (StartsWith(bytes, {0x20, 0x02})) return IsPrivateV4(V4At(bytes, 2));               // 6to4
  if (StartsWith(bytes, {0x20, 0x01, 0x0D, 0xB8})) return true;
  return (bytes[0] & 0xE0) != 0x20;  // Only 2000::/3 is handed out (RFC 4291 2.4).
}

TcpDialer::TcpDialer(Loop& loop, std::shared_ptr<TlsClient> tls, bool allow_private)
    : loop_(loop), tls_(std::move(tls)), allow_private_(allow_private) {}

Task<absl::StatusOr<std::unique_ptr<Stream>>> TcpDialer::Dial(const std::string& host,
                                                              uint16_t port, SteadyTime deadline) {
  absl::StatusOr<Endpoints> resolved = co_await Resolve(loop_, host, port, deadline);
  if (!resolved.ok()) co_return resolved.status();
  Endpoints& endpoints = *resolved;
  if (!allow_private_) {
    std::erase_if(endpoints, [](const tcp::endpoint& at) { return IsPrivate(at.address()); });
    if (endpoints.empty()) {
      co_return absl::FailedPreconditionError(
          absl::StrCat("connect to ", host, ": only private addresses, which are not allowed"));
    }
  }
  if (endpoints.size() > kAddressesMax) endpoints.resize(kAddressesMax);
  absl::Status last = absl::UnavailableError(absl::StrCat("resolve ", host, ": no address"));
  for (size_t i = 0; i < endpoints.size(); ++i) {
    const SteadyTime now = std::chrono::steady_clock::now();
    if (now >= deadline) co_return absl::DeadlineExceededError(last.message());
    auto stream = std::make_unique<TcpStream>(loop_, tls_);
    stream->ExpireAt(now + (deadline - now) / static_cast<int>(endpoints.size() - i));
    last = co_await stream->Connect(endpoints[i]);
    if (last.ok()) {
      // The share of time was for connecting only.
      stream->ExpireAt(deadline);
      co_return std::unique_ptr<Stream>(std::move(stream));
    }
  }
  co_return last;
}

}  // namespace posthaste::smtp
