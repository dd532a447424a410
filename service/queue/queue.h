// The queue: jobs on Redis. One per loop; used from that loop only.
//
// A job is admitted, claimed (leased), fenced and settled; each is one Lua script, atomic in the
// recipient's slot. This header is the whole of what api, worker and ops may know of it. Every
// method answers within the Redis client's timeout: UNAVAILABLE (nothing was written, or nobody
// knows: redis::MaybeExecuted tells) and RESOURCE_EXHAUSTED (pipeline or memory full).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/task.h"
#include "posthaste/v1/verification_service.pb.h"
#include "service/queue/keys.h"
#include "service/queue/record.h"
#include "service/queue/score.h"
#include "service/queue/suppression.h"

namespace posthaste::queue {

// ---- Admit: taking a message
// -------------------------------------------------------------------------------------------------

// A limit on a rate, by GCRA: on average `count` per `period`, `count` at once. Limits of one
// request with the same key are stored together, told apart by their names: give all limits of one
// recipient its bucket's hash as their key, where the rest of what is known of it lies
// (recipient.h), and let what else they count stand in the name.
struct RateLimit {
  std::string name;  // For the answer and metrics: "recipient_hour". Unique in a request.
  std::string key;   // Whose items are counted, hashed; becomes part of a key.
  int64_t count = 0;
  absl::Duration period;
};

// One code of a verification.
struct GenerationRecord {
  int32_t epoch = 0;  // Of the key that it was derived or digested with.
  int64_t expire_ms = 0;
  std::string custom_digest;  // Of a caller's own code; empty = derived.
  bool operator==(const GenerationRecord&) const = default;
};

// A verification as it lies in Redis. `revision` grows with every write but a counted guess, and
// guards each read-decide-write. Guesses belong to check: admit sets guesses_left and
// stale_refunded of a new verification only, and leaves them alone at a resend.
struct VerificationRecord {
  std::string id;
  v1::Verification_State state =
      v1::Verification::STATE_UNSPECIFIED;  // see posthaste/v1/verification_service.proto
  std::string tenant, purpose, masked_recipient, message_id, mailbox_hash;
  int64_t revision = 0;
  int64_t create_ms = 0, expire_ms = 0, next_send_ms = 0;
  int64_t end_ms = 0;  // 0 while it is PENDING; of a VERIFIED one, when the code was right.
  int32_t oldest_generation = 0;  // Codes of generations before it are stale.
  int32_t sends = 0, guesses_left = 0, sends_max = 0, guesses_max = 0;
  int32_t code_length = 0;
  int64_t ttl_ms = 0;                         // Of a code, as it was asked for.
  std::vector<GenerationRecord> generations;  // Generation 1 first, the current one last.
  int32_t resend_policy = 0;
  std::string binding_hash;
  bool stale_refunded = false;
  bool decoy = false;  // Its codes are mailed to nobody and never match.
};

// What admit does to verifications, decided beforehand in codes/life.h from what Read() returned.
struct VerificationChange {
  // The verification after this send. next.revision = expected + 1, or 1 when it is new: then its
  // id is VerificationIdOf the message's, whose facts it shares.
  VerificationRecord next;
  std::string group;  // Hash of tenant, purpose, mailbox: names the current verification.
  std::string expected_current;   // What the group pointed at when it was read; "" = nothing.
  int64_t expected_revision = 0;  // Of `next.id`; 0 = it must not exist.
  std::string superseded_id;      // The verification that ends SUPERSEDED; "" = none.
  int64_t superseded_revision = 0;
  std::string withdraw_message_id;  // The older mail; withdrawn if it still waits; "" = none.
  MailClass withdraw_class = MailClass::kCode;
};

struct AdmitRequest {
  std::string id;  // ids.h; carries the shard.
  std::string tenant;
  Record record;       // Whole: head (create_ms = the time it was sealed with), facts, sealed.
  absl::Time visible;  // When the first attempt may start.
  std::string mailbox_hash;
  std::vector<RateLimit> limits;  // Of the recipient: lie in its slot.
  bool check_suppression = true;
  std::optional<VerificationChange> verification;
  std::string supersede_group;  // Only the newest of a group is sent; "" = none.
  int64_t queued_max = 0;       // 0 = no bound. Live messages of this tenant's lane in this shard.
  std::string attachments;      // Sealed (seal.h); "" = none. Only if the record's head says so.
};

struct AdmitAnswer {
  enum class Kind {
    kAdmitted,
    kReplay,  // This request was taken before; `record` is what became of it.
    kReused,  // The request id was used with another content.
    kMoved,  // The verification changed since it was read: read and decide again (at most 3 times).
    kLimited,  // `limit` names which of the request's limits, `wait` how long.
    kSuppressed,
    kQueueFull,
    kSkew,  // create_ms is more than 1 s off Redis' clock: seal again with Now().
  };
  Kind kind = Kind::kAdmitted;
  std::optional<Record> record;  // kReplay.
  std::string limit;             // kLimited: the RateLimit's name.
  absl::Duration wait;           // kLimited.
  int superseded_unsent = 0;     // kAdmitted: older messages that it withdrew before any dot.
};

// What flight 1 learns: whether the request is known, and the recipient's current verification.
struct Known {
  std::optional<Record> record;  // Under `id`.
  std::optional<VerificationRecord>
      verification;           // The group's current one, or the one asked for by id.
  std::string current;        // What the group points at; "" = nothing.
  int64_t wrong_guesses = 0;  // Of the recipient's failure budget.
  bool suppressed = false;
  bool suppressed_softly = false;      // A code that is accepted ends it.
  std::optional<std::string> limited;  // Name of the client limit that refused, with `wait`.
  absl::Duration wait;
};
struct ReadRequest {
  std::string id;  // Of the message; "" = none.
  int shard = 0;
  std::string group, verification_id;  // Either, or both empty. `group` needs mailbox_hash.
  std::string failure_key;             // Hash of tenant, purpose, mailbox; "" = none.
  std::string tenant, mailbox_hash;
  std::vector<RateLimit> client_limits;  // Taken in this flight unless the request is known.
};

// ---- Check
// ---------------------------------------------------------------------------------------------------------------------

// The verdict comes from codes/; no code and no hash of one is ever an argument.
struct CheckRequest {
  std::string verification_id, tenant;
  int64_t revision = 0;  // Of the record that the verdict was made from.
  enum class Verdict {
    kRight,
    kWrong,
    kStale,
    kPurposeMismatch,
    kBindingMismatch
  } verdict = Verdict::kWrong;
  std::string failure_key;
  int64_t failures_max = 20;
  absl::Duration failure_period = absl::Hours(24);
  std::string request_key;  // Hash of tenant, verification and request id; "" = not idempotent.
  std::string request_fingerprint;  // 16 bytes.
  std::string
      message_id;  // The newest mail, of the same reading; withdrawn after a right code. "" = none.
};
struct CheckAnswer {
  enum class Kind { kDone, kRetry, kNotFound, kReused } kind = Kind::kDone;
  int32_t result = 0;  // posthaste.v1.CheckVerificationCodeResponse.Result
  bool replay = false;
  std::optional<VerificationRecord> verification;  // As it is afterwards.
};

struct CancelVerificationCall {
  std::string verification_id, tenant, message_id;  // As in CheckRequest.
  int64_t revision = 0;
};

// ---- Lease
// ---------------------------------------------------------------------------------------------------------------------

struct Lease {
  std::string id;
  int shard = 0;
  MailClass mail_class = MailClass::kCode;
  std::string tenant;
  int claims = 0;  // With `id`, the token.
};

struct LeasedJob {
  Lease lease;
  Record record;
  bool dot =
      false;  // An earlier holder may have sent the dot: settle as uncertain, do nothing else.
  int lost_leases = 0;  // claims − 1 − settled.
  // Its recipient was put on the suppression list since it was enqueued, and it is not to be sent:
  // a code is only where a relay said for good that nobody lives there, or a caller wants it so.
  bool suppressed = false;
};

struct ClaimAnswer {
  std::vector<LeasedJob> jobs;
  absl::Time next_due;  // Of the shards and classes looked at; InfiniteFuture = nothing waits.
  int repaired = 0;     // Jobs without a live record that were taken out of their lane.
  // Jobs whose record we cannot decode. Of a newer version: given back for a while, to a worker
  // that can. Others are left alone until their fifth lost lease, then parked.
  int unreadable = 0;
};

// What becomes of a job after it was held.
struct Settlement {
  Lease lease;
  enum class Kind {
    kEnd,      // `state` is terminal.
    kRetry,    // DEFERRED until `visible`.
    kRelease,  // QUEUED (or DEFERRED) again at `visible`, as if never claimed: no attempt is
               // counted.
    kPark,     // Set aside with its seal.
    kHold =
        5,  // As kRelease, and found again when the hold of number `hold` is gone (hold_book.h).
  } kind = Kind::kRetry;
  State state = v1::Message::DEFERRED;
  absl::Time visible;
  int64_t hold = 0;
  int attempts = 0;   // To add; one for each SMTP attempt.
  int uncertain = 0;  // To add.
  v1::FailureClass failure_class = v1::FAILURE_CLASS_UNSPECIFIED;
  v1::FailureScope scope = v1::FAILURE_SCOPE_UNSPECIFIED;
  store::v1::Result result;
  std::vector<store::v1::AttemptRecord> attempt_records;
  std::string verification_id;  // Becomes UNDELIVERABLE when this ends BOUNCED and it is PENDING on
                                // this message.
  // kEnd: the recipient is suppressed in the same step, whatever doubt this message ends in.
  std::optional<NewSuppression> suppress;
  // kEnd: whose soft suppression ends when this ends ACCEPTED; "" = nobody's.
  std::string clear_mailbox_hash;
  bool attachments = false;  // As the record's head says.
};

enum class Settled {
  kDone,
  kCancelled,  // A retry or release of a job that was cancelled meanwhile: ended CANCELLED or
               // SUPERSEDED instead.
  kAlready,    // The same settlement was applied before (an answer was lost).
  kStale,      // The lease was lost; nothing changed.
};

enum class Fenced { kPass, kCancelled, kExpired, kLost };

// ---- Cancel
// --------------------------------------------------------------------------------------------------------------------

enum class Cancelled {
  kDone,       // It did not leave and never will.
  kRequested,  // Being sent: the fence will refuse it if it is not past it.
  kTooLate,    // Its dot was sent, or it has ended.
  kNotFound,
};

struct ClassStats {
  int64_t waiting = 0, due = 0, leased = 0;
  std::optional<absl::Time> oldest;  // Enqueue… of the job that has been visible longest.
};
struct Stats {
  ClassStats classes[kMailClasses];
  int64_t parked = 0;
  int64_t held = 0;  // Of `waiting`: put off by a hold.
};

}  // namespace posthaste::queue
