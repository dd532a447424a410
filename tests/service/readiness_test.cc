#include "service/readiness.h"

#include <gtest/gtest.h>

#include <thread>

namespace posthaste {
namespace {

TEST(Readiness, WaitsUntilRedisIsThere) {
  Readiness readiness;
  EXPECT_EQ(readiness.Wait(absl::ZeroDuration()).code(), absl::StatusCode::kUnavailable);
  std::thread loop([&readiness] { readiness.Set(absl::OkStatus()); });
  EXPECT_TRUE(readiness.Wait(absl::Seconds(30)).ok());
  loop.join();
  readiness.Set(absl::UnavailableError("away"));
  EXPECT_EQ(readiness.redis().message(), "away");
  EXPECT_TRUE(readiness.fatal().ok()) << "it comes back";
}

TEST(Readiness, RemembersARedisThatIsNotOurs) {
  Readiness readiness;
  readiness.Set(absl::FailedPreconditionError("another hash key"));
  readiness.Set(absl::OkStatus());
  EXPECT_EQ(readiness.fatal().message(), "another hash key");
  EXPECT_EQ(readiness.Wait(absl::ZeroDuration()).message(), "another hash key");
}

}  // namespace
}  // namespace posthaste
