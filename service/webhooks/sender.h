// Tells one webhook the events of its tenant: one request at a time, in order, each again until it
// is taken.
//
// The streams of events are the queue and the ledger's marks the place in it
// (queue/webhook_ledger.h), which moves when an answer was 2xx: a crash, a lost lease or a timeout
// tells an event twice, and none never. All processes run a sender for each webhook; one of them
// has the lease.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "base/random.h"
#include "base/signal.h"
#include "base/task.h"
#include "service/queue/store.h"
#include "service/webhooks/endpoint.h"
#include "service/webhooks/events.h"
#include "service/webhooks/gap.h"
#include "service/webhooks/poster.h"

namespace posthaste::webhooks {

// Opens connections for an endpoint; an error as smtp::TlsClient::Create.
using Dialers = std::function<absl::StatusOr<std::unique_ptr<smtp::Dialer>>(const Endpoint&)>;

// Used on its loop only. What it is given outlives Run().
class Sender {
 public:
  Sender(Loop& loop, queue::Store& store, std::shared_ptr<const Endpoint> endpoint, Dialers dialers,
         const Clock& clock, Random& random);

  // Until Stop().
  Task<void> Run();

  // From the next request on it is told as `endpoint` says. REQUIRES: the same tenant and id.
  void Use(std::shared_ptr<const Endpoint> endpoint);

  // Begins nothing more; what is under way comes to its end, or does not, with `now`.
  void Stop(bool now);

 private:
  enum class Step : uint8_t { kDone, kFailed, kOver };  // kOver: no longer ours, or Redis is away.

  Task<void> Have(queue::WebhookStanding standing);
  Task<Step> Follow();
  Task<Step> TellAll();
  Task<absl::StatusOr<std::optional<Gap>>> LookForGap();
  Task<Step> TellGap(Gap gap);
  Task<Step> TellRound(queue::EventLog::Round round);
  Task<Step> Tell(v1::Event event, int64_t time_ms);
  Task<Step> Took(int64_t time_ms);
  Task<Step> Refuse(const std::string& event, const Outcome& outcome);
  Task<Step> Renew();
  Task<Step> Keep(bool release = false);
  Task<absl::StatusOr<v1::Event>> Shown(const queue::Event& event);
  Task<absl::Status> Begin();
  Poster* PosterOf();
  absl::Duration Since(SteadyTime then) const;

  queue::Store& store_;
  std::shared_ptr<const Endpoint> endpoint_;
  const Dialers dialers_;
  const Clock& clock_;
  Random& random_;
  queue::WebhookLedger ledger_;
  Figures figures_;
  std::unique_ptr<Poster> poster_;   // Null: none yet, or the endpoint has changed.
  queue::WebhookStanding standing_;  // While it is ours.
  SteadyTime noted_{};               // When the lease was last renewed.
  std::optional<SteadyTime> told_;   // When all was told; none since it is ours.
  bool stopping_ = false, changed_ = false;
  Signal wake_;
};

}  // namespace posthaste::webhooks
