#include "ws/handshake.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace confab::ws {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

// The request of RFC 6455 section 1.2.
UpgradeHeaders sample() {
    return {.method = "GET",
            .http_version = 11,
            .upgrade = "websocket",
            .connection = "Upgrade",
            .version = "13",
            .key = "dGhlIHNhbXBsZSBub25jZQ=="};
}

TEST(Handshake, Section1_2_SampleRequestIsAnUpgrade) {
    EXPECT_EQ(check_upgrade(sample()), UpgradeCheck::ok);
}

TEST(Handshake, Section4_2_1_MethodIsGet) {
    for (const std::string_view method : {"", "POST", "HEAD", "get", "GET "}) {
        UpgradeHeaders headers = sample();
        headers.method = method;
        EXPECT_EQ(check_upgrade(headers), UpgradeCheck::not_get) << method;
    }
}

TEST(Handshake, Section4_2_1_VersionOfHttpIs11) {
    for (const unsigned version : {0U, 9U, 10U, 12U, 20U}) {
        UpgradeHeaders headers = sample();
        headers.http_version = version;
        EXPECT_EQ(check_upgrade(headers), UpgradeCheck::not_http_11) << version;
    }
}

TEST(Handshake, Section4_2_1_UpgradeListHoldsWebsocketInAnyCase) {
    UpgradeHeaders headers = sample();
    for (const std::string_view good :
         {"WebSocket", "WEBSOCKET", "h2c, websocket", "h2c ,\twebsocket , x", ",websocket,"}) {
        headers.upgrade = good;
        EXPECT_EQ(check_upgrade(headers), UpgradeCheck::ok) << good;
    }
    for (const std::string_view bad :
         {"", ",", "websocke", "websockets", "web socket", "h2c", "websocket/13", "x-websocket"}) {
        headers.upgrade = bad;
        EXPECT_EQ(check_upgrade(headers), UpgradeCheck::no_upgrade) << bad;
    }
}

TEST(Handshake, Section4_2_1_ConnectionListHoldsUpgradeInAnyCase) {
    UpgradeHeaders headers = sample();
    for (const std::string_view good :
         {"upgrade", "UPGRADE", "keep-alive, Upgrade", "Upgrade,keep-alive", "a,b,\tupgrade"}) {
        headers.connection = good;
        EXPECT_EQ(check_upgrade(headers), UpgradeCheck::ok) << good;
    }
    for (const std::string_view bad :
         {"", "close", "keep-alive", "upgraded", "keep-alive upgrade"}) {
        headers.connection = bad;
        EXPECT_EQ(check_upgrade(headers), UpgradeCheck::no_upgrade) << bad;
    }
}

TEST(Handshake, Section4_4_OtherVersionsAreRefused) {
    UpgradeHeaders headers = sample();
    for (const std::string_view bad :
         {"", "8", "12", "14", "013", "13, 8", "13,13", "13 ", "+13", "13.0"}) {
        headers.version = bad;
        EXPECT_EQ(check_upgrade(headers), UpgradeCheck::bad_version) << bad;
    }
}

TEST(Handshake, Section4_2_1_KeyIsBase64Of16Bytes) {
    UpgradeHeaders headers = sample();
    for (const std::string_view good :
         {"AAAAAAAAAAAAAAAAAAAAAA==", "/////////////////////w==", "+/+/+/+/+/+/+/+/+/+/+Q=="}) {
        headers.key = good;
        EXPECT_EQ(check_upgrade(headers), UpgradeCheck::ok) << good;
    }
    for (const std::string_view bad : {
             "",
             "dGhlIHNhbXBsZSBub25j",            // 15 bytes
             "dGhlIHNhbXBsZSBub25jZTE=",        // 17 bytes
             "dGhlIHNhbXBsZSBub25jZTEyMw==",    // 19 bytes
             "dGhlIHNhbXBsZSBub25jZQ",          // no padding
             "dGhlIHNhbXBsZSBub25jZQ=",         // half of it
             "dGhlIHNhbXBsZSBub25jZQ===",       // too much
             "dGhlIHNhbXBsZSBub25jZR==",        // not canonical: left-over bits
             "dGhlIHNhbXBsZSBub25j Q==",        // a blank
             "dGhlIHNhbXBsZSBub25jZQ==\r",      //
             "_GhlIHNhbXBsZSBub25jZQ==",        // the other alphabet
             "dGhlIHNh=XBsZSBub25jZQ==",        // padding inside
             "dGhlIHNhbXBsZSBub25jZQ==, x",     // two fields joined
             "dGhlIHNhbXBsZSBub25j\xC3\xA9==",  // not ASCII
         }) {
        headers.key = bad;
        EXPECT_EQ(check_upgrade(headers), UpgradeCheck::bad_key) << bad;
    }
}

