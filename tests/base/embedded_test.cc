#include "tests/base/embedded_test.h"

#include <gtest/gtest.h>

#include "tests/support/temp.h"

namespace posthaste {
namespace {

TEST(Embedded, HoldsEveryByteOfEachFileSortedByPath) {
  const std::span<const EmbeddedFile> files = EmbeddedForTest();
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files[0].path, "embedded/b/second.txt");
  EXPECT_EQ(files[1].path, "embedded/odd.txt");
  for (const EmbeddedFile& file : files) {
    EXPECT_EQ(file.bytes,
              ReadFile(std::string(PH_SOURCE_DIR "/tests/base/") + std::string(file.path)));
  }
}

}  // namespace
}  // namespace posthaste
