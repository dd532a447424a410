#include "service/api/call_counts.h"

namespace posthaste::api {

bool CallCounts::Begin(const std::string& tenant, bool watch) {
  const int max = watch ? kWatchesMax : kCallsMax;
  const int of_tenant_max = watch ? kWatchesOfTenantMax : kCallsOfTenantMax;
  const std::lock_guard lock(mutex_);
  Counts& own = of_tenants_[tenant];
  if (all_.of(watch) >= max || own.of(watch) >= of_tenant_max) return false;
  ++all_.of(watch);
  ++own.of(watch);
  return true;
}

void CallCounts::End(const std::string& tenant, bool watch) {
  const std::lock_guard lock(mutex_);
  --all_.of(watch);
  --of_tenants_[tenant].of(watch);
}

int CallCounts::calls() const {
  const std::lock_guard lock(mutex_);
  return all_.calls + all_.watches;
}

}  // namespace posthaste::api
