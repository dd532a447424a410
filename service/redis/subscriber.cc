#include "service/redis/subscriber.h"

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "absl/strings/str_cat.h"
#include "service/redis/link.h"

namespace posthaste::redis {

class Subscriber::Core : public std::enable_shared_from_this<Core> {
 public:
  Core(Loop& loop, std::shared_ptr<Link> link, Handlers handlers)
      : link_(std::move(link)), handlers_(std::move(handlers)), ping_(loop) {}

  void Run() {
    Link::Handlers handlers;
    handlers.ready = [weak = weak_from_this()](Connection& connection) {
      if (const std::shared_ptr<Core> self = weak.lock()) self->Ready(connection);
    };
    handlers.lost = [weak = weak_from_this()](const absl::Status& why) {
      if (const std::shared_ptr<Core> self = weak.lock()) self->Lost(why);
    };
    link_->Start(std::move(handlers));
  }

  void Subscribe(std::string_view channel, Kind kind) {
    if (!wanted_.emplace(kind, channel).second) return;
    Connection* const connection = link_->connection();
    if (connection == nullptr) return;
    ++unconfirmed_;
    Say(*connection, kind, channel, "SUBSCRIBE", "SSUBSCRIBE");
  }

  void Unsubscribe(std::string_view channel, Kind kind) {
    if (wanted_.erase(std::pair(kind, std::string(channel))) == 0) return;
    Connection* const connection = link_->connection();
    if (connection != nullptr) Say(*connection, kind, channel, "UNSUBSCRIBE", "SUNSUBSCRIBE");
  }

  void Stop() {
    ping_.cancel();
    link_->Stop();
  }

 private:
  using Channel = std::pair<Kind, std::string>;

  static void Say(Connection& connection, Kind kind, std::string_view channel,
                  std::string_view plain, std::string_view sharded) {
    connection.SendUnanswered(Command(kind == Kind::kPlain ? plain : sharded, channel));
  }

  void Ready(Connection& connection) {
    connection.TakePushes([weak = weak_from_this()](Reply reply) {
      if (const std::shared_ptr<Core> self = weak.lock()) self->Pushed(reply);
    });
    announced_ = false;
    unconfirmed_ = wanted_.size();
    // One command a channel: in a cluster, channels of different slots may not share one.
    for (const auto& [kind, channel] : wanted_)
      Say(connection, kind, channel, "SUBSCRIBE", "SSUBSCRIBE");
    heard_ = true;
    Ping();
    Announce();
  }

  void Lost(const absl::Status& why) {
    ping_.cancel();
    if (handlers_.lost) handlers_.lost(why);
  }

  void Announce() {
    if (announced_ || unconfirmed_ != 0) return;
    announced_ = true;
    if (handlers_.connected) handlers_.connected();
  }

  void Pushed(const Reply& reply) {
    heard_ = true;
    if (reply.IsError()) return Close(std::string(reply.ErrorStatus().message()));
    const absl::StatusOr<const std::vector<Reply>*> array = reply.Array();
    if (!array.ok()) return;  // +PONG, while subscribed to nothing.
    const std::vector<Reply>& parts = **array;
    if (parts.empty()) return;
    const std::string& word = parts[0].raw_text();
    if (parts.size() == 3 && (word == "message" || word == "smessage")) {
      if (handlers_.message) handlers_.message(parts[1].raw_text(), parts[2].raw_text());
    } else if (word == "subscribe" || word == "ssubscribe") {
      if (unconfirmed_ > 0) --unconfirmed_;
      Announce();
    }
  }

  void Ping() {
    Connection* const connection = link_->connection();
    if (connection == nullptr) return;
    if (!std::exchange(heard_, false)) {
      return Close(
          absl::StrCat("silent for ", absl::FormatDuration(2 * link_->options().ping_interval)));
    }
    connection->SendUnanswered(Command("PING"));
    ping_.expires_after(absl::ToChronoNanoseconds(link_->options().ping_interval));
    ping_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      const std::shared_ptr<Core> self = weak.lock();
      if (!error && self != nullptr) self->Ping();
    });
  }

  void Close(const std::string& why) {
    Connection* const connection = link_->connection();
    if (connection == nullptr) return;
    connection->Close(
        absl::UnavailableError(absl::StrCat(Where(link_->options()), ": subscriber: ", why)));
  }

  const std::shared_ptr<Link> link_;
  Handlers handlers_;
  asio::steady_timer ping_;
  std::set<Channel> wanted_;
  size_t unconfirmed_ = 0;  // Subscriptions sent on this connection and not answered.
  bool announced_ = false;  // `connected` was called for this connection.
  bool heard_ = false;      // Anything since the last PING.
};

Subscriber::Subscriber(std::shared_ptr<Core> core) : core_(std::move(core)) {}

Subscriber::~Subscriber() { Close(); }

absl::StatusOr<std::unique_ptr<Subscriber>> Subscriber::Make(Loop& loop, ClientOptions options,
                                                             Handlers handlers, const Clock& clock,
                                                             Random& random) {
  absl::StatusOr<std::shared_ptr<Link>> link = Link::Make(loop, std::move(options), clock, random);
  if (!link.ok()) return link.status();
  auto core = std::make_shared<Core>(loop, *std::move(link), std::move(handlers));
  core->Run();
  return std::unique_ptr<Subscriber>(new Subscriber(std::move(core)));
}

void Subscriber::Subscribe(std::string_view channel, Kind kind) { core_->Subscribe(channel, kind); }

void Subscriber::Unsubscribe(std::string_view channel, Kind kind) {
  core_->Unsubscribe(channel, kind);
}

void Subscriber::Close() { core_->Stop(); }

}  // namespace posthaste::redis
