#include "base/ip_network.hpp"

#include <gtest/gtest.h>

#include <string>

namespace confab::test {
namespace {

bool contains(const std::string& network, const std::string& address) {
    const auto range = IpNetwork::parse(network);
    if (!range) {
        ADD_FAILURE() << range.error().detail;
        return false;
    }
    return range->contains(plain_address(*parse_ip_address(address)));
}

TEST(IpNetwork, HoldsItsFirstAndLastAddressAndNoOther) {
    EXPECT_TRUE(contains("10.0.0.0/8", "10.0.0.0"));
    EXPECT_TRUE(contains("10.0.0.0/8", "10.255.255.255"));
    EXPECT_FALSE(contains("10.0.0.0/8", "11.0.0.0"));
    EXPECT_FALSE(contains("10.0.0.0/8", "9.255.255.255"));
    EXPECT_TRUE(contains("2001:db8::/33", "2001:db8:7fff::1"));
    EXPECT_FALSE(contains("2001:db8::/33", "2001:db8:8000::"));
}

TEST(IpNetwork, MayBeOneAddressOrAllOfThem) {
    EXPECT_TRUE(contains("192.0.2.7", "192.0.2.7"));
    EXPECT_FALSE(contains("192.0.2.7", "192.0.2.8"));
    EXPECT_TRUE(contains("0.0.0.0/0", "203.0.113.9"));
    EXPECT_FALSE(contains("0.0.0.0/0", "::1")) << "of its own kind";
    EXPECT_TRUE(contains("::/0", "2001:db8::1"));
}

TEST(IpNetwork, MappedAddressIsTheIpv4Address) {
    EXPECT_TRUE(contains("10.0.0.0/8", "::ffff:10.1.2.3"));
    EXPECT_TRUE(contains("::ffff:10.0.0.0/104", "10.1.2.3"));
    EXPECT_FALSE(IpNetwork::parse("::ffff:0:0/90"));
}

TEST(IpNetwork, AnErrorSaysWhatWasMeantPerhaps) {
    EXPECT_EQ(IpNetwork::parse("10.0.0.1/8").error().detail,
              "\"10.0.0.1/8\": the address has bits behind the prefix; did you mean 10.0.0.0/8?");
    for (const char* bad : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x",
                            "10/8", "::/129", "proxy.example", "fe80::1%eth0", "010.0.0.1"}) {
        EXPECT_FALSE(IpNetwork::parse(bad)) << bad;
    }
}

TEST(IpNetwork, PlainAddressHasNoScope) {
    const auto scoped = boost::asio::ip::make_address("fe80::1%1");
    EXPECT_EQ(plain_address(scoped).to_string(), "fe80::1");
}

}  // namespace
}  // namespace confab::test
