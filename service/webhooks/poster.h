// Carries requests to one endpoint, one at a time, over a connection that is kept while it can be.
//
// Names are resolved for each connection, addresses are judged then (smtp/address_guard.h), and the
// address that was judged is the one that is connected to: what a name says a moment later does not
// matter. Redirects are not followed: an answer cannot send us anywhere.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/task.h"
#include "service/webhooks/endpoint.h"
#include "service/webhooks/schedule.h"
#include "smtp/stream.h"

namespace posthaste::webhooks {

class Poster {
 public:
  Poster(std::shared_ptr<const Endpoint> endpoint, std::unique_ptr<smtp::Dialer> dialer,
         const Clock& clock)
      : endpoint_(std::move(endpoint)), dialer_(std::move(dialer)), clock_(clock) {}

  // Within the endpoint's timeout. Over a connection that was kept and turns out to be closed, the
  // request is said once more over a new one.
  Task<Outcome> Post(std::string request);

  // Ends what is under way, and the connection.
  void Close();

 private:
  Task<absl::Status> Connect(SteadyTime deadline);
  Task<Outcome> Exchange(const std::string& request);

  const std::shared_ptr<const Endpoint> endpoint_;
  const std::unique_ptr<smtp::Dialer> dialer_;
  const Clock& clock_;
  std::unique_ptr<smtp::Stream> stream_;  // Null: there is no connection.
  bool closed_ = false;
};

}  // namespace posthaste::webhooks
