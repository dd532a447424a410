#include "service/parts.h"

#include <utility>

#include "service/config/load.h"
#include "service/keys.h"

namespace posthaste {
namespace {

absl::StatusOr<std::shared_ptr<const worker::Shared>> WorkerPart(const config::v1::Config& config,
                                                                 const KeyMaterial& keys,
                                                                 const RelayMap& relays,
                                                                 WorkPool* signers) {
  auto shared = std::make_shared<worker::Shared>();
  shared->seal_keys = keys.seal_keys;
  shared->code_keys = keys.code_keys;
  shared->return_path_key = keys.hash_key;
  shared->routes = RoutesOf(config, relays);
  const config::v1::Worker& worker = config.worker();
  shared->slots = worker.slots();
  shared->grace = config::ToDuration(worker.grace());
  shared->uncertain.resend_codes = worker.uncertain_codes() != config::v1::Worker::STOP;
  shared->uncertain.resend_others = worker.uncertain_others() != config::v1::Worker::STOP;
  absl::StatusOr<smtp::DkimKeys> dkim = DkimKeysOf(config);
  if (!dkim.ok()) return dkim.status();
  shared->signing = {std::make_shared<const smtp::DkimKeys>(*std::move(dkim)), signers};
  return std::shared_ptr<const worker::Shared>(std::move(shared));
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Parts>> MakeParts(const config::v1::Config& config,
                                                       bool worker, const Pools& pools,
                                                       const Parts* before) {
  absl::StatusOr<KeyMaterial> keys = ReadKeys(config.keys());
  if (!keys.ok()) return keys.status();
  auto parts = std::make_shared<Parts>();
  parts->config = config;
  if (worker) {
    absl::StatusOr<RelayMap> relays =
        RelaysOf(config, SystemClock(), before == nullptr ? nullptr : &before->config,
                 before == nullptr ? RelayMap() : before->relays);
    if (!relays.ok()) return relays.status();
    parts->relays = *std::move(relays);
    auto shared = WorkerPart(config, *keys, parts->relays, pools.signers);
    if (!shared.ok()) return shared.status();
    parts->worker = *std::move(shared);
    absl::StatusOr<webhooks::Endpoints> endpoints = webhooks::EndpointsOf(config);
    if (!endpoints.ok()) return endpoints.status();
    parts->webhooks = *std::move(endpoints);
  }
  api::Shared shared;
  shared.compilers = pools.compilers;
  shared.hash_key = std::move(keys->hash_key);
  shared.seal_keys = std::move(keys->seal_keys);
  shared.code_keys = std::move(keys->code_keys);
  shared.receipt_keys = std::move(keys->receipt_keys);
  shared.relays.insert(parts->relays.begin(), parts->relays.end());
  parts->jwks = codes::JwkSet(shared.receipt_keys);
  absl::StatusOr<std::shared_ptr<const api::Snapshot>> snapshot =
      api::Snapshot::Make(config, std::move(shared));
  if (!snapshot.ok()) return snapshot.status();
  parts->snapshot = *std::move(snapshot);
  return std::shared_ptr<const Parts>(std::move(parts));
}

}  // namespace posthaste
