#include "app/chat_client_frame.hpp"

#include <gtest/gtest.h>

namespace confab::app {
namespace {

TEST(ChatFrame, ReadsAMessage) {
    const auto frame = parse_chat_frame(
        R"({"user_id":"u1","username":"Alice","message":"h\ni \u00e9","timestamp":1234567890})");
    ASSERT_TRUE(frame);
    EXPECT_FALSE(frame->notice);
    EXPECT_EQ(frame->user_id, "u1");
    EXPECT_EQ(frame->user_name, "Alice");
    EXPECT_EQ(frame->text, "h\ni \xC3\xA9");
    EXPECT_EQ(frame->unix_seconds, 1234567890);
}

TEST(ChatFrame, ReadsANotice) {
    const auto frame =
        parse_chat_frame(R"(system:{"message":"Alice has joined the chat.","timestamp":5})");
    ASSERT_TRUE(frame);
    EXPECT_TRUE(frame->notice);
    EXPECT_EQ(frame->text, "Alice has joined the chat.");
    EXPECT_EQ(frame->unix_seconds, 5);
}

TEST(ChatFrame, IsAMessageWhenOnlyItsTextLooksLikeANotice) {
    const auto frame = parse_chat_frame(
        R"({"user_id":"u","username":"M","message":"system:{\"message\":\"x\"}","timestamp":1})");
    ASSERT_TRUE(frame);
    EXPECT_FALSE(frame->notice);
}

TEST(ChatFrame, IgnoresMembersItDoesNotKnow) {
    EXPECT_TRUE(parse_chat_frame(
        R"({"user_id":"u","username":"M","message":"x","timestamp":1,"seq":[1,{}]})"));
}

class NotAFrame : public testing::TestWithParam<const char*> {};

TEST_P(NotAFrame, IsRefused) {
    const auto frame = parse_chat_frame(GetParam());
    ASSERT_FALSE(frame);
    EXPECT_EQ(frame.error().code, "bad_frame");
}

INSTANTIATE_TEST_SUITE_P(
    All, NotAFrame,
    testing::Values("", "hello", "[]", "null", "system:", "system:x", "system:[]", "{}",
                    R"({"username":"M","message":"x","timestamp":1})",
                    R"({"user_id":"u","message":"x","timestamp":1})",
                    R"({"user_id":"u","username":"M","timestamp":1})",
                    R"({"user_id":"u","username":"M","message":"x"})",
                    R"({"user_id":"u","username":"M","message":"x","timestamp":"1"})",
                    R"({"user_id":"u","username":"M","message":"x","timestamp":1.5})",
                    R"({"user_id":"u","username":1,"message":"x","timestamp":1})",
                    R"({"user_id":"u","username":"M","message":"x","timestamp":1} )"
                    "x"));

}  // namespace
}  // namespace confab::app
