#include "service/cli/durable_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/temp.h"

namespace posthaste::cli {
namespace {

using ::testing::HasSubstr;

struct stat FactsOf(const std::string& path) {
  struct stat facts {};
  EXPECT_EQ(stat(path.c_str(), &facts), 0) << path;
  return facts;
}

TEST(CreateDurably, MakesAPrivateFileOfTheSameOwner) {
  const TempDir dir;
  const std::string like = dir.Write("old.key", "old");
  const bool root = geteuid() == 0;
  if (root) {
    ASSERT_EQ(chown(like.c_str(), 12345, 23456), 0);
  }
  const mode_t before = umask(0);
  ASSERT_TRUE(CreateDurably(dir.File("new.key"), "new", like).ok());
  umask(before);
  EXPECT_EQ(ReadFile(dir.File("new.key")), "new");
  EXPECT_EQ(FactsOf(dir.File("new.key")).st_mode & 07777, 0600u);
  if (root) {
    EXPECT_EQ(FactsOf(dir.File("new.key")).st_uid, 12345u);
    EXPECT_EQ(FactsOf(dir.File("new.key")).st_gid, 23456u);
  }
  EXPECT_FALSE(std::filesystem::exists(dir.File("new.key.new")));
}

TEST(CreateDurably, NeverOverwrites) {
  const TempDir dir;
  dir.Write("new.key", "precious");
  EXPECT_TRUE(
      absl::IsAlreadyExists(CreateDurably(dir.File("new.key"), "new", dir.File("new.key"))));
  EXPECT_EQ(ReadFile(dir.File("new.key")), "precious");
  EXPECT_FALSE(std::filesystem::exists(dir.File("new.key.new")));
}

TEST(CreateDurably, LeavesNothingWhereItFails) {
  const TempDir dir;
  const std::string like = dir.Write("old.key", "old");
  EXPECT_FALSE(CreateDurably(dir.File("nowhere/new.key"), "new", like).ok());
  EXPECT_FALSE(CreateDurably(dir.File("new.key"), "new", dir.File("gone")).ok());
  EXPECT_FALSE(std::filesystem::exists(dir.File("new.key")));
}

TEST(ReplaceDurably, KeepsModeAndLink) {
  const TempDir dir;
  const std::string real = dir.Write("real.yaml", "old");
  ASSERT_EQ(chmod(real.c_str(), 0644), 0);
  std::filesystem::create_symlink(real, dir.File("link.yaml"));
  ASSERT_TRUE(ReplaceDurably(dir.File("link.yaml"), "old", "new").ok());
  EXPECT_EQ(ReadFile(real), "new");
  EXPECT_EQ(FactsOf(real).st_mode & 07777, 0644u);
  EXPECT_TRUE(std::filesystem::is_symlink(dir.File("link.yaml")));
}

TEST(ReplaceDurably, LeavesWhatSomebodyElseChangesOrIsAt) {
  const TempDir dir;
  const std::string path = dir.Write("a.yaml", "theirs");
  absl::Status refused = ReplaceDurably(path, "old", "new");
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("changed meanwhile"));
  EXPECT_FALSE(std::filesystem::exists(path + ".new"));
  dir.Write("a.yaml.new", "half");
  refused = ReplaceDurably(path, "theirs", "new");
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("a.yaml.new: is there"));
  EXPECT_EQ(ReadFile(path), "theirs");
  EXPECT_EQ(ReadFile(path + ".new"), "half");
}

}  // namespace
}  // namespace posthaste::cli
