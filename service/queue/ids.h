// Ids of messages, verifications and suppressions, and the shard that each carries.
//
// An id is one letter ('m', 'v' or 's'), two characters of shard and twenty of body, all in
// Crockford's base32 (lower case). The shard is in the id so that whoever has the id finds the
// record, and all that must be atomic for one recipient lies in one Redis slot.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "base/random.h"

namespace posthaste::queue {

inline constexpr size_t kIdSize = 23;
inline constexpr size_t kBodySize = 20;  // Behind letter and shard.
inline constexpr int kShardsMax = 64;

// shard = hash(bucket) mod shards. `bucket_hash`: the keyed hash of the recipient's bucket form
// (KeyHash). REQUIRES: shards a power of two ≤ 64.
int ShardOf(std::string_view bucket_hash, int shards);

// Time-ordered: 48 bits of milliseconds, then 52 random bits.
std::string NewId(char kind, int shard, absl::Time now, Random& random);

// The same (tenant, method, mailbox, request id) always gives the same id: the record's key is the
// key of deduplication.
std::string RequestedId(char kind, int shard, std::string_view hash_key, std::string_view tenant,
                        std::string_view method, std::string_view mailbox_lookup,
                        std::string_view request_id);

// A verification and the message that began it have the same id but for its letter: the
// verification lies in that message's record.
std::string VerificationIdOf(std::string_view message_id);
std::string FirstMailOf(std::string_view verification_id);

// From its parts.
std::string IdOf(char kind, int shard, std::string_view body);

// The shard, if `id` has the form of an id of `kind` and its shard is below `shards`.
std::optional<int> ParseId(char kind, std::string_view id, int shards);

// Of a recipient's suppression, whether it stands or not. Its body is the last part of the key.
std::string SuppressionId(int shard, std::string_view mailbox_hash);
std::string_view SuppressionName(std::string_view id);  // REQUIRES: ParseId('s', …).

// Keyed hashes of a recipient's two forms (base/mailbox.h); 16 bytes, and the same where the forms
// are: what is known of a recipient then lies in one place. `tenant` is part of both: no hash means
// anything to another tenant.
std::string MailboxHash(std::string_view hash_key, std::string_view tenant,
                        std::string_view lookup);
std::string BucketHash(std::string_view hash_key, std::string_view tenant, std::string_view bucket);

}  // namespace posthaste::queue
