#include "service/config/secrets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/support/temp.h"

namespace posthaste::config {
namespace {

class Secrets : public testing::Test {
 protected:
  std::string Write(const std::string& bytes, mode_t mode) {
    const std::string path = dir_.path() + "/secret";
    std::ofstream(path) << bytes;
    chmod(path.c_str(), mode);
    return path;
  }
  TempDir dir_;
};

TEST_F(Secrets, AreReadWithoutTheirLineEnd) {
  EXPECT_EQ(ReadSecretFile(Write("word\n", 0600))->Reveal(), "word");
}

TEST_F(Secrets, ThatOthersCanReadAreRefusedByName) {
  const absl::Status status = ReadSecretFile(Write("word\n", 0644)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              testing::HasSubstr(dir_.path() + "/secret: mode 0644"));
}

TEST_F(Secrets, ThatAreMissingEmptyOrNoFileAreRefused) {
  EXPECT_EQ(ReadSecretFile(dir_.path() + "/none").status().code(), absl::StatusCode::kNotFound);
  EXPECT_FALSE(ReadSecretFile(Write("\n", 0600)).ok());
  EXPECT_FALSE(ReadSecretFile(dir_.path()).ok());
  EXPECT_FALSE(ReadSecretFile(Write(std::string(70'000, 'x'), 0600)).ok());
}

TEST_F(Secrets, KeysAreSixtyFourHexadecimalDigits) {
  EXPECT_EQ(ReadKeyFile(Write(std::string(64, 'a'), 0400))->Reveal(), std::string(32, '\xAA'));
  EXPECT_FALSE(ReadKeyFile(Write("abc", 0600)).ok());
}

}  // namespace
}  // namespace posthaste::config
