#include "service/api/snapshot.h"

#include <utility>

#include "service/api/policy.h"
#include "service/api/template_lint.h"

namespace posthaste::api {

absl::StatusOr<std::shared_ptr<const Snapshot>> Snapshot::Make(config::v1::Config config,
                                                               Shared keys) {
  auto snapshot = std::make_shared<Snapshot>(std::move(config));
  absl::StatusOr<std::unique_ptr<const Tenants>> tenants = Tenants::Load(snapshot->config_);
  if (!tenants.ok()) return tenants.status();
  if (absl::Status linted = LintFolders(snapshot->config_, **tenants); !linted.ok()) return linted;
  absl::StatusOr<codes::Policy> policy =
      PolicyOf(snapshot->config_.codes(), snapshot->config_.limits());
  if (!policy.ok()) return policy.status();
  snapshot->tenants_ = *std::move(tenants);
  snapshot->shared_ = std::move(keys);
  snapshot->shared_.config = &snapshot->config_;
  snapshot->shared_.tenants = snapshot->tenants_.get();
  snapshot->shared_.policy = *std::move(policy);
  return std::shared_ptr<const Snapshot>(std::move(snapshot));
}

Snapshots::Snapshots(std::vector<Place> places, std::shared_ptr<const Snapshot> first)
    : places_(std::move(places)) {
  Replace(Prepare(std::move(first)));
}

std::shared_ptr<InForce> Snapshots::Now() const {
  const std::lock_guard lock(mutex_);
  return now_;
}

std::shared_ptr<InForce> Snapshots::Prepare(std::shared_ptr<const Snapshot> next) const {
  auto in_force = std::make_shared<InForce>();
  for (const Place& place : places_)
    in_force->backends.push_back({place.loop, place.store, &next->shared(), place.sender});
  in_force->snapshot = std::move(next);
  return in_force;
}

void Snapshots::Replace(std::shared_ptr<InForce> next) {
  const std::lock_guard lock(mutex_);
  now_.swap(next);
}

}  // namespace posthaste::api
