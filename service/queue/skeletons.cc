#include "service/queue/skeletons.h"

#include "absl/status/status.h"
#include "base/crypto.h"
#include "service/queue/keys.h"

namespace posthaste::queue {
namespace {

constexpr absl::Duration kLife = absl::Hours(30 * 24 + 72 + 72 + 24);
constexpr absl::Duration kRenewAfter = absl::Hours(1);

}  // namespace

Skeletons::Entry* Skeletons::Find(const std::string& name) {
  const auto found = entries_.find(name);
  if (found == entries_.end()) return nullptr;
  used_.splice(used_.begin(), used_, found->second.place);
  return &found->second;
}

void Skeletons::Keep(const std::string& name, Bytes bytes, SteadyTime renew, int64_t connection) {
  if (Entry* const entry = Find(name)) {
    entry->renew = renew;
    entry->connection = connection;
    return;
  }
  cached_bytes_ += bytes->size();
  used_.push_front(name);
  entries_.emplace(name, Entry{std::move(bytes), renew, connection, used_.begin()});
  while (cached_bytes_ > kSkeletonCacheBytesMax) {
    const auto oldest = entries_.find(used_.back());
    cached_bytes_ -= oldest->second.bytes->size();
    entries_.erase(oldest);
    used_.pop_back();
  }
}

Task<absl::StatusOr<std::string>> Skeletons::Put(std::string_view bytes) {
  if (bytes.size() > kSkeletonBytesMax)
    co_return absl::InvalidArgumentError("skeleton above 1 MiB");
  std::string name = NameOf(crypto::Sha256(bytes));
  const Entry* const entry = Find(name);
  const int64_t connection = connection_;
  const bool told = entry != nullptr && entry->connection == connection;
  if (told && clock_.Steady() < entry->renew) co_return name;
  auto kept = std::make_shared<const std::string>(bytes);
  const SteadyTime renew = clock_.Steady() + absl::ToChronoNanoseconds(kRenewAfter);
  const absl::StatusOr<redis::Reply> reply = co_await redis_.Call(
      redis::Command("SET", Keys::Skeleton(name), *kept, "PX", absl::ToInt64Milliseconds(kLife)));
  if (!reply.ok()) co_return reply.status();
  const absl::Status stored = reply->Ok();
  if (!stored.ok()) co_return stored;
  Keep(name, std::move(kept), renew, connection);
  co_return name;
}

Task<absl::StatusOr<Skeletons::Bytes>> Skeletons::Get(std::string name) {
  if (const Entry* const entry = Find(name)) co_return entry->bytes;
  absl::StatusOr<redis::Reply> reply =
      co_await redis_.Call(redis::Command("GET", Keys::Skeleton(name)));
  if (!reply.ok()) co_return reply.status();
  absl::StatusOr<std::optional<std::string>> text = reply->TakeTextOrNil();
  if (!text.ok()) co_return text.status();
  if (!text->has_value()) co_return absl::NotFoundError("no such skeleton");
  if (NameOf(crypto::Sha256(**text)) != name)
    co_return absl::DataLossError("skeleton with another hash");
  const Bytes bytes = std::make_shared<const std::string>(**std::move(text));
  Keep(name, bytes, SteadyTime(), -1);
  co_return bytes;
}

}  // namespace posthaste::queue
