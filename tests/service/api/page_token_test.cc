#include "service/api/page_token.h"

#include <gtest/gtest.h>

#include "tests/support/fake_random.h"

namespace posthaste::api {
namespace {

const std::string kKey(32, 'k');

TEST(PageToken, ComesBackForItsTenantOnly) {
  FakeRandom random;
  const std::string sealed = SealToken("3/0/12/m0", "acme", kKey, random);
  EXPECT_EQ(OpenToken(sealed, "acme", kKey), "3/0/12/m0");
  EXPECT_EQ(OpenToken(sealed, "other", kKey), std::nullopt);
  EXPECT_EQ(OpenToken(sealed, "acme", std::string(32, 'x')), std::nullopt);
}

TEST(PageToken, ShowsNothingOfWhatIsInside) {
  FakeRandom random;
  EXPECT_EQ(SealToken("m0secretid", "acme", kKey, random).find("secret"), std::string::npos);
}

TEST(PageToken, IsEmptyAtTheEndsAndNothingElseIsOne) {
  FakeRandom random;
  EXPECT_EQ(SealToken("", "acme", kKey, random), "");
  EXPECT_EQ(OpenToken("", "acme", kKey), "");
  EXPECT_EQ(OpenToken("0/3/0/", "acme", kKey), std::nullopt);
  EXPECT_EQ(OpenToken("AAAA", "acme", kKey), std::nullopt);
}

}  // namespace
}  // namespace posthaste::api
