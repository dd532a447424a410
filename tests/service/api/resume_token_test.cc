#include "service/api/resume_token.h"

#include <gtest/gtest.h>

#include "service/api/page_token.h"
#include "tests/support/fake_random.h"

namespace posthaste::api {
namespace {

const std::string kSealingKey(32, 'k');
const queue::EventCursor kCursor{1764171234567, {"1764171234000-1", "1764171234001-0"}};

TEST(ResumeToken, ComesBackForItsTenantKeyAndShardsOnly) {
  FakeRandom random;
  const std::string token = SealCursor(kCursor, "acme", kSealingKey, random);
  const std::optional<queue::EventCursor> cursor = OpenCursor(token, "acme", kSealingKey, 2);
  ASSERT_TRUE(cursor.has_value());
  EXPECT_EQ(cursor->seen_ms, kCursor.seen_ms);
  EXPECT_EQ(cursor->positions, kCursor.positions);
  EXPECT_EQ(OpenCursor(token, "globex", kSealingKey, 2), std::nullopt);
  EXPECT_EQ(OpenCursor(token, "acme", std::string(32, 'x'), 2), std::nullopt);
  EXPECT_EQ(OpenCursor(token, "acme", kSealingKey, 4), std::nullopt);
}

TEST(ResumeToken, IsNotWhatWasChangedOrIsSomethingElse) {
  FakeRandom random;
  const std::string token = SealCursor(kCursor, "acme", kSealingKey, random);
  for (size_t i = 0; i < token.size(); ++i) {
    std::string forged = token;
    forged[i] = forged[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(OpenCursor(forged, "acme", kSealingKey, 2), std::nullopt) << i;
  }
  EXPECT_EQ(OpenCursor(token + std::string(kResumeTokenMax, 'A'), "acme", kSealingKey, 2),
            std::nullopt);
  EXPECT_EQ(OpenCursor(SealToken(queue::EncodeCursor(kCursor), "acme", kSealingKey, random), "acme",
                       kSealingKey, 2),
            std::nullopt)
      << "a page's token";
}

TEST(ResumeToken, OfAllShardsIsShortEnough) {
  FakeRandom random;
  queue::EventCursor cursor{1764171234567, {}};
  cursor.positions.resize(64, "1764171234567-999999");
  EXPECT_LT(SealCursor(cursor, "acme", kSealingKey, random).size(), 1024u);
}

}  // namespace
}  // namespace posthaste::api
