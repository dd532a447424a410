#include "service/check_parts.h"

#include <utility>

#include "service/api/server.h"
#include "service/api/snapshot.h"
#include "service/assemble.h"
#include "service/keys.h"
#include "service/queue/store.h"

namespace posthaste {

absl::Status CheckParts(const config::v1::Config& config) {
  absl::StatusOr<KeyMaterial> keys = ReadKeys(config.keys());
  if (!keys.ok()) return keys.status();
  const absl::StatusOr<redis::ClientOptions> redis = RedisOptionsOf(config.redis());
  if (!redis.ok()) return redis.status();
  Loop never_run(1);  // So that nobody connects.
  const auto store = queue::Store::Make(never_run, *redis, config.redis().shards());
  if (!store.ok()) return store.status();
  if (const auto relays = RelaysOf(config, SystemClock()); !relays.ok()) return relays.status();
  if (const auto signing = DkimKeysOf(config); !signing.ok()) return signing.status();
  if (absl::Status tls = api::CheckCredentials(config.grpc()); !tls.ok()) return tls;
  api::Shared shared;
  shared.hash_key = std::move(keys->hash_key);
  shared.seal_keys = std::move(keys->seal_keys);
  shared.code_keys = std::move(keys->code_keys);
  shared.receipt_keys = std::move(keys->receipt_keys);
  return api::Snapshot::Make(config, std::move(shared)).status();
}

}  // namespace posthaste
