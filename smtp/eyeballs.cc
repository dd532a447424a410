#include "smtp/eyeballs.h"

#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace posthaste::smtp {
namespace {

using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

// Kept alive by the handlers of its connections and timers; the caller waits on `done`.
class Race : public std::enable_shared_from_this<Race> {
 public:
  Race(Loop& loop, Endpoints endpoints)
      : loop_(loop), endpoints_(std::move(endpoints)), stagger_(loop), done_(loop) {}

  void BeginNext();
  asio::steady_timer& done() { return done_; }
  // Whatever is still under way is of no use any more.
  void Stop();
  absl::StatusOr<tcp::socket> Result();

 private:
  void Ended(size_t which, const ErrorCode& error);

  Loop& loop_;
  const Endpoints endpoints_;
  std::vector<std::unique_ptr<tcp::socket>> sockets_;  // By endpoint; those that have begun.
  asio::steady_timer stagger_, done_;
  size_t failed_ = 0;
  absl::Status last_;
  std::optional<size_t> winner_;
  bool over_ = false;
};

void Race::BeginNext() {
  const size_t which = sockets_.size();
  if (over_ || which == endpoints_.size()) return;
  sockets_.push_back(std::make_unique<tcp::socket>(loop_));
  sockets_[which]->async_connect(
      endpoints_[which],
      [self = shared_from_this(), which](const ErrorCode& error) { self->Ended(which, error); });
  if (sockets_.size() == endpoints_.size()) return;
  stagger_.expires_after(kStagger);
  stagger_.async_wait([self = shared_from_this()](const ErrorCode& error) {
    if (!error) self->BeginNext();
  });
}

void Race::Ended(size_t which, const ErrorCode& error) {
  if (over_) return;  // Also one that came in second: Stop() has closed it.
  if (!error) {
    winner_ = which;
    Stop();
    done_.cancel();
    return;
  }
  ++failed_;
  last_ = absl::UnavailableError(
      absl::StrCat("connect to ", ToString(endpoints_[which]), ": ", error.message()));
  if (failed_ < endpoints_.size()) return BeginNext();
  Stop();
  done_.cancel();
}

void Race::Stop() {
  over_ = true;
  stagger_.cancel();
  for (size_t i = 0; i < sockets_.size(); ++i) {
    ErrorCode ignored;
    if (winner_ != i) sockets_[i]->close(ignored);
  }
}

absl::StatusOr<tcp::socket> Race::Result() {
  if (winner_) return std::move(*sockets_[*winner_]);
  if (failed_ == endpoints_.size()) return last_;
  return absl::DeadlineExceededError(
      absl::StrCat("connect to ", ToString(endpoints_[0]), ": time limit"));
}

}  // namespace

std::string ToString(const tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  if (endpoint.address().is_v6()) return absl::StrCat("[", address, "]:", endpoint.port());
  return absl::StrCat(address, ":", endpoint.port());
}

Endpoints Interleave(const Endpoints& resolved) {
  Endpoints families[2], order;
  for (const tcp::endpoint& endpoint : resolved) {
    const bool other = endpoint.address().is_v6() != resolved[0].address().is_v6();
    families[other ? 1 : 0].push_back(endpoint);
  }
  for (size_t i = 0; i < resolved.size(); ++i) {
    for (const Endpoints& family : families) {
      if (i < family.size() && order.size() < kAddressesMax) order.push_back(family[i]);
    }
  }
  return order;
}

Task<absl::StatusOr<tcp::socket>> ConnectFirst(Loop& loop, Endpoints endpoints,
                                               SteadyTime deadline) {
  const auto race = std::make_shared<Race>(loop, std::move(endpoints));
  race->done().expires_at(deadline);
  race->BeginNext();
  co_await race->done().async_wait(kAsTuple);
  race->Stop();
  co_return race->Result();
}

}  // namespace posthaste::smtp
