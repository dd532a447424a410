#include "service/queue/ids.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/encoding.h"

namespace posthaste::queue {
namespace {

constexpr std::string_view kDigits = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr size_t kHashBytes = 16;

}  // namespace

std::string IdOf(char kind, int shard, std::string_view body) {
  std::string id(1, kind);
  id.reserve(kIdSize);
  id.push_back(kDigits[static_cast<size_t>(shard) / 32 % 32]);
  id.push_back(kDigits[static_cast<size_t>(shard) % 32]);
  id.append(body);
  return id;
}

int ShardOf(std::string_view bucket_hash, int shards) {
  return bucket_hash.empty() ? 0 : static_cast<uint8_t>(bucket_hash.front()) & (shards - 1);
}

std::string NewId(char kind, int shard, absl::Time now, Random& random) {
  const int64_t ms = ToMillis(now);
  std::string bytes;
  for (int shift = 40; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(ms >> shift));
  bytes += random.Bytes(7);
  return IdOf(kind, shard, Base32(bytes, kBodySize));
}

std::string RequestedId(char kind, int shard, std::string_view hash_key, std::string_view tenant,
                        std::string_view method, std::string_view mailbox_lookup,
                        std::string_view request_id) {
  const std::string hash = crypto::HmacFields(
      hash_key,
      {"posthaste/id/v1", std::string_view(&kind, 1), tenant, method, mailbox_lookup, request_id});
  return IdOf(kind, shard, Base32(hash, kBodySize));
}

std::string VerificationIdOf(std::string_view message_id) {
  std::string id(message_id);
  if (!id.empty()) id.front() = 'v';
  return id;
}

std::string FirstMailOf(std::string_view verification_id) {
  std::string id(verification_id);
  if (!id.empty()) id.front() = 'm';
  return id;
}

std::optional<int> ParseId(char kind, std::string_view id, int shards) {
  if (id.size() != kIdSize || id.front() != kind) return std::nullopt;
  if (id.find_first_not_of(kDigits, 1) != std::string_view::npos) return std::nullopt;
  const size_t shard = kDigits.find(id[1]) * 32 + kDigits.find(id[2]);
  if (shard >= static_cast<size_t>(shards)) return std::nullopt;
  return static_cast<int>(shard);
}

std::string SuppressionId(int shard, std::string_view mailbox_hash) {
  return IdOf('s', shard, Base32(mailbox_hash, kBodySize));
}

std::string_view SuppressionName(std::string_view id) { return id.substr(3); }

std::string MailboxHash(std::string_view hash_key, std::string_view tenant,
                        std::string_view lookup) {
  return crypto::HmacFields(hash_key, {"posthaste/mailbox/v1", tenant, lookup})
      .substr(0, kHashBytes);
}

std::string BucketHash(std::string_view hash_key, std::string_view tenant,
                       std::string_view bucket) {
  return MailboxHash(hash_key, tenant, bucket);
}

}  // namespace posthaste::queue
