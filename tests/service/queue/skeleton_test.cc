#include "service/queue/skeleton.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/crypto.h"

namespace posthaste::queue {
namespace {

// Some kilobytes that do not repeat themselves, around what differs.
std::string Page(std::string_view name) {
  std::string page;
  for (int i = 0; i < 400; ++i) page += std::to_string(i * 7919 % 10007) + ";";
  return page + std::string(name) + page.substr(100, 500);
}

TEST(Skeleton, LeavesOfAMailWhatDiffersFromIt) {
  const Skeleton skeleton(Page("sample"));
  const std::string plain = Page("ana.maria@example.com");
  for (int i = 0; i < 3; ++i) {  // The first makes the dictionary.
    const auto packed = skeleton.Compress(plain);
    ASSERT_TRUE(packed.ok());
    EXPECT_LT(packed->size(), 60U);
    EXPECT_EQ(skeleton.Decompress(*packed).value(), plain);
  }
}

TEST(Skeleton, ReadsWhatAnotherOfTheSameBytesPacked) {
  const std::string plain = Page("ana");
  const std::string packed = Skeleton(Page("sample")).Compress(plain).value();
  EXPECT_EQ(Skeleton(Page("sample")).Decompress(packed).value(), plain);
  const auto other = Skeleton("another").Decompress(packed);
  EXPECT_TRUE(!other.ok() || *other != plain);
}

TEST(Skeleton, TakesAnythingAndNothing) {
  for (const std::string& bytes : {std::string(), std::string(1, '\0'), Page("x")}) {
    const Skeleton skeleton(bytes);
    for (const std::string& plain : {std::string(), std::string("short"), Page("y")}) {
      EXPECT_EQ(skeleton.Decompress(skeleton.Compress(plain).value()).value(), plain);
    }
  }
}

TEST(Skeleton, RefusesWhatIsNotPacked) {
  const Skeleton skeleton(Page("sample"));
  for (const std::string& bytes : {std::string(), std::string("nonsense"), std::string(400, 'x')}) {
    EXPECT_EQ(skeleton.Decompress(bytes).status().code(), absl::StatusCode::kDataLoss);
  }
  const std::string packed = skeleton.Compress(Page("ana")).value();
  EXPECT_EQ(skeleton.Decompress(packed.substr(0, packed.size() - 1)).status().code(),
            absl::StatusCode::kDataLoss);
}

TEST(Skeleton, IsNamedByItsHash) {
  const Skeleton skeleton("bytes");
  EXPECT_EQ(skeleton.sha256(), crypto::Sha256("bytes"));
  EXPECT_EQ(skeleton.name(), crypto::Sha256("bytes").substr(0, 12));
  EXPECT_GT(skeleton.cost(), 3 * skeleton.bytes().size());
}

}  // namespace
}  // namespace posthaste::queue
