#include "api/room_request.hpp"

#include <gtest/gtest.h>

#include <string>

#include "support/http_fixture.hpp"

namespace confab::test {
namespace {

constexpr const char* kKey = "0190b6f2-7c1f-7e2e-9a53-0c5a5a0f2d11";

net::HttpRequest with_path(std::vector<std::string> parameters) {
    net::HttpRequest request = make_request("GET / HTTP/1.1");
    request.path_parameters = std::move(parameters);
    return request;
}

net::HttpRequest with_query(const std::string& query) {
    net::HttpRequest request = make_request("GET /x?" + query + " HTTP/1.1");
    request.path_parameters = {"lobby"};
    return request;
}

template <class Value>
std::string refusal(const Result<Value>& result) {
    return result ? "" : std::string(result.error().code) + " " + result.error().field;
}

TEST(RoomRequest, WholeNumbersAreDigitsAloneAndWithinTheRange) {
    EXPECT_EQ(api::whole_number("7", 1, 7), 7U);
    for (const char* text : {"", "0", "8", "+7", "-7", " 7", "7 ", "7.0", "0x7", "7e0"}) {
        EXPECT_FALSE(api::whole_number(text, 1, 7)) << text;
    }
    EXPECT_FALSE(api::whole_number("18446744073709551616", 0, UINT64_MAX));
}

TEST(RoomRequest, TheRoomAndTheMessageStandInThePath) {
    const auto request = with_path({"lobby", "12"});
    EXPECT_EQ(api::room_in(request)->text(), "lobby");
    EXPECT_EQ(api::message_in(request)->seq, 12U);
    EXPECT_EQ(api::message_in(request)->room.text(), "lobby");
    EXPECT_EQ(refusal(api::room_in(with_path({"a b"}))), "bad_room_name room");
    for (const char* seq : {"0", "x", "9007199254740993"}) {
        EXPECT_EQ(refusal(api::message_in(with_path({"lobby", seq}))), "no_such_message seq")
            << seq;
    }
}

TEST(RoomRequest, UsersAndReactionsAreTextsThatAreSound) {
    EXPECT_EQ(api::user_in(with_path({"lobby", "auth0|5/6"}), 1)->text(), "auth0|5/6");
    EXPECT_EQ(refusal(api::user_in(with_path({"\xff"}), 0)), "bad_request user");
    EXPECT_EQ(refusal(api::user_in(with_path({std::string(129, 'x')}), 0)), "bad_user user");
    EXPECT_EQ(*api::reaction_in(with_path({"a", "1", "+1"}), 2), "+1");
    EXPECT_EQ(refusal(api::reaction_in(with_path({"\xf0\x9f"}), 0)), "bad_request reaction");
    EXPECT_EQ(refusal(api::reaction_in(with_path({"a b"}), 0)), "bad_reaction reaction");
}

TEST(RoomRequest, AKeyMayBeMissingPlainOrQuoted) {
    const auto key = [](const std::string& written) {
        return api::idempotency_key_of(
            make_request("GET / HTTP/1.1\r\nIdempotency-Key: " + written));
    };
    EXPECT_TRUE(api::idempotency_key_of(make_request("GET / HTTP/1.1"))->is_nil());
    EXPECT_EQ(key(kKey)->text(), kKey);
    EXPECT_EQ(key('"' + std::string(kKey) + '"')->text(), kKey);
    for (const std::string& wrong : {std::string("x"), std::string("\""), std::string("\"\""),
                                     '"' + std::string(kKey), std::string(kKey) + '"'}) {
        EXPECT_EQ(refusal(key(wrong)), "bad_cid Idempotency-Key") << wrong;
    }
}

TEST(RoomRequest, AQuestionForHistoryIsReadFromTheQuery) {
    const auto plain = api::history_of(with_query(""));
    EXPECT_EQ(plain->from, api::V2History::From::newest);
    EXPECT_EQ(plain->limit, kHistoryEventsDefault);
    EXPECT_FALSE(plain->events);
    const auto full = api::history_of(with_query("after=3&limit=100&events=true"));
    EXPECT_EQ(full->from, api::V2History::From::after);
    EXPECT_EQ(full->seq, 3U);
    EXPECT_EQ(full->limit, 100U);
    EXPECT_TRUE(full->events);
    EXPECT_EQ(refusal(api::history_of(with_query("after=1&before=2"))), "bad_request after");
    EXPECT_EQ(refusal(api::history_of(with_query("around=x"))), "bad_request around");
    EXPECT_EQ(refusal(api::history_of(with_query("limit=101"))), "bad_request limit");
    EXPECT_EQ(refusal(api::history_of(with_query("events=1"))), "bad_request events");
}

}  // namespace
}  // namespace confab::test
