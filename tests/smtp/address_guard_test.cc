#include "smtp/address_guard.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>

namespace posthaste::smtp {
namespace {

namespace asio = boost::asio;

TEST(IsPrivate, KnowsTheAddressesThatAreNotOfThePublicInternet) {
  for (const char* address : {"127.0.0.1",
                              "127.255.255.254",
                              "10.1.2.3",
                              "172.16.0.1",
                              "172.31.255.255",
                              "192.168.0.1",
                              "169.254.169.254",
                              "100.64.0.1",
                              "0.0.0.0",
                              "224.0.0.1",
                              "255.255.255.255",
                              "192.0.2.1",
                              "::",
                              "::1",
                              "fe80::1",
                              "fc00::1",
                              "fd12::1",
                              "ff02::1",
                              "::ffff:10.0.0.1",
                              "64:ff9b::7f00:1",
                              "2002:7f00:1::",
                              "2001:db8::1"}) {
    EXPECT_TRUE(IsPrivate(asio::ip::make_address(address))) << address;
  }
  for (const char* address : {"8.8.8.8", "172.15.0.1", "172.32.0.1", "100.128.0.1", "11.0.0.1",
                              "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::808:808"}) {
    EXPECT_EQ(IsPrivate(asio::ip::make_address(address)), false) << address;
  }
}

TEST(IsOurs, KnowsTheAddressesOfThisMachine) {
  EXPECT_TRUE(IsOurs(asio::ip::make_address("127.0.0.1")));
  EXPECT_TRUE(IsOurs(asio::ip::make_address("::ffff:127.0.0.1")));
  EXPECT_FALSE(IsOurs(asio::ip::make_address("8.8.8.8")));
  EXPECT_FALSE(IsOurs(asio::ip::make_address("2a00:1450::1")));
  // The address that this machine would speak to the world from, if it has one.
  boost::asio::io_context loop;
  asio::ip::udp::socket probe(loop, asio::ip::udp::v4());
  boost::system::error_code none;
  probe.connect({asio::ip::make_address("198.41.0.4"), 53}, none);
  if (!none) {
    EXPECT_TRUE(IsOurs(probe.local_endpoint().address()));
  }
}

}  // namespace
}  // namespace posthaste::smtp
