#include "app/chat_client_url.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/limits.hpp"

namespace confab::app {
namespace {

TEST(ServerUrl, TakesSchemeHostPortAndPathApart) {
    const auto url = parse_server_url("https://chat.example.org:8443/team/");
    ASSERT_TRUE(url);
    EXPECT_TRUE(url->tls);
    EXPECT_EQ(url->host, "chat.example.org");
    EXPECT_EQ(url->port, "8443");
    EXPECT_EQ(url->base_path, "/team");
    EXPECT_EQ(url->authority(), "chat.example.org:8443");
    EXPECT_EQ(url->text(), "https://chat.example.org:8443/team");
}

TEST(ServerUrl, KnowsThePortOfEachSchemeAndLeavesItOutOfTheHostField) {
    const auto plain = parse_server_url("HTTP://localhost");
    const auto tls = parse_server_url("wss://localhost/");
    ASSERT_TRUE(plain && tls);
    EXPECT_EQ(plain->port, "80");
    EXPECT_EQ(plain->authority(), "localhost");
    EXPECT_EQ(tls->port, "443");
    EXPECT_EQ(tls->authority(), "localhost");
    EXPECT_EQ(tls->base_path, "");
}

TEST(ServerUrl, KeepsTheBracketsOfAnIpv6AddressOutOfTheHostAndInTheAuthority) {
    const auto url = parse_server_url("http://[::1]:8080");
    ASSERT_TRUE(url);
    EXPECT_EQ(url->host, "::1");
    EXPECT_EQ(url->authority(), "[::1]:8080");
}

class BadUrl : public testing::TestWithParam<std::string> {};

TEST_P(BadUrl, IsRefusedAndNamed) {
    const auto url = parse_server_url(GetParam());
    ASSERT_FALSE(url) << GetParam();
    EXPECT_EQ(url.error().code, "bad_url");
    EXPECT_EQ(url.error().kind, ErrorKind::invalid);
    EXPECT_FALSE(url.error().detail.empty());
}

INSTANTIATE_TEST_SUITE_P(All, BadUrl,
                         testing::Values("", "localhost:8080", "ftp://x", "http://", "http:///ws",
                                         "http://:80", "http://x:", "http://x:0", "http://x:65536",
                                         "http://x:80a", "http://x:-1", "http://[::1",
                                         "http://[::1]x:80", "http://[]:80", "http://::1",
                                         "http://x/?room=a", "http://x/#a", "http://a b/",
                                         "http://x\r\nHost: y/", "http://\xC3\xA4/",
                                         "http://x_\x01/", "http://ex%41mple/",
                                         "http://" + std::string(kHttpTargetBytesMax, 'x')));

TEST(ServerUrl, NeverRepeatsAPasswordThatWasPutIntoIt) {
    const auto url = parse_server_url("http://alice:hunter2@example.org");
    ASSERT_FALSE(url);
    EXPECT_EQ(url.error().detail.find("hunter2"), std::string::npos);
}

}  // namespace
}  // namespace confab::app
