// One try at handing over one job: open the seal, put the code in, compose, send.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/secret.h"
#include "base/task.h"
#include "service/codes/derive.h"
#include "service/queue/seal.h"
#include "service/queue/store.h"
#include "service/worker/decide.h"
#include "service/worker/signing.h"
#include "smtp/route.h"
#include "smtp/sender.h"

namespace posthaste::worker {

// What every loop's worker shares; immutable but for the relays, which lock for themselves.
struct Shared {
  queue::SealKeys seal_keys;
  std::shared_ptr<const codes::KeyRing> code_keys;
  Secret return_path_key;                                // Of the VERP mac.
  absl::flat_hash_map<std::string, smtp::Route> routes;  // By tenant.
  UncertainPolicy uncertain;
  Signing signing;
  int slots = 64;
  absl::Duration grace = absl::Seconds(20);
  absl::Duration renew_every = queue::kRenewEvery;  // Leases; well below queue::kLease.
};

// The mail of `job`, whole but for its signatures: the bytes to send, the same on every attempt,
// and their envelope. `attachments`: as they lie sealed beside it, "" if its head tells of none.
// DATA_LOSS and INVALID_ARGUMENT: it never will be readable; FAILED_PRECONDITION: its key is not
// here (yet, or any more). Pure.
struct Parcel {
  smtp::Envelope envelope;
  std::string bytes;
  std::string from_domain;  // Lower case, A-labels.
  absl::Time date;          // The message's own.
};
absl::StatusOr<Parcel> Pack(const queue::LeasedJob& job, const queue::Skeleton& skeleton,
                            const Shared& shared, std::string_view attachments = "");

// Tries `job` once, through as many relays as it takes. Bounded by the job's deadline and the
// limits of the sessions. That something moves is noted in `progress`.
Task<Report> Dispatch(Loop& loop, const queue::LeasedJob& job, queue::Store& store,
                      smtp::Sender& sender, const Shared& shared, const Clock& clock,
                      std::shared_ptr<smtp::Progress> progress = nullptr);

}  // namespace posthaste::worker
