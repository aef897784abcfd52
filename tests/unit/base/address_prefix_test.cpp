#include "base/address_prefix.hpp"

#include <gtest/gtest.h>

namespace confab {
namespace {

TEST(AddressPrefix, IsTheWholeIpv4Address) {
    EXPECT_EQ(address_prefix("192.0.2.1"), address_prefix("192.0.2.1"));
    EXPECT_NE(address_prefix("192.0.2.1"), address_prefix("192.0.2.2"));
}

TEST(AddressPrefix, IsTheFirst64BitsOfAnIpv6Address) {
    EXPECT_EQ(address_prefix("2001:db8:1:2::1"), address_prefix("2001:db8:1:2:ffff:1:2:3"));
    EXPECT_NE(address_prefix("2001:db8:1:2::1"), address_prefix("2001:db8:1:3::1"));
    EXPECT_EQ(address_prefix("fe80::1%eth0"), address_prefix("fe80::2"));
}

TEST(AddressPrefix, TakesAMappedIpv4AddressForWhatItIs) {
    EXPECT_EQ(address_prefix("::ffff:192.0.2.1"), address_prefix("192.0.2.1"));
    EXPECT_NE(address_prefix("::ffff:192.0.2.1"), address_prefix("::ffff:192.0.2.2"));
}

TEST(AddressPrefix, AnythingElseIsItself) {
    EXPECT_EQ(address_prefix("somewhere"), "somewhere");
    EXPECT_EQ(address_prefix(""), "");
}

}  // namespace
}  // namespace confab
