// A verification as it is stored: in the record of the message that began it (record.h), because a
// key of its own costs more memory than what is in it, and because it knows nothing about the
// recipient that the record does not.
//
//   offset  bytes  (from the end of the record's head; Lua: lib_verification.lua)
//   0       u8     state, posthaste.v1.Verification.State
//   1       u8     flags: 1 a stale code was refunded
//   2       u16    guesses left
//   4       u32    revision
//   8       u48    expire_ms
//   14      u48    end_ms, 0 = it has not ended
//   20      u8     bytes of the message's id
//   21      …      the id of its newest mail, "" = the one that began it; then
//                  posthaste.store.v1.VerificationTerms, which no script reads
//
// Only check counts guesses: they and the refund change without a new revision, and a resend
// leaves them alone.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "service/queue/queue.h"
#include "service/queue/record.h"

namespace posthaste::queue {

// How long a verification stays known that has ended. No longer than kRetention: its record has to
// outlive it.
inline constexpr absl::Duration kTombstone = absl::Hours(24);

// What is not stored here (tenant, purpose, recipient, create_ms) is the record's.
std::string EncodeVerification(const VerificationRecord& record);

// The verification that began with the message `id`. NOT_FOUND: none did. DATA_LOSS: its bytes are
// none.
absl::StatusOr<VerificationRecord> VerificationOf(const Record& record, std::string_view id);

// The state at `now_ms`: a PENDING one whose time is over is EXPIRED, though nothing has written
// that down yet.
v1::Verification_State StateAt(const VerificationRecord& record, int64_t now_ms);

// Whether it ended so long ago (kTombstone) that it is no longer known. Its record may stay longer.
bool IsGone(const VerificationRecord& record, int64_t now_ms);

}  // namespace posthaste::queue
