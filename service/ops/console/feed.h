// What many watch, made once: server-sent events with one producer.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "base/task.h"

namespace posthaste::ops {

// Used on its loop only.
class Feed {
 public:
  using Stream = std::function<Task<std::string>()>;

  static constexpr int kListenersMax = 16;

  // `produce` is asked every `period` while anybody listens; a listener hears each new answer once,
  // the newest only, and a comment every second in between, so that one who has gone is
  // soon noticed.
  Feed(Loop& loop, std::function<Task<std::string>()> produce,
       absl::Duration period = absl::Seconds(1));
  ~Feed();  // As Stop.

  // The events of one listener, bytes for an event stream; "" when the feed has stopped. Nothing:
  // there are kListenersMax. Listening ends when the stream is destroyed.
  std::optional<Stream> Listen();

  void Stop();

 private:
  struct State;
  struct Listener;
  static Task<std::string> Next(std::shared_ptr<Listener> listener);
  static Task<void> Produce(std::shared_ptr<State> state);

  std::shared_ptr<State> state_;
};

}  // namespace posthaste::ops
