#include "service/queue/store.h"

#include <utility>

#include "service/queue/scripts.h"

namespace posthaste::queue {

absl::StatusOr<std::unique_ptr<Store>> Store::Make(Loop& loop, redis::ClientOptions options,
                                                   int shards, const Clock& clock, Random& random) {
  absl::StatusOr<std::unique_ptr<redis::Client>> client =
      redis::Client::Make(loop, std::move(options), clock, random);
  if (!client.ok()) return client.status();
  RegisterScripts(**client);
  std::unique_ptr<Store> store(new Store(loop, *std::move(client), shards, clock));
  // Said on each new connection: nothing, but it is noted.
  store->client_->SetGreeting([skeletons = &store->skeletons_] {
    skeletons->Reconnected();
    return redis::Greeting();
  });
  return store;
}

Store::Store(Loop& loop, std::unique_ptr<redis::Client> client, int shards, const Clock& clock)
    : client_(std::move(client)),
      keys_(shards),
      clock_(clock),
      admission_(*client_, keys_, clock_),
      leases_(*client_, keys_, clock_),
      messages_(*client_, keys_, clock_),
      skeletons_(*client_, clock),
      events_(loop, *client_, keys_),
      event_log_(loop, *client_, keys_, clock_),
      housekeeping_(*client_, keys_, clock_),
      holds_(*client_, keys_, clock_),
      code_waits_(*client_, keys_, clock_),
      redrive_(*client_, keys_, clock_, skeletons_),
      suppressions_(*client_, keys_, clock_),
      late_bounces_(*client_, keys_, clock_, messages_),
      publications_(*client_, clock_),
      usage_(*client_, clock_),
      delivery_reports_(*client_, clock_) {}

}  // namespace posthaste::queue
