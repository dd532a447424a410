// Sending back what had left the queue without an end that anybody likes: parked jobs, and messages
// that ended UNCERTAIN.
//
// Each is opened, given as much life again as it had, sealed for the new deadline and put back by
// one compare-and-set script (scripts/redrive.lua): two operators who redrive the same message send
// it once. Message-ID, Date and body stay what they were, for they lie under the seal. Codes are
// never sent back: nobody waits for them any more.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/random.h"
#include "base/task.h"
#include "service/queue/call.h"
#include "service/queue/keys.h"
#include "service/queue/queue.h"
#include "service/queue/seal.h"
#include "service/queue/server_clock.h"
#include "service/queue/skeletons.h"
#include "service/redis/client.h"

namespace posthaste::queue {

inline constexpr int kRedriveMax = 200;  // Messages of one call.

enum class Redriven {
  kDone,        // QUEUED again, or would be.
  kNotFound,    // No such message (any more).
  kNotInReach,  // Neither parked, nor ended UNCERTAIN with its seal: one that was withdrawn or
                // refused is no operator's to send.
  kCode,        // Of no use to anybody by now.
  kUnreadable,  // Its seal does not open with these keys, or its skeleton or attachments are gone.
  kSpent,       // Claimed as often as a job can be (kClaimsMax); its sender may send another.
  kSuppressed,  // The recipient is on the suppression list.
  kSuperseded,  // A newer message of its supersede group was taken.
  kChanged,     // Somebody else changed it meanwhile; look again.
};

struct RedriveAnswer {
  std::string id;
  Redriven result = Redriven::kNotFound;
  std::string tenant;                            // "" if there is no such message.
  State state = v1::Message::STATE_UNSPECIFIED;  // As it was.
};

struct ParkedFilter {
  std::string tenant;  // "" = all.
  std::optional<MailClass> mail_class;
};

struct ParkedMessage {
  std::string id;
  Record record;  // Without its seal.
  absl::Time parked;
};

struct ParkedPage {
  std::vector<ParkedMessage> messages;
  std::string next;  // Token for the rest; "" at the end. An empty page may have one.
};

// Why `record` cannot be sent back, as far as it tells by itself; kDone: it can. Pure.
Redriven MayRedrive(const Record& record);

struct Renewal {
  Record record;
  std::string attachments;  // Sealed; "" = it has none.
};

// `record` with its life anew from `now`; its mail and what is attached sealed for that, under the
// current key: the one they had may go (docs/OPERATIONS.md). REQUIRES: MayRedrive says kDone.
// Errors as Open(), OpenAttachments() and Seal(). Pure, but for the randomness of data keys.
absl::StatusOr<Renewal> Renewed(const std::string& id, const Record& record,
                                std::string_view attachments, const Skeleton& skeleton,
                                absl::Time now, const SealKeys& keys, Random& random);

// One per loop; used from that loop only.
class Redrive {
 public:
  // All must outlive this; RegisterScripts was called with the client.
  Redrive(redis::Client& client, const Keys& keys, ServerClock& clock, Skeletons& skeletons)
      : client_(client), keys_(keys), clock_(clock), skeletons_(skeletons) {}

  // Parked jobs that pass `filter`, of every tenant, oldest first within a shard. `token`: "" or a
  // page's `next`; INVALID_ARGUMENT if it is none. `size` at most kRedriveMax. Jobs move while
  // pages are read, so one may be told twice or not at all.
  Task<absl::StatusOr<ParkedPage>> ListParked(const ParkedFilter& filter, int size,
                                              std::string token);

  // Sends `ids` back, each by itself, and answers in their order; with `validate_only` it only says
  // what would become of them. An error: some may have been sent back; asked again, those answer
  // kNotInReach. REQUIRES: at most kRedriveMax.
  Task<absl::StatusOr<std::vector<RedriveAnswer>>> Run(std::vector<std::string> ids,
                                                       bool validate_only, const SealKeys& keys,
                                                       Random& random);

 private:
  Task<absl::StatusOr<RedriveAnswer>> One(std::string id, bool validate_only, const SealKeys& keys,
                                          Random& random);
  ScriptCall StartScript(const std::string& id, int shard, const std::string& head,
                         const Renewal& renewed);

  redis::Client& client_;
  const Keys& keys_;
  ServerClock& clock_;
  Skeletons& skeletons_;
};

}  // namespace posthaste::queue
