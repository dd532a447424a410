#include "base/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temp.h"

namespace posthaste {
namespace {

class FileTest : public testing::Test {
 protected:
  TempDir folder_;
};

TEST_F(FileTest, IsReadToItsLastByte) {
  for (const size_t size : {0, 1, 64 * 1024, 64 * 1024 + 1, 300'000}) {
    std::string bytes(size, 'x');
    if (size > 0) bytes.front() = bytes.back() = '\0';
    EXPECT_EQ(ReadFile(folder_.Write("it", bytes), size).value(), bytes) << size;
  }
}

TEST_F(FileTest, IsNotReadBeyondItsLimit) {
  const std::string path = folder_.Write("it", "12345");
  EXPECT_EQ(ReadFile(path, 5).value(), "12345");
  const absl::Status longer = ReadFile(path, 4).status();
  EXPECT_TRUE(absl::IsResourceExhausted(longer));
  EXPECT_EQ(longer.message(), path + ": cannot be read: it is longer than 4 bytes");
  EXPECT_TRUE(absl::IsResourceExhausted(ReadFile("/dev/zero", 1'000'000).status()));
}

TEST_F(FileTest, SaysWhyItCannotBeRead) {
  const absl::Status none = ReadFile(folder_.File("none"), 100).status();
  EXPECT_TRUE(absl::IsNotFound(none));
  EXPECT_EQ(none.message(), folder_.File("none") + ": cannot be read: No such file or directory");
  EXPECT_TRUE(absl::IsNotFound(ReadFile(folder_.Write("it", "") + "/below", 100).status()));
  const absl::Status folder = ReadFile(folder_.path(), 100).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(folder));
  EXPECT_THAT(std::string(folder.message()), testing::HasSubstr("Is a directory"));
}

}  // namespace
}  // namespace posthaste
