// Listens to channels on a connection of its own, and keeps listening: after a loss it connects and
// subscribes again.
//
// Redis keeps nothing for a subscriber that is away. `connected` is called whenever all
// subscriptions stand, the first time and after each loss: whoever needs every change reads the
// present state there.
#pragma once

#include <memory>
#include <string_view>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/task.h"
#include "service/redis/options.h"

namespace posthaste::redis {

class Subscriber {
 public:
  enum class Kind { kPlain, kSharded };  // SUBSCRIBE, SSUBSCRIBE.

  // Called from the loop. The views end with the call. Handlers may subscribe, unsubscribe and
  // close.
  struct Handlers {
    absl::AnyInvocable<void(std::string_view channel, std::string_view payload)> message;
    absl::AnyInvocable<void()> connected;
    absl::AnyInvocable<void(const absl::Status&)> lost;
  };

  // As Client::Make. A connection that says nothing, not even to our PING, for twice ping_interval
  // is closed.
  static absl::StatusOr<std::unique_ptr<Subscriber>> Make(Loop& loop, ClientOptions options,
                                                          Handlers handlers,
                                                          const Clock& clock = SystemClock(),
                                                          Random& random = SystemRandom());
  ~Subscriber();  // As Close.
  Subscriber(const Subscriber&) = delete;
  Subscriber& operator=(const Subscriber&) = delete;

  // Takes effect at once or with the next connection. Repeating it changes nothing. A channel that
  // the server refuses (ACL) closes the connection; `lost` tells why, and it is tried again with
  // the next one.
  void Subscribe(std::string_view channel, Kind kind);
  void Unsubscribe(std::string_view channel, Kind kind);

  void Close();

 private:
  class Core;
  explicit Subscriber(std::shared_ptr<Core> core);

  const std::shared_ptr<Core> core_;
};

}  // namespace posthaste::redis
