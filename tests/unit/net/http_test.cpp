#include "net/http.hpp"

#include <gtest/gtest.h>

#include "net/http_message.hpp"

namespace confab::test {
namespace {

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
