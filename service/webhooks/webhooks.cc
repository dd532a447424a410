#include "service/webhooks/webhooks.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/crypto.h"
#include "smtp/dialer.h"
#include "smtp/tls.h"

namespace posthaste::webhooks {
namespace {

constexpr absl::Duration kLastWait = absl::Seconds(3);    // For requests under way.
constexpr absl::Duration kCutOffWait = absl::Seconds(1);  // For what was cut off.

std::string NameOf(const Endpoint& endpoint) {
  return absl::StrCat(endpoint.tenant, "/", endpoint.id);
}

}  // namespace

Dialers TcpDialers(Loop& loop) {
  return [&loop](const Endpoint& endpoint) -> absl::StatusOr<std::unique_ptr<smtp::Dialer>> {
    absl::StatusOr<std::shared_ptr<smtp::TlsClient>> tls =
        smtp::TlsClient::Create(endpoint.ca_file);
    if (!tls.ok()) return tls.status();
    return std::unique_ptr<smtp::Dialer>(
        std::make_unique<smtp::TcpDialer>(loop, *std::move(tls), endpoint.allow_private));
  };
}

Endpoints ShareOf(const Endpoints& endpoints, size_t index, size_t count) {
  Endpoints share;
  for (const auto& endpoint : endpoints) {
    const auto first = static_cast<unsigned char>(crypto::Sha256(NameOf(*endpoint)).front());
    if (first % count == index) share.push_back(endpoint);
  }
  return share;
}

Webhooks::Webhooks(Loop& loop, queue::Store& store, Endpoints endpoints, Dialers dialers,
                   const Clock& clock, Random& random)
    : loop_(loop),
      store_(store),
      endpoints_(std::move(endpoints)),
      dialers_(std::move(dialers)),
      clock_(clock),
      random_(random),
      ended_(loop) {}

void Webhooks::Start() {
  started_ = true;
  Use(std::move(endpoints_));
}

void Webhooks::Use(Endpoints endpoints) {
  if (!started_) {
    endpoints_ = std::move(endpoints);
    return;
  }
  if (stopping_) return;
  std::set<std::string> wanted;
  for (const auto& endpoint : endpoints) {
    wanted.insert(NameOf(*endpoint));
    const auto known = senders_.find(NameOf(*endpoint));
    if (known == senders_.end()) {
      Begin(endpoint);
    } else {
      known->second->Use(endpoint);
    }
  }
  for (auto at = senders_.begin(); at != senders_.end();) {
    if (wanted.contains(at->first)) {
      ++at;
      continue;
    }
    at->second->Stop(false);
    at = senders_.erase(at);
  }
}

void Webhooks::Begin(std::shared_ptr<const Endpoint> endpoint) {
  auto sender = std::make_shared<Sender>(loop_, store_, endpoint, dialers_, clock_, random_);
  senders_.emplace(NameOf(*endpoint), sender);
  ++running_;
  asio::co_spawn(loop_, Run(std::move(sender)), asio::detached);
}

Task<void> Webhooks::Run(std::shared_ptr<Sender> sender) {
  co_await sender->Run();
  --running_;
  ended_.Notify();
}

void Webhooks::StopAll(bool now) {
  for (const auto& [name, sender] : senders_) sender->Stop(now);
}

Task<void> Webhooks::WaitForEnd(absl::Duration limit) {
  const SteadyTime until = clock_.Steady() + absl::ToChronoNanoseconds(limit);
  while (running_ > 0 && clock_.Steady() < until) {
    const absl::Duration left = absl::FromChrono(until - clock_.Steady());
    co_await ended_.Wait(left);
  }
}

Task<void> Webhooks::Stop() {
  stopping_ = true;
  StopAll(false);
  co_await WaitForEnd(kLastWait);
  StopAll(true);
  co_await WaitForEnd(kCutOffWait);
}

}  // namespace posthaste::webhooks
