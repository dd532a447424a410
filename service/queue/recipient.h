// What is known of a recipient, in one string of Redis, because a key costs more memory than what
// is in it: its limits, its current verifications, its last messages. It is named by the keyed hash
// of the mailbox; where bucket and mailbox differ, the bucket's has the limits.
//
//   offset  bytes  (little-endian; Lua: lib_recipient.lua, which alone writes it)
//   0       u8     version, 1
//   1       u8     limits
//   2       u8     current verifications
//   3       u48    keep_ms: until when verifications and messages are kept
//   9       12     each limit: u32 tag of its name, i64 arrival time in µs (lib_limit.lua)
//   …       32     each verification: 6 bytes of its group's hash, u48 until when it is known, body
//                  of its id
//   …       26     each message, newest last, at most kHistoryMax: u48 create_ms, body of its id
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace posthaste::queue {

inline constexpr int kHistoryMax = 200;  // Messages that are remembered of one recipient.
inline constexpr size_t kGroupBytes = 6;

struct PastMessage {
  int64_t create_ms = 0;
  std::string id;
  bool operator==(const PastMessage&) const = default;
};

struct Recipient {
  struct Current {
    std::string group;  // kGroupBytes of it.
    std::string verification_id;
    bool operator==(const Current&) const = default;
  };
  std::vector<int64_t> limits_us;  // Until when each limit counts something.
  std::vector<Current> current;
  std::vector<PastMessage> messages;  // Oldest first.

  // The id of the verification that `group` points at; "" = nothing.
  std::string CurrentOf(std::string_view group) const;
};

// `bytes`: "" is a recipient of whom nothing is known. FAILED_PRECONDITION: of a newer version.
// DATA_LOSS: these are none.
absl::StatusOr<Recipient> DecodeRecipient(std::string_view bytes, int shard);

}  // namespace posthaste::queue
