// The senders of one loop: one for each webhook that falls to it.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "base/signal.h"
#include "base/task.h"
#include "service/queue/store.h"
#include "service/webhooks/endpoint.h"
#include "service/webhooks/sender.h"

namespace posthaste::webhooks {

// Over TCP and TLS, with certificates verified.
Dialers TcpDialers(Loop& loop);

// Those of `endpoints` that fall to loop `index` of `count`: each webhook always to the same.
Endpoints ShareOf(const Endpoints& endpoints, size_t index, size_t count);

// Used on its loop only. What it is given outlives it, and it outlives what still runs on the loop
// after Stop().
class Webhooks {
 public:
  Webhooks(Loop& loop, queue::Store& store, Endpoints endpoints, Dialers dialers,
           const Clock& clock = SystemClock(), Random& random = SystemRandom());

  // Begins to tell. The senders run until Stop().
  void Start();

  // From now on these are told; what is under way ends with what it was begun with.
  void Use(Endpoints endpoints);

  // Begins no more requests, waits a few seconds for those under way, and gives the leases back.
  Task<void> Stop();

 private:
  void Begin(std::shared_ptr<const Endpoint> endpoint);
  Task<void> Run(std::shared_ptr<Sender> sender);
  void StopAll(bool now);
  Task<void> WaitForEnd(absl::Duration limit);

  Loop& loop_;
  queue::Store& store_;
  Endpoints endpoints_;
  const Dialers dialers_;
  const Clock& clock_;
  Random& random_;
  std::map<std::string, std::shared_ptr<Sender>> senders_;  // By tenant and id.
  bool started_ = false, stopping_ = false;
  int running_ = 0;
  Signal ended_;
};

}  // namespace posthaste::webhooks
