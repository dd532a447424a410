#include "service/redis/link.h"

#include <iterator>
#include <utility>

#include <boost/asio/post.hpp>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "service/redis/events.h"
#include "service/redis/metrics.h"

namespace posthaste::redis {

Link::Link(Loop& loop, std::shared_ptr<const ClientOptions> options, TlsContext tls,
           const Clock& clock, Random& random)
    : loop_(loop),
      options_(std::move(options)),
      tls_(std::move(tls)),
      clock_(clock),
      backoff_(options_->backoff_base, options_->backoff_cap, random),
      last_error_(absl::UnavailableError(absl::StrCat(Where(*options_), ": not connected yet"))),
      retry_(loop) {}

absl::StatusOr<std::shared_ptr<Link>> Link::Make(Loop& loop, ClientOptions options,
                                                 const Clock& clock, Random& random) {
  const absl::Status valid = Validate(options);
  if (!valid.ok()) return valid;
  absl::StatusOr<TlsContext> tls = MakeTlsContext(options.tls);
  if (!tls.ok()) return tls.status();
  auto kept = std::make_shared<const ClientOptions>(std::move(options));
  return std::shared_ptr<Link>(new Link(loop, std::move(kept), *std::move(tls), clock, random));
}

void Link::Start(Handlers handlers) {
  handlers_ = std::move(handlers);
  asio::post(loop_, [self = shared_from_this()] { self->Connect(); });
}

void Link::Stop() {
  if (stopped_) return;
  stopped_ = true;
  ready_ = false;
  last_error_ = absl::UnavailableError(absl::StrCat(Where(*options_), ": client closed"));
  retry_.cancel();
  if (connection_ != nullptr) std::exchange(connection_, nullptr)->Abandon(last_error_);
  for (asio::steady_timer* wait : ready_waits_) wait->cancel();
  // A handler may be running right now: it is dropped when it cannot be.
  asio::post(loop_, [self = shared_from_this()] { self->handlers_ = Handlers(); });
}

void Link::Connect() {
  if (stopped_) return;
  connection_ = std::make_shared<Connection>(loop_, clock_, options_, tls_);
  Connection::Handlers handlers;
  handlers.opened = [weak = weak_from_this()] {
    if (const std::shared_ptr<Link> self = weak.lock()) self->Opened();
  };
  handlers.closed = [weak = weak_from_this()](absl::Status why) {
    if (const std::shared_ptr<Link> self = weak.lock()) self->Closed(std::move(why));
  };
  connection_->Open(std::move(handlers));
}

void Link::Opened() {
  Greeting greeting = OwnGreeting(*options_);
  if (handlers_.greeting) {
    for (GreetingStep& step : handlers_.greeting()) greeting.push_back(std::move(step));
  }
  const std::weak_ptr<Connection> greeted = connection_;
  Greet(*connection_, std::move(greeting), [weak = weak_from_this(), greeted](absl::Status status) {
    const std::shared_ptr<Link> self = weak.lock();
    const std::shared_ptr<Connection> connection = greeted.lock();
    if (self == nullptr || connection == nullptr || self->connection_ != connection) return;
    self->Greeted(std::move(status));
  });
}

void Link::Greeted(absl::Status status) {
  if (!status.ok()) {
    return connection_->Close(absl::UnavailableError(
        absl::StrCat(Where(*options_), ": not usable: ", std::string(status.message()))));
  }
  ready_ = true;
  backoff_.Reset();
  if (was_ready_) Reconnects().Increment();
  LogReady(Where(*options_), was_ready_);
  was_ready_ = true;
  for (asio::steady_timer* wait : ready_waits_) wait->cancel();
  if (handlers_.ready) handlers_.ready(*connection_);
}

void Link::Closed(absl::Status why) {
  const bool was_ready = std::exchange(ready_, false);
  connection_ = nullptr;
  if (was_ready) {
    LogLost(Where(*options_), std::string(why.message()));
  } else if (why.message() != last_error_.message()) {
    LogUnreachable(Where(*options_), std::string(why.message()));
  }
  last_error_ = std::move(why);
  retry_.expires_after(absl::ToChronoNanoseconds(backoff_.Next()));
  retry_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const std::shared_ptr<Link> self = weak.lock();
    if (!error && self != nullptr) self->Connect();
  });
  if (was_ready && handlers_.lost) handlers_.lost(last_error_);
}

absl::Status Link::Unready() const { return last_error_; }

Task<absl::Status> Link::WaitReady(std::shared_ptr<Link> link, absl::Duration limit) {
  asio::steady_timer timer(link->loop_);
  timer.expires_after(absl::ToChronoNanoseconds(limit));
  const auto entry = link->ready_waits_.insert(link->ready_waits_.end(), &timer);
  const absl::Cleanup leave = [&link, entry] { link->ready_waits_.erase(entry); };
  bool expired = false;
  while (!link->ready_ && !link->stopped_ && !expired) {
    const auto [error] = co_await timer.async_wait(kAsTuple);
    expired = !error;
  }
  if (link->ready_) co_return absl::OkStatus();
  co_return link->Unready();
}

}  // namespace posthaste::redis
