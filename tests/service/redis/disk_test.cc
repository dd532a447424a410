#include "service/redis/disk.h"

#include <gtest/gtest.h>

namespace posthaste::redis {
namespace {

constexpr uint64_t kMiB = 1u << 20u;

TEST(NoRoom, IsLessThanAWriteAndLessThanATenth) {
  EXPECT_TRUE(NoRoom({0, 100 * kMiB}));
  EXPECT_TRUE(NoRoom({kMiB - 1, 100 * kMiB})) << "what did not fit was cut off again";
  EXPECT_FALSE(NoRoom({kMiB, 100 * kMiB}));
  EXPECT_FALSE(NoRoom({kMiB / 2, kMiB})) << "a small disk, half empty";
  EXPECT_FALSE(NoRoom({0, 0})) << "no disk at all";
}

TEST(IsHere, IsAUnixSocketOrLoopback) {
  ClientOptions options;
  for (const char* host : {"127.0.0.1", "127.0.1.1", "localhost", "::1"}) {
    options.host = host;
    EXPECT_TRUE(IsHere(options)) << host;
  }
  for (const char* host : {"10.0.0.1", "redis.test", "1270.test"}) {
    options.host = host;
    EXPECT_FALSE(IsHere(options)) << host;
  }
  options.unix_path = "/run/redis.sock";
  EXPECT_TRUE(IsHere(options));
}

TEST(SpaceAt, AsksTheFileSystem) {
  const std::optional<Space> root = SpaceAt("/");
  ASSERT_TRUE(root);
  EXPECT_GT(root->total, 0U);
  EXPECT_LE(root->free, root->total);
  EXPECT_FALSE(SpaceAt("/no/such/folder"));
}

class DiskTest : public ::testing::Test {
 protected:
  std::optional<Space> space_ = Space{12 * 1024, 100 * kMiB};
  std::string asked_;
  Disk disk_{[this](const std::string& folder) {
    asked_ = folder;
    return space_;
  }};
};

TEST_F(DiskTest, IsBlamedOnceItsPlaceIsKnown) {
  EXPECT_EQ(disk_.Blame(), "");
  disk_.SetFolder("/var/lib/redis");
  EXPECT_EQ(disk_.Blame(), "its disk has no room: 12 KiB left in /var/lib/redis");
  EXPECT_EQ(asked_, "/var/lib/redis");
  space_.reset();
  EXPECT_EQ(disk_.Blame(), "") << "another machine's";
}

TEST_F(DiskTest, StaysBlamedUntilThereIsRoom) {
  disk_.SetFolder("/data");
  EXPECT_EQ(disk_.Lingering(), "") << "a server that answers and was never away is not blamed";
  ASSERT_NE(disk_.Blame(), "");
  space_->free = 8 * 1024;
  EXPECT_EQ(disk_.Lingering(), "its disk has no room: 8 KiB left in /data");
  space_->free = 50 * kMiB;
  EXPECT_EQ(disk_.Lingering(), "");
  space_->free = 0;
  EXPECT_EQ(disk_.Lingering(), "") << "until it is away again";
  EXPECT_NE(disk_.Blame(), "");
}

}  // namespace
}  // namespace posthaste::redis
