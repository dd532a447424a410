// Recipients of a tenant that get no notices and no general mail: why, how sure that is, until
// when.
//
// Each is a STRING of its own that expires by itself, in the recipient's slot, so that the scripts
// that refuse mail, or learn that nobody lives there, read and write it in the same step. An index
// of each tenant and shard, a ZSET of the keys' last parts by the millisecond at which they end, is
// for listing only.
//
//   offset  bytes  (little-endian; Lua: struct.unpack('<BBBBi8i8', value))
//   0       u8     version, 1
//   1       u8     cause, Cause
//   2       u8     strength, Strength
//   3       u8     0
//   4       i64    create_ms
//   12      i64    expire_ms, 0 = never
//   20             posthaste.store.v1.SuppressionFacts
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "posthaste/v1/message.pb.h"

namespace posthaste::queue {

// As posthaste.v1.Suppression.Cause. Values are stored: append only.
enum class Cause : uint8_t {
  kNone = 0,
  kInvalidRecipient = 1,
  kInactiveMailbox = 2,
  kBadDomain = 3,
  kNullMx = 4,
  kMailboxFull = 5,
  kComplaint = 6,
  kRequested = 7,
};

// A stronger one is never replaced by a weaker one. Values are stored: append only.
enum class Strength : uint8_t {
  kSoft = 1,    // May be over soon, or was not said clearly: a code that is accepted ends it.
  kHard = 2,    // A relay said for good that nobody lives there.
  kChosen = 3,  // A caller wants it so: only a caller ends it.
};

inline constexpr absl::Duration kSoftLife = absl::Hours(72);
inline constexpr absl::Duration kHardLife = absl::Hours(24 * 90);
// Of one tenant; each shard takes an equal part. A refusal beyond it suppresses nobody.
inline constexpr int64_t kSuppressionsMax = 1'000'000;

// What is told of it, and decides nothing.
struct SuppressionNote {
  std::string masked_recipient;
  std::string message_id;   // Whose refusal made it.
  std::string reply;        // Redacted.
  std::string reason, key;  // Of the caller that made it.
};

// One that shall stand from now on.
struct NewSuppression {
  Cause cause = Cause::kNone;
  Strength strength = Strength::kSoft;
  absl::Duration life = absl::InfiniteDuration();
  std::string mailbox_hash;
  SuppressionNote note;
};

// One that stands.
struct Suppression {
  Cause cause = Cause::kNone;
  Strength strength = Strength::kSoft;
  int64_t create_ms = 0, expire_ms = 0;  // 0 = never.
  SuppressionNote note;
};

// What a final refusal of this class means for the recipient's next mail; `stated`: the relay gave
// the reason in words or by an enhanced code (smtp/outcome.h). Nothing = it says nothing of that.
//
// Hard: a mailbox that is not there or is closed, and a domain that says that it takes no mail (RFC
// 7505): mail to them only costs reputation. Soft: a full mailbox is emptied, a domain that is not
// found is often one whose DNS is broken for a day and takes all its users with it, and a plain 550
// may as well be a policy (RFC 5321 4.2.3). Anything else is about this message, or about us.
std::optional<NewSuppression> SuppressionFor(v1::FailureClass failure_class, bool stated);

// The numbers of a NewSuppression for lib_suppression.lua, '<BBi8I4', then its facts.
std::string EncodeNumbers(const NewSuppression& suppression, int shards);
std::string EncodeFacts(const NewSuppression& suppression);

// DATA_LOSS if the bytes are none of a version that we know.
absl::StatusOr<Suppression> DecodeSuppression(std::string_view bytes);

// Whether a code that is accepted ends what stands here; false for what we cannot read.
bool IsSoft(std::string_view bytes);

}  // namespace posthaste::queue