// Of the 64 endings of a key only the four without left-over bits name 16 bytes.
TEST(Handshake, Section4_2_1_KeyIsCanonical) {
    const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    int accepted = 0;
    for (std::size_t i = 0; i < alphabet.size(); ++i) {
        const std::string key = "dGhlIHNhbXBsZSBub25jZ" + alphabet.substr(i, 1) + "==";
        UpgradeHeaders headers = sample();
        headers.key = key;
        const bool canonical = i % 16 == 0;
        EXPECT_EQ(check_upgrade(headers) == UpgradeCheck::ok, canonical) << key;
        accepted += canonical ? 1 : 0;
    }
    EXPECT_EQ(accepted, 4);
}

TEST(Handshake, Section4_2_2_SampleAcceptKey) {
    EXPECT_EQ(accept_key("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

// A second sample, worked out with another implementation of SHA-1.
TEST(Handshake, Section4_2_2_AcceptKeyOfZeros) {
    EXPECT_EQ(accept_key("AAAAAAAAAAAAAAAAAAAAAA=="), "ICX+Yqv66kxgM0FcWaLWlFLwTAI=");
}

TEST(Subprotocols, Section1_9_SampleListInOrder) {
    EXPECT_THAT(parse_subprotocols("chat, superchat"), Optional(ElementsAre("chat", "superchat")));
    EXPECT_THAT(parse_subprotocols("confab.v2"), Optional(ElementsAre("confab.v2")));
    EXPECT_THAT(parse_subprotocols(" a ,\tb\t,c "), Optional(ElementsAre("a", "b", "c")));
}

TEST(Subprotocols, AbsentFieldOffersNothing) {
    EXPECT_THAT(parse_subprotocols(""), Optional(IsEmpty()));
    EXPECT_THAT(parse_subprotocols(" \t"), Optional(IsEmpty()));
}

TEST(Subprotocols, Section4_1_EmptyElementsAreMalformed) {
    for (const std::string_view bad : {",", "a,", ",a", "a,,b", "a, ", "a,\t", " , "}) {
        EXPECT_EQ(parse_subprotocols(bad), std::nullopt) << bad;
    }
}

TEST(Subprotocols, Section4_1_ElementsAreTokens) {
    EXPECT_THAT(parse_subprotocols("!#$%&'*+-.^_`|~09azAZ"),
                Optional(ElementsAre("!#$%&'*+-.^_`|~09azAZ")));
    for (int c = 0; c < 256; ++c) {
        const bool token = c > 0x20 && c < 0x7F &&
                           std::string_view("\"(),/:;<=>?@[\\]{}").find(static_cast<char>(c)) ==
                               std::string_view::npos;
        const std::string offered = std::string("a") + static_cast<char>(c) + "b";
        if (c == ',') continue;
        EXPECT_EQ(parse_subprotocols(offered).has_value(), token) << c;
    }
}

TEST(Subprotocols, Section4_1_ElementsAreUnique) {
    EXPECT_EQ(parse_subprotocols("a, b, a"), std::nullopt);
    EXPECT_THAT(parse_subprotocols("a, A"), Optional(ElementsAre("a", "A")));
}

TEST(Subprotocols, AtMostSixteen) {
    std::string list = "p0";
    for (int i = 1; i < 16; ++i)
        list += ",p" + std::to_string(i);
    ASSERT_TRUE(parse_subprotocols(list).has_value());
    EXPECT_EQ(parse_subprotocols(list)->size(), 16U);
    EXPECT_EQ(parse_subprotocols(list + ",p16"), std::nullopt);
}

// The shapes that made other servers take quadratic time (ws CVE-2021-32640); at this size a
// quadratic reader would run into the time limit of the test.
TEST(Subprotocols, LongBadListsTakeLinearTime) {
    const std::size_t size = 4 << 20;
    EXPECT_EQ(parse_subprotocols("b" + std::string(size, ' ') + "x"), std::nullopt);
    EXPECT_EQ(parse_subprotocols("b" + std::string(size, ',') + "x"), std::nullopt);
    UpgradeHeaders headers = sample();
    const std::string commas(size, ',');
    headers.connection = commas;
    EXPECT_EQ(check_upgrade(headers), UpgradeCheck::no_upgrade);
}

}  // namespace
}  // namespace confab::ws
