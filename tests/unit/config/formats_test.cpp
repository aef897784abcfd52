#include "config/formats.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/limits.hpp"

namespace confab::config {
namespace {

// "part, part, …"
std::string repeated(const std::string& part, std::size_t count) {
    std::string text = part;
    for (std::size_t i = 1; i < count; ++i)
        text += ", " + part;
    return text;
}

TEST(ConfigFormats, IpAddressIsOneWithoutAnythingElse) {
    for (const char* good : {"127.0.0.1", "0.0.0.0", "::", "::1", "2001:db8::5"}) {
        EXPECT_TRUE(is_ip_address(good)) << good;
    }
    for (const char* bad : {"", "localhost", "127.0.0.1:80", "256.1.1.1", "[::1]", "127.1", "*"}) {
        EXPECT_FALSE(is_ip_address(bad)) << bad;
    }
}

TEST(ConfigFormats, RoomNameIsWhatTheServerAccepts) {
    EXPECT_TRUE(is_room_name("general"));
    EXPECT_FALSE(is_room_name("a room"));
}

TEST(ConfigFormats, SocketModeIsOctal) {
    EXPECT_TRUE(is_socket_mode("600"));
    EXPECT_FALSE(is_socket_mode("800"));
}

TEST(ConfigFormats, NetworksAreAddressesWithOrWithoutAPrefix) {
    for (const char* good : {"", "10.0.0.0/8", "127.0.0.1", "::1", "10.0.0.0/8, 192.168.0.0/16,::1",
                             "0.0.0.0/0", "::/0", "2001:db8::/32", "10.0.0.1/32", "2001:db8::1/128",
                             "172.16.0.0/12", "unix", "::1, unix"}) {
        EXPECT_TRUE(is_network_list(good)) << good;
    }
    for (const char* bad : {"10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x",
                            "10.0.0.0/ 8", "10.0.0.0/8/8", "10/8", "proxy.example", "10.0.0.0/8,",
                            ",", "10.0.0.0/8 ::1", "/8", "unix/8", "UNIX"}) {
        EXPECT_FALSE(is_network_list(bad)) << bad;
    }
}

TEST(ConfigFormats, NetworkWithBitsBehindItsPrefixIsRefused) {
    for (const char* bad : {"10.0.0.1/8", "172.16.0.0/11", "2001:db8::1/64", "0.0.0.1/0"}) {
        EXPECT_FALSE(is_network_list(bad)) << bad;
    }
}

TEST(ConfigFormats, OriginsAreWrittenAsBrowsersWriteThem) {
    for (const char* good :
         {"", "*", "null", "https://chat.example", "http://localhost:3000, https://chat.example",
          "http://[::1]:8080", "app://confab", "null, https://chat.example"}) {
        EXPECT_TRUE(is_origin_list(good)) << good;
    }
    for (const char* bad :
         {"chat.example", "https://Chat.example", "https://chat.example/", "https://*.example",
          "https://chat.example:443", "*, https://chat.example", "https://chat.example,"}) {
        EXPECT_FALSE(is_origin_list(bad)) << bad;
    }
}

TEST(ConfigFormats, ListsAreBounded) {
    EXPECT_TRUE(is_network_list(repeated("::1", kTrustedProxiesMax)));
    EXPECT_FALSE(is_network_list(repeated("::1", kTrustedProxiesMax + 1)));
    EXPECT_TRUE(is_origin_list(repeated("http://a", kOriginsMax)));
    EXPECT_FALSE(is_origin_list(repeated("http://a", kOriginsMax + 1)));
}

}  // namespace
}  // namespace confab::config
