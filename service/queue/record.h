// The record of a message as it lies in Redis: a fixed head that scripts read and rewrite, then
// facts, result and, while the message lives, the sealed mail.
//
//   offset  bytes  (little-endian; Lua: struct.unpack('<BBBBBBHi8i8i8i8c16BBHHH', record))
//   0       u8     version, 1
//   1       u8     state, posthaste.v1.Message.State
//   2       u8     mail class, MailClass
//   3       u8     flags: 1 superseded (the cause of cancel), 2 late (a bounce came after its end),
//   4 decoy,
//                  8 held, 16 override
//   4       u8     attempts
//   5       u8     uncertain attempts
//   6       u16    settled: claims that ended in settle or release; lost leases = claims − 1 −
//   settled;
//                  of a record that ended, or is parked, the claims at that moment: a repeated
//                  settlement is known by them, and a parked job goes on counting there
//   8       i64    create_ms
//   16      i64    deadline_ms
//   24      i64    change_ms
//   32      i64    accept_ms, 0 = never
//   40      16     fingerprint of the request, zeros = no request id
//   56      u8     failure class, posthaste.v1.FailureClass
//   57      u8     scope, posthaste.v1.FailureScope
//   58      u16    bytes of facts
//   60      u16    bytes of result
//   62      u16    generation of the code, 0 for others
//   64      …      facts (posthaste.store.v1.Facts), result (…Result), sealed mail (seal.h; nothing
//   when terminal)
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "posthaste/store/v1/record.pb.h"
#include "posthaste/v1/message.pb.h"
#include "service/queue/keys.h"

namespace posthaste::queue {

inline constexpr size_t kHeadBytes = 64;
inline constexpr uint8_t kFlagSuperseded = 1, kFlagLate = 2, kFlagDecoy = 4;
inline constexpr uint8_t kFlagHeld = 8;       // A hold put the job off (settle.lua).
inline constexpr uint8_t kFlagOverride = 16;  // A code, taken in spite of a soft suppression.

using State = v1::Message::State;

struct Head {
  State state = v1::Message::QUEUED;
  MailClass mail_class = MailClass::kCode;
  uint8_t flags = 0;
  uint8_t attempts = 0;
  uint8_t uncertain = 0;
  uint16_t settled = 0;
  int64_t create_ms = 0, deadline_ms = 0, change_ms = 0, accept_ms = 0;
  std::string fingerprint = std::string(16, '\0');
  v1::FailureClass failure_class = v1::FAILURE_CLASS_UNSPECIFIED;
  v1::FailureScope scope = v1::FAILURE_SCOPE_UNSPECIFIED;
  uint16_t generation = 0;
};

struct Record {
  Head head;
  store::v1::Facts facts;
  store::v1::Result result;
  std::string sealed;
};

// REQUIRES: facts and result below 64 KiB each.
std::string Encode(const Record& record);

// DATA_LOSS if the bytes are no record of a version that we know.
absl::StatusOr<Record> Decode(std::string_view bytes);

// Whether a message in `state` will never be sent any more.
bool IsTerminal(State state);

}  // namespace posthaste::queue
