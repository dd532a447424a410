#include "base/network.h"

#include <gtest/gtest.h>

namespace posthaste {
namespace {

bool In(std::string_view network, std::string_view address) {
  return Contains(ParseIpNetwork(network).value(), ParseIpAddress(address).value());
}

TEST(IpNetwork, ContainsWhatSharesItsPrefixBitByBit) {
  EXPECT_TRUE(In("10.0.0.0/8", "10.255.255.255"));
  EXPECT_FALSE(In("10.0.0.0/8", "11.0.0.0"));
  EXPECT_TRUE(In("192.0.2.128/25", "192.0.2.128"));
  EXPECT_FALSE(In("192.0.2.128/25", "192.0.2.127"));
  EXPECT_TRUE(In("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(In("2001:db8::/33", "2001:db8:8000::1"));
}

TEST(IpNetwork, IsOneAddressWithoutAPrefixAndAllOfAFamilyWithZero) {
  EXPECT_TRUE(In("192.0.2.7", "192.0.2.7"));
  EXPECT_FALSE(In("192.0.2.7", "192.0.2.6"));
  EXPECT_TRUE(In("0.0.0.0/0", "203.0.113.9"));
  EXPECT_FALSE(In("0.0.0.0/0", "2001:db8::1")) << "another family";
}

TEST(IpNetwork, TakesAMappedAddressForTheOneThatItMeans) {
  EXPECT_TRUE(In("192.0.2.0/24", "::ffff:192.0.2.7"));
}

TEST(IpNetwork, RefusesWhatIsNone) {
  for (const char* text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8",
                           "10.0.0.0/ 8", "10.0.0/8", "example.com", "2001:db8::/129", "10.0.0.1/8",
                           "2001:db8::1/32", "10.0.0.0/8/8"}) {
    EXPECT_FALSE(ParseIpNetwork(text)) << text;
  }
}

}  // namespace
}  // namespace posthaste
