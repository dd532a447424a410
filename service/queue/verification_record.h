// A verification as fields of a Redis hash.
//
// One letter each, because there are many verifications and each field's name is stored with each.
// No value is longer than 64 bytes, but for a very long masked address: beyond that Redis leaves
// the compact encoding. A field that is zero or empty is not stored.
//
//   s state (posthaste.v1.Verification.State)   r revision       g guesses left      e expire_ms
//   f 1 when a stale code was refunded          w verify_ms      m message id        t tenant
//     — the scripts know these; the rest only this file —
//   u purpose          a masked recipient   h mailbox hash, 16 bytes     c create_ms       n
//   next_send_ms o oldest live generation   i sends    j sends_max       k guesses_max     l code
//   length   z ttl_ms x a generation each: "epoch:expire_ms − create_ms[:digest of the caller's own
//   code]", separated by commas p resend policy    b binding hash
//
// Only check counts guesses: g and f change without a new revision, and a resend leaves them alone.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "service/queue/queue.h"
#include "service/redis/reply.h"

namespace posthaste::queue {

// Fields and values alternating. `with_guesses`: g and f too, for a verification that is new.
std::vector<std::string> EncodeVerification(const VerificationRecord& record, bool with_guesses);

// From HGETALL's answer, or the tail of a script's, without the id. DATA_LOSS: these are no fields
// of a verification.
absl::StatusOr<VerificationRecord> DecodeVerification(std::string_view id,
                                                      std::span<const redis::Reply> fields);

// The state at `now_ms`: a PENDING one whose time is over is EXPIRED, though nothing has written
// that down yet.
v1::Verification_State StateAt(const VerificationRecord& record, int64_t now_ms);

}  // namespace posthaste::queue
