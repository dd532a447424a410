// The record of a message as it lies in Redis: a fixed head that scripts read and rewrite, the
// verification that began with it, facts, result and, while the message lives, what it is sent
// from.
//
//   offset  bytes  (little-endian; Lua: lib_record.lua)
//   0       u8     version: 2; 3 with attachments, else the same
//   1       u8     state, posthaste.v1.Message.State
//   2       u8     mail class, MailClass
//   3       u8     flags: 1 superseded (the cause of cancel), 2 late (a bounce came after its end),
//                  4 decoy, 8 held, 16 override, 32 attachments
//   4       u8     attempts
//   5       u8     uncertain attempts
//   6       u16    settled: claims that ended in settle or release; lost leases = claims − 1 −
//                  settled; of a record that ended, or is parked, the claims at that moment: a
//                  repeated settlement is known by them, and a parked job goes on counting there
//   8       u48    create_ms
//   14      u48    deadline_ms
//   20      u48    change_ms
//   26      u48    accept_ms, 0 = never
//   32      8      fingerprint of the request, zeros = no request id
//   40      u8     failure class, posthaste.v1.FailureClass
//   41      u8     scope, posthaste.v1.FailureScope
//   42      u16    generation of the code, 0 for others
//   44      u16    bytes of the verification, 0 = none began with this message
//   46      u16    bytes of facts
//   48      u16    bytes of result
//   50      …      verification (verification_record.h), facts (posthaste.store.v1.Facts), result
//                  (…Result); then, unless it ended: u16 bytes of live facts, these (…LiveFacts),
//                  the sealed mail (seal.h)
//
// The first eight bytes mean the same in every version: a job whose record is of a newer one can
// be given back. That is why attachments, which lie under a key of their own, make it a version 3:
// who does not know of them must not send the mail without. It ends as a version 2,
// unless it is kept to be sent again.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "posthaste/store/v1/record.pb.h"
#include "posthaste/v1/message.pb.h"
#include "service/queue/keys.h"

namespace posthaste::queue {

inline constexpr size_t kHeadBytes = 50;
inline constexpr size_t kFingerprintBytes = 8;
inline constexpr uint8_t kFlagSuperseded = 1, kFlagLate = 2;
inline constexpr uint8_t kFlagDecoy = 4;      // It is never sent: it ends SUPPRESSED when claimed.
inline constexpr uint8_t kFlagHeld = 8;       // A hold put the job off (settle.lua).
inline constexpr uint8_t kFlagOverride = 16;  // A code, taken in spite of a soft suppression.
inline constexpr uint8_t kFlagAttachments = 32;  // It has some, sealed under Keys::Attachments.

using State = v1::Message::State;

struct Head {
  State state = v1::Message::QUEUED;
  MailClass mail_class = MailClass::kCode;
  uint8_t flags = 0;
  uint8_t attempts = 0;
  uint8_t uncertain = 0;
  uint16_t settled = 0;
  int64_t create_ms = 0, deadline_ms = 0, change_ms = 0, accept_ms = 0;
  std::string fingerprint = std::string(kFingerprintBytes, '\0');
  v1::FailureClass failure_class = v1::FAILURE_CLASS_UNSPECIFIED;
  v1::FailureScope scope = v1::FAILURE_SCOPE_UNSPECIFIED;
  uint16_t generation = 0;
};

// How long the record of a message stays that has ended.
inline constexpr absl::Duration kRetention = absl::Hours(72);

struct Record {
  Head head;
  std::string verification;  // As it is stored; "" = none. VerificationOf.
  store::v1::Facts facts;
  store::v1::Result result;
  store::v1::LiveFacts live;
  std::string sealed;
};

// `id`: of the message. REQUIRES: verification, facts, result and live facts below 64 KiB each.
std::string Encode(const Record& record, std::string_view id);

bool HasAttachments(const Head& head);

// FAILED_PRECONDITION: it is of a newer version. DATA_LOSS: it is no record.
absl::StatusOr<Record> Decode(std::string_view bytes, std::string_view id);

// Whether a message in `state` will never be sent any more.
bool IsTerminal(State state);

}  // namespace posthaste::queue
