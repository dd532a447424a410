#include "tests/support/temp.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

namespace posthaste {
namespace {

TEST(TempDir, IsRemovedWithItsContent) {
  std::string path;
  {
    const TempDir dir;
    path = dir.path();
    const std::string file = dir.Write("a/b", "bytes");
    EXPECT_EQ(ReadFile(file), "bytes");
    struct stat status {};
    ASSERT_EQ(stat(file.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(FreePort, GivesAPortAboveTheReservedOnes) { EXPECT_GT(FreePort(), 1023); }

TEST(ReadFile, GivesNothingForAMissingFile) { EXPECT_EQ(ReadFile("/nowhere/at/all"), ""); }

}  // namespace
}  // namespace posthaste
