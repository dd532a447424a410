// What a handler works with: one loop's store, and what all loops share.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "base/secret.h"
#include "base/task.h"
#include "base/work_pool.h"
#include "posthaste/config/v1/config.pb.h"
#include "service/api/authentication.h"
#include "service/api/tenants.h"
#include "service/codes/derive.h"
#include "service/codes/policy.h"
#include "service/codes/receipt.h"
#include "service/queue/seal.h"
#include "service/queue/store.h"
#include "smtp/sender.h"

namespace posthaste::api {

// Immutable; shared by all loops; outlives them.
struct Shared {
  const config::v1::Config* config = nullptr;
  const Tenants* tenants = nullptr;
  Secret hash_key;
  queue::SealKeys seal_keys;
  std::shared_ptr<const codes::KeyRing> code_keys;
  codes::Policy policy;
  codes::ReceiptKeys receipt_keys;  // None: matches have no receipt.
  // Those that this process sends through, by id; empty if it has no worker.
  std::map<std::string, std::shared_ptr<smtp::Relay>> relays;
  WorkPool* compilers = nullptr;  // Of templates; null: on the loop itself.
  const Clock* clock = &SystemClock();
  Random* random = &SystemRandom();
};

// One per loop; used on that loop only.
struct Backend {
  Loop* loop = nullptr;
  queue::Store* store = nullptr;
  const Shared* shared = nullptr;
  smtp::Sender* sender = nullptr;  // Of the same loop; null if this process has no worker.
};

// One call, authenticated: what a handler knows of it beside the request.
struct Call {
  Backend& backend;
  Caller caller;
  const TenantView* tenant = nullptr;
  std::string traceparent;  // W3C, "" if there was none or it is malformed.
  bool replay = false;  // Set by the handler: answered from an earlier request with the same id.
  std::shared_ptr<const void> life = nullptr;  // Keeps what it was begun with, over a reload.
};

}  // namespace posthaste::api
