#include "templates/engine/files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace posthaste::templates {
namespace {

class Folder : public testing::Test {
 protected:
  Folder()
      : path_(testing::TempDir() + "/templates_" +
              testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~Folder() override { std::filesystem::remove_all(path_); }

  void Write(const std::string& name, const std::string& bytes) {
    std::filesystem::create_directories(std::filesystem::path(path_ + "/" + name).parent_path());
    std::ofstream(path_ + "/" + name, std::ios::binary) << bytes;
  }

  const std::string path_;
};

TEST(BuiltIn, HoldsTheSourceTreesMail) {
  const absl::StatusOr<Files> tree = ReadFolder(PH_SOURCE_DIR "/templates/mail");
  ASSERT_TRUE(tree.ok()) << tree.status();
  EXPECT_EQ(BuiltIn(), *tree);
  EXPECT_TRUE(tree->contains("verification_code/en/body.html"));
}

TEST_F(Folder, IsReadWithItsSubfoldersAndWithoutHiddenFiles) {
  Write("welcome/en/subject.txt", "Hi\n");
  Write("welcome/.subject.txt.swp", "x");
  Write(".git/config", "x");
  const absl::StatusOr<Files> files = ReadFolder(path_);
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_EQ(*files, (Files{{"welcome/en/subject.txt", "Hi\n"}}));
}

TEST_F(Folder, IsRefusedWithAFileThatIsTooLarge) {
  Write("welcome/en/body.txt", std::string(300'000, 'x'));
  EXPECT_EQ(ReadFolder(path_).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(Folder, MustBeThere) {
  EXPECT_EQ(ReadFolder(path_ + "/nowhere").status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace posthaste::templates
