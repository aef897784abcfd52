#include "net/http.hpp"

#include <gtest/gtest.h>

#include <string>

#include "net/http_message.hpp"
#include "net/http_reader.hpp"

namespace confab::test {
namespace {

using net::HttpReader;
using net::HttpRequest;
using net::HttpResponse;
using net::query_value;
using net::serialize;

TEST(QueryValue, TakesTheFirstOfThatNameDecoded) {
    EXPECT_EQ(query_value("token=a.b-c_d&room=x", "token"), "a.b-c_d");
    EXPECT_EQ(query_value("token=a&token=b", "token"), "a");
    EXPECT_EQ(query_value("room=a%20b+c%2F", "room"), "a b c/");
    EXPECT_EQ(query_value("%72oom=x", "room"), "x");
    EXPECT_EQ(query_value("room", "room"), "");
    EXPECT_EQ(query_value("room=", "room"), "");
    EXPECT_EQ(query_value("a=1&&room=x&", "room"), "x");
}

TEST(QueryValue, SaysNothingForAMissingName) {
    EXPECT_EQ(query_value("", "room"), std::nullopt);
    EXPECT_EQ(query_value("rooms=x", "room"), std::nullopt);
}

TEST(QueryValue, LeavesMalformedEscapesAsTheyAre) {
    EXPECT_EQ(query_value("room=%zz%4", "room"), "%zz%4");
    EXPECT_EQ(query_value("room=%", "room"), "%");
}

HttpRequest request_with(const std::string& fields) {
    static const HttpReader::Limits limits;
    HttpReader reader(limits);
    EXPECT_EQ(reader.feed("GET /ws HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n"),
              HttpReader::Phase::complete);
    return HttpRequest(reader.take().message);
}

constexpr const char* kUpgrade =
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

TEST(HttpRequest, AFieldIsFoundByItsNameInAnyCase) {
    const HttpRequest request =
        request_with("X-one: 1\r\nx-ONE: 2\r\nX-Two:\r\nAuthorization: Bearer a\r\n");
    EXPECT_EQ(request.header("x-one"), "1");
    EXPECT_EQ(request.header("AUTHORIZATION"), "Bearer a");
    EXPECT_TRUE(request.has_header("x-two"));
    EXPECT_EQ(request.header("x-two"), "");
    EXPECT_FALSE(request.has_header("x-on"));
    EXPECT_FALSE(request.has_header("x-oneX"));
    EXPECT_EQ(request.header(""), "");
}

TEST(HttpRequest, AProperUpgradeIsNotRefused) {
    EXPECT_EQ(request_with(kUpgrade).upgrade_refusal(), 0U);
    EXPECT_EQ(request_with("").upgrade_refusal(), 426U);
}

// RFC 9110 section 5.3: a list may come in several fields.
TEST(HttpRequest, TheFieldsOfAnUpgradeAreOneList) {
    const std::string rest =
        "SEC-WEBSOCKET-VERSION: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    const std::string first = "upgrade: websocket\r\nconnection: x, Upgrade\r\n";
    const std::string second = "UPGRADE: h2c\r\nConnection: keep-alive\r\n";
    EXPECT_EQ(request_with(first + second + rest).upgrade_refusal(), 0U);
    EXPECT_EQ(request_with(second + first + rest).upgrade_refusal(), 0U);
    EXPECT_EQ(
        request_with("Upgrade: websocket\r\nConnection: keep-alive\r\n" + rest).upgrade_refusal(),
        426U);
}

// RFC 6455 sections 11.3.1 and 11.3.5.
TEST(HttpRequest, KeyAndVersionOfAnUpgradeComeOnce) {
    for (const char* twice :
         {"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "sec-websocket-version: 13\r\n"}) {
        EXPECT_EQ(request_with(std::string(kUpgrade) + twice).upgrade_refusal(), 400U) << twice;
    }
}

TEST(HttpDate, Rfc9110Section5_6_7) {
    EXPECT_EQ(net::http_date(from_unix_seconds(784111777)), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(net::http_date(from_unix_seconds(0)), "Thu, 01 Jan 1970 00:00:00 GMT");
}

TEST(Serialize, WritesStatusFieldsAndBody) {
    HttpResponse response;
    response.content_type = "text/plain";
    response.body = "hello";
    response.headers = {{"X-A", "b"}};
    const std::string wire = serialize(response, 11, true, false);
    EXPECT_TRUE(wire.starts_with("HTTP/1.1 200 OK\r\n")) << wire;
    EXPECT_NE(wire.find("X-A: b\r\n"), std::string::npos);
    EXPECT_NE(wire.find("Content-Length: 5\r\n"), std::string::npos);
    EXPECT_EQ(wire.find("Connection"), std::string::npos);
    EXPECT_TRUE(wire.ends_with("\r\n\r\nhello"));
}

TEST(Serialize, HeadHasTheLengthButNoBody) {
    HttpResponse response;
    response.body = "hello";
    const std::string wire = serialize(response, 11, true, true);
    EXPECT_NE(wire.find("Content-Length: 5\r\n"), std::string::npos);
    EXPECT_TRUE(wire.ends_with("\r\n\r\n"));
}

TEST(Serialize, SaysWhetherTheConnectionStays) {
    EXPECT_NE(serialize({}, 11, false, false).find("Connection: close\r\n"), std::string::npos);
    EXPECT_NE(serialize({}, 10, true, false).find("Connection: keep-alive\r\n"), std::string::npos);
}

// What HTTP itself says stands once, at the end, whatever the handler said of it.
TEST(Serialize, FieldsOfTheHttpLayerReplaceThoseOfTheHandler) {
    HttpResponse response;
    response.content_type = "text/plain";
    response.body = "hello";
    response.headers = {{"CONTENT-LENGTH", "7"},
                        {"connection", "Upgrade"},
                        {"X-A", "1"},
                        {"Content-type", "a/b"},
                        {"X-B", ""},
                        {"X-A", "2"}};
    EXPECT_EQ(serialize(response, 11, true, false),
              "HTTP/1.1 200 OK\r\nconnection: Upgrade\r\nX-A: 1\r\nX-B: \r\nX-A: 2\r\n"
              "Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello");
    EXPECT_EQ(serialize(response, 11, false, true),
              "HTTP/1.1 200 OK\r\nX-A: 1\r\nX-B: \r\nX-A: 2\r\nContent-Type: text/plain\r\n"
              "Content-Length: 5\r\nConnection: close, Upgrade\r\n\r\n");
}

TEST(Serialize, Rfc9110Section6_4_1SwitchingProtocolsHasNoBody) {
    HttpResponse response;
    response.status = 101;
    response.headers = {{"Connection", "Upgrade"}};
    const std::string wire = serialize(response, 11, true, false);
    EXPECT_EQ(wire.find("Content-Length"), std::string::npos);
    EXPECT_NE(wire.find("Connection: Upgrade\r\n"), std::string::npos);
}

}  // namespace
}  // namespace confab::test
