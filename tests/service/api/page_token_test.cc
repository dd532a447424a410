#include "service/api/page_token.h"

#include <gtest/gtest.h>

#include "tests/support/fake_random.h"

namespace posthaste::api {
namespace {

const std::string kPageKey(32, 'k');

TEST(PageToken, ComesBackForItsTenantOnly) {
  FakeRandom random;
  const std::string sealed = SealToken("3/0/12/m0", "acme", kPageKey, random);
  EXPECT_EQ(OpenToken(sealed, "acme", kPageKey), "3/0/12/m0");
  EXPECT_EQ(OpenToken(sealed, "other", kPageKey), std::nullopt);
  EXPECT_EQ(OpenToken(sealed, "acme", std::string(32, 'x')), std::nullopt);
}

TEST(PageToken, ShowsNothingOfWhatIsInside) {
  FakeRandom random;
  EXPECT_EQ(SealToken("m0secretid", "acme", kPageKey, random).find("secret"), std::string::npos);
}

TEST(PageToken, IsEmptyAtTheEndsAndNothingElseIsOne) {
  FakeRandom random;
  EXPECT_EQ(SealToken("", "acme", kPageKey, random), "");
  EXPECT_EQ(OpenToken("", "acme", kPageKey), "");
  EXPECT_EQ(OpenToken("0/3/0/", "acme", kPageKey), std::nullopt);
  EXPECT_EQ(OpenToken("AAAA", "acme", kPageKey), std::nullopt);
}

}  // namespace
}  // namespace posthaste::api
