#include "smtp/verp.h"

#include <gtest/gtest.h>

#include <cctype>

#include "base/mailbox.h"

namespace posthaste::smtp {
namespace {

const Secret kKeys[] = {Secret(std::string(32, 'n')), Secret(std::string(32, 'o'))};
constexpr const char* kId = "03h4kqz7m2v8x";

TEST(ReturnPath, IsReadBack) {
  const auto address = MakeReturnPath(kKeys[0], kId, "Mail.Example.test");
  ASSERT_TRUE(address.ok()) << address.status();
  EXPECT_EQ(address->find("bounces+03h4kqz7m2v8x."), 0U) << *address;
  EXPECT_TRUE(ParseMailbox(*address).ok());
  EXPECT_EQ(ReadReturnPath(kKeys, *address), kId);
}

TEST(ReturnPath, SurvivesARelayThatChangesItsCase) {
  std::string address = *MakeReturnPath(kKeys[0], kId, "example.test");
  for (char& c : address) c = static_cast<char>(std::toupper(c));
  EXPECT_EQ(ReadReturnPath(kKeys, address), kId);
}

TEST(ReturnPath, IsReadWithAnOlderKey) {
  EXPECT_EQ(ReadReturnPath(kKeys, *MakeReturnPath(kKeys[1], kId, "example.test")), kId);
}

TEST(ReturnPath, IsNotReadWhenAnyCharacterIsAnother) {
  const std::string address = *MakeReturnPath(kKeys[0], kId, "example.test");
  for (size_t i = 0; i < address.size(); ++i) {
    std::string forged = address;
    forged[i] = forged[i] == '0' ? '1' : '0';
    EXPECT_EQ(ReadReturnPath(kKeys, forged), std::nullopt) << forged;
    EXPECT_EQ(ReadReturnPath(kKeys, address.substr(0, i)), std::nullopt) << i;
  }
  EXPECT_EQ(ReadReturnPath({}, address), std::nullopt);
}

TEST(ReturnPath, FitsTheLongestIdAndRefusesALongerOne) {
  const auto longest = MakeReturnPath(kKeys[0], std::string(39, 'a'), "example.test");
  ASSERT_TRUE(longest.ok());
  EXPECT_EQ(longest->find('@'), 64U);
  for (const std::string& bad : {std::string(40, 'a'), std::string(), std::string("A"),
                                 std::string("a.b"), std::string("a@b"), std::string("a\n")}) {
    EXPECT_FALSE(MakeReturnPath(kKeys[0], bad, "example.test").ok()) << bad;
  }
  EXPECT_FALSE(MakeReturnPath(kKeys[0], kId, "no domain").ok());
}

}  // namespace
}  // namespace posthaste::smtp
