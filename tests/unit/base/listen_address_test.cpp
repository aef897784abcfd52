#include "base/listen_address.hpp"

#include <gtest/gtest.h>

#include <string>

namespace confab::test {
namespace {

using Kind = ListenAddress::Kind;

ListenAddress parsed(const std::string& text) {
    auto address = ListenAddress::parse(text);
    if (!address) {
        ADD_FAILURE() << text << ": " << address.error().detail;
        return {};
    }
    return std::move(*address);
}

TEST(ListenAddress, ReadsIpv4Ipv6AndUnix) {
    const ListenAddress four = parsed("127.0.0.1:8080");
    EXPECT_EQ(four.kind, Kind::tcp);
    EXPECT_EQ(four.ip.to_string(), "127.0.0.1");
    EXPECT_EQ(four.port, 8080);
    const ListenAddress six = parsed("[2001:db8::1]:0");
    EXPECT_EQ(six.ip.to_string(), "2001:db8::1");
    EXPECT_EQ(six.port, 0);
    const ListenAddress local = parsed("unix:/run/confab/chat.sock");
    EXPECT_EQ(local.kind, Kind::unix_socket);
    EXPECT_EQ(local.path, "/run/confab/chat.sock");
}

TEST(ListenAddress, TakesAnAddressAndAPortApart) {
    EXPECT_EQ(ListenAddress::parse_ip("127.0.0.1", 80).value(), parsed("127.0.0.1:80"));
    EXPECT_EQ(ListenAddress::parse_ip("::1", 443).value(), parsed("[::1]:443"));
    EXPECT_FALSE(ListenAddress::parse_ip("[::1]", 443));
    EXPECT_FALSE(ListenAddress::parse_ip("localhost", 443));
}

TEST(ListenAddress, PrintsWhatItReads) {
    for (const char* text : {"127.0.0.1:8080", "0.0.0.0:0", "[::1]:8443", "[::]:65535",
                             "unix:/run/a.sock", "unix:/with:colon/a b"}) {
        EXPECT_EQ(parsed(text).to_string(), text);
        EXPECT_EQ(parsed(parsed(text).to_string()), parsed(text));
    }
}

TEST(ListenAddress, TellsWhatOnlyThisMachineReaches) {
    for (const char* text : {"127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "unix:/x"}) {
        EXPECT_TRUE(parsed(text).is_local()) << text;
    }
    for (const char* text : {"0.0.0.0:1", "[::]:1", "192.0.2.1:1", "[2001:db8::1]:1"}) {
        EXPECT_FALSE(parsed(text).is_local()) << text;
    }
}

TEST(ListenAddress, RefusesAnythingElseAndNamesIt) {
    for (const char* text : {"",
                             "8080",
                             ":8080",
                             "localhost:8080",
                             "127.0.0.1",
                             "127.0.0.1:",
                             "127.0.0.1:65536",
                             "127.0.0.1:-1",
                             "127.0.0.1:+1",
                             "127.0.0.1:80x",
                             "127.0.0.1: 80",
                             "[127.0.0.1]:80",
                             "::1:80",
                             "[::1]",
                             "[::1]:",
                             "[::1",
                             "[fe80::1%eth0]:80",
                             "[fe80::1%1]:80",
                             "[::ffff:127.0.0.1]:80",
                             "http://127.0.0.1:80",
                             "unix:",
                             "unix:relative.sock",
                             "unix:/run/",
                             "UNIX:/x"}) {
        const auto address = ListenAddress::parse(text);
        ASSERT_FALSE(address) << text;
        EXPECT_NE(address.error().detail.find("\"" + std::string(text) + "\""), std::string::npos);
    }
}

TEST(ListenAddress, AUnixPathHasToFitIntoItsSystemCall) {
    EXPECT_TRUE(ListenAddress::parse("unix:/" + std::string(106, 'a')));
    EXPECT_FALSE(ListenAddress::parse("unix:/" + std::string(107, 'a')));
    EXPECT_FALSE(ListenAddress::parse(std::string("unix:/a\0b", 9)));
}

}  // namespace
}  // namespace confab::test
