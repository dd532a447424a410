#include "service/check_parts.h"

#include "service/api/server.h"
#include "service/ops/tls.h"
#include "service/parts.h"
#include "service/queue/store.h"

namespace posthaste {

absl::Status CheckParts(const config::v1::Config& config) {
  const absl::StatusOr<redis::ClientOptions> redis = RedisOptionsOf(config.redis());
  if (!redis.ok()) return redis.status();
  Loop never_run(1);  // So that nobody connects.
  const auto store = queue::Store::Make(never_run, *redis, config.redis().shards());
  if (!store.ok()) return store.status();
  if (const auto dns = DnsOf(config, never_run); !dns.ok()) return dns.status();
  if (absl::Status tls = api::Server::CheckTls(config.grpc()); !tls.ok()) return tls;
  if (config.ops().has_tls()) {
    if (const auto tls = ops::Tls::Read(config.ops().tls()); !tls.ok()) return tls.status();
  }
  return MakeParts(config, true, {}).status();
}

}  // namespace posthaste
