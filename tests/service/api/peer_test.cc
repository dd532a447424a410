#include "service/api/peer.h"

#include <gtest/gtest.h>

namespace posthaste::api {
namespace {

TEST(AddressOfPeer, IsTheAddressWithoutItsPort) {
  EXPECT_EQ(AddressOfPeer("ipv4:192.0.2.7:4711"), "192.0.2.7");
  EXPECT_EQ(AddressOfPeer("ipv6:%5B2001:db8::1%5D:4711"), "2001:db8::1");
  EXPECT_EQ(AddressOfPeer("ipv6:[::1]:4711"), "::1");
  EXPECT_EQ(AddressOfPeer("ipv6:%5Bfe80::1%25eth0%5D:4711"), "fe80::1");
}

TEST(AddressOfPeer, TakesAUnixSocketForThisMachine) {
  EXPECT_EQ(AddressOfPeer("unix:/run/posthaste.sock"), "127.0.0.1");
  EXPECT_EQ(AddressOfPeer("unix:"), "127.0.0.1");
}

TEST(AddressOfPeer, IsNothingForWhatItDoesNotKnow) {
  for (const char* peer :
       {"", "ipv4:", "ipv4:4711", "ipv6:", "ipv6:::1", "dns:example.com:1", "ipv4:example.com:1"}) {
    EXPECT_EQ(AddressOfPeer(peer), "") << peer;
  }
}

}  // namespace
}  // namespace posthaste::api
