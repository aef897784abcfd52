#include "base/origin.hpp"

#include <gtest/gtest.h>

#include <string>

namespace confab {
namespace {

TEST(Origin, IsTakenApart) {
    const auto origin = parse_origin("http://chat.example:8080");
    ASSERT_TRUE(origin);
    EXPECT_EQ(origin->scheme, "http");
    EXPECT_EQ(origin->host, "chat.example");
    EXPECT_EQ(origin->port, 8080);
    EXPECT_EQ(parse_origin("http://[::1]:81")->host, "[::1]");
    EXPECT_EQ(parse_origin("http://[::1]:81")->port, 81);
    EXPECT_EQ(parse_origin("http://[::1]")->host, "[::1]");
}

TEST(Origin, PortThatIsNotWrittenIsTheSchemesOwn) {
    EXPECT_EQ(parse_origin("http://a")->port, 80);
    EXPECT_EQ(parse_origin("https://a")->port, 443);
    EXPECT_EQ(parse_origin("app+x.y-1://a")->port, 0);
}

// RFC 6454 section 6.2 has one spelling for each origin: what it does not write is not read.
TEST(Origin, OnlyTheOneSpellingIsRead) {
    for (const char* good : {"http://a:443", "https://a:80", "https://127.0.0.1", "https://a.",
                             "https://xn--bcher-kva.example", "https://a_b:65535"}) {
        EXPECT_TRUE(parse_origin(good)) << good;
    }
    for (const std::string& bad : {std::string(),
                                   std::string("null"),
                                   std::string("*"),
                                   std::string("a"),
                                   std::string("https://"),
                                   std::string("://a"),
                                   std::string("https:a"),
                                   std::string("HTTPS://a"),
                                   std::string("https://A"),
                                   std::string("https://a/"),
                                   std::string("https://a?"),
                                   std::string("https://u@a"),
                                   std::string("https://a:"),
                                   std::string("https://a:0"),
                                   std::string("https://a:080"),
                                   std::string("https://a:443"),
                                   std::string("http://a:80"),
                                   std::string("https://a:65536"),
                                   std::string("https://a:8x"),
                                   std::string("https://a b"),
                                   std::string(" https://a"),
                                   std::string("https://a "),
                                   std::string("https://[::1"),
                                   std::string("https://::1"),
                                   std::string("https://[]"),
                                   std::string("https://[::1]x"),
                                   std::string("https://[::1]:"),
                                   std::string("https://b\xc3\xbc"),
                                   std::string("https://a\0b", 11),
                                   std::string("1https://a"),
                                   std::string("https://*.a"),
                                   "https://" + std::string(kOriginBytesMax, 'a')}) {
        EXPECT_FALSE(parse_origin(bad)) << bad;
    }
}

}  // namespace
}  // namespace confab
