#include "service/queue/skeletons.h"

#include <utility>

#include "absl/status/status.h"
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

Skeletons::Entry& Skeletons::Keep(Handle skeleton) {
  const std::string name = skeleton->name();
  if (Entry* const entry = Find(name)) return *entry;
  cached_bytes_ += skeleton->cost();
  used_.push_front(name);
  Entry entry;
  entry.skeleton = std::move(skeleton);
  entry.place = used_.begin();
  entries_.emplace(name, std::move(entry));
  while (cached_bytes_ > kSkeletonCacheBytesMax && used_.size() > 1) {
    const auto oldest = entries_.find(used_.back());
    cached_bytes_ -= oldest->second.skeleton->cost();
    entries_.erase(oldest);
    used_.pop_back();
  }
  return entries_.find(name)->second;
}

Skeletons::Handle Skeletons::OfKind(const std::string& kind) {
  const auto name = kinds_.find(kind);
  if (name == kinds_.end()) return nullptr;
  const Entry* const entry = Find(name->second);
  return entry == nullptr ? nullptr : entry->skeleton;
}

Skeletons::Handle Skeletons::Learn(const std::string& kind, std::string bytes) {
  const Entry& entry = Keep(std::make_shared<const Skeleton>(std::move(bytes)));
  if (kinds_.size() >= kKindsMax) kinds_.clear();
  kinds_.insert_or_assign(kind, entry.skeleton->name());
  return entry.skeleton;
}

Task<absl::Status> Skeletons::Put(Handle skeleton) {
  if (skeleton->bytes().size() > kSkeletonBytesMax)
    co_return absl::InvalidArgumentError("skeleton above 1 MiB");
  const std::string name = skeleton->name();
  const int64_t connection = connection_;
  const Entry& known = Keep(skeleton);
  if (known.connection == connection && clock_.Steady() < known.renew) co_return absl::OkStatus();
  const SteadyTime renew = clock_.Steady() + absl::ToChronoNanoseconds(kRenewAfter);
  redis::Command set("SET", Keys::Skeleton(name), skeleton->bytes(), "PX",
                     absl::ToInt64Milliseconds(kLife));
  const absl::StatusOr<redis::Reply> reply = co_await redis_.Call(std::move(set));
  if (!reply.ok()) co_return reply.status();
  const absl::Status stored = reply->Ok();
  if (!stored.ok()) co_return stored;
  Entry& told = Keep(std::move(skeleton));
  told.renew = renew;
  told.connection = connection;
  co_return absl::OkStatus();
}

Task<absl::StatusOr<Skeletons::Handle>> Skeletons::Get(std::string name) {
  if (const Entry* const entry = Find(name)) co_return entry->skeleton;
  absl::StatusOr<redis::Reply> reply =
      co_await redis_.Call(redis::Command("GET", Keys::Skeleton(name)));
  if (!reply.ok()) co_return reply.status();
  absl::StatusOr<std::optional<std::string>> text = reply->TakeTextOrNil();
  if (!text.ok()) co_return text.status();
  if (!text->has_value()) co_return absl::NotFoundError("no such skeleton");
  Handle skeleton = std::make_shared<const Skeleton>(**std::move(text));
  if (skeleton->name() != name) co_return absl::DataLossError("skeleton with another hash");
  co_return Keep(std::move(skeleton)).skeleton;
}

}  // namespace posthaste::queue
