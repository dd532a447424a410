#include "service/api/call_counts.h"

#include <gtest/gtest.h>

namespace posthaste::api {
namespace {

// As many as are taken of at most `tries`.
int Taken(CallCounts& counts, const std::string& tenant, bool watch, int tries) {
  int taken = 0;
  for (int i = 0; i < tries; ++i) taken += counts.Begin(tenant, watch) ? 1 : 0;
  return taken;
}

TEST(CallCounts, LeaveRoomForOtherTenants) {
  CallCounts counts;
  EXPECT_EQ(Taken(counts, "acme", false, CallCounts::kCallsMax), CallCounts::kCallsOfTenantMax);
  EXPECT_EQ(Taken(counts, "globex", false, 100), 100);
  counts.End("acme", false);
  EXPECT_TRUE(counts.Begin("acme", false));
  EXPECT_FALSE(counts.Begin("acme", false));
}

TEST(CallCounts, CountWatchesApart) {
  CallCounts counts;
  EXPECT_EQ(Taken(counts, "acme", true, CallCounts::kWatchesMax), CallCounts::kWatchesOfTenantMax);
  EXPECT_TRUE(counts.Begin("acme", false)) << "watches take no place of calls";
  EXPECT_EQ(counts.calls(), CallCounts::kWatchesOfTenantMax + 1);
}

TEST(CallCounts, AreBoundedOverAllTenants) {
  CallCounts counts;
  int taken = 0;
  for (int i = 0; i < 6; ++i)
    taken += Taken(counts, "tenant" + std::to_string(i), true, CallCounts::kWatchesMax);
  EXPECT_EQ(taken, CallCounts::kWatchesMax);
}

}  // namespace
}  // namespace posthaste::api
