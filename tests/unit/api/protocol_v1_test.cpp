#include "api/protocol_v1.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "base/json.hpp"

namespace confab::test {
namespace {

boost::json::array vectors(const std::string& file) {
    std::ifstream in(std::string(CONFAB_SOURCE_DIR) + "/protocol/vectors/v1/" + file);
    std::ostringstream text;
    text << in.rdbuf();
    auto parsed = parse_json(text.str());
    EXPECT_TRUE(parsed.has_value()) << file;
    return parsed->as_array();
}

std::string text(const boost::json::value& vector, const char* name) {
    const auto& value = vector.as_object().at(name).as_string();
    return {value.data(), value.size()};
}

WallTime time_of(const boost::json::value& vector) {
    return from_unix_seconds(vector.as_object().at("timestamp").as_int64());
}

TEST(ProtocolV1, MessagesAreByteForByteTheGoldenVectors) {
    const auto all = vectors("messages.json");
    EXPECT_GE(all.size(), 3U);
    for (const auto& vector : all) {
        const chat::User user{UserId(text(vector, "user_id")), text(vector, "username")};
        const std::string body = text(vector, "message");
        EXPECT_EQ(api::v1_message({user, body, time_of(vector)}), text(vector, "frame"))
            << text(vector, "name");
    }
}

TEST(ProtocolV1, NoticesAreByteForByteTheGoldenVectors) {
    const auto all = vectors("notices.json");
    EXPECT_GE(all.size(), 4U);
    for (const auto& vector : all) {
        const std::string name = text(vector, "username");
        const auto kind = text(vector, "kind") == "joined" ? chat::Notice::Kind::joined
                                                           : chat::Notice::Kind::left;
        const auto people = static_cast<std::uint32_t>(vector.as_object().at("people").as_int64());
        EXPECT_EQ(api::v1_notice({kind, name, people, time_of(vector)}), text(vector, "frame"))
            << text(vector, "name");
    }
}

TEST(ProtocolV1, TheTimestampIsWholeSecondsRoundedDown) {
    const chat::User user{UserId("u"), "U"};
    const WallTime at = from_unix_seconds(10) + std::chrono::milliseconds(999);
    EXPECT_TRUE(api::v1_message({user, "x", at}).ends_with("\"timestamp\":10}"));
}

TEST(ProtocolV1, FramesAreUnmaskedTextFrames) {
    const chat::User user{UserId("u"), "U"};
    const chat::Message message{user, "x", from_unix_seconds(10)};
    const auto frame = api::V1Encoder().encode(message);
    const std::string payload = api::v1_message(message);
    ASSERT_LT(payload.size(), 126U);
    EXPECT_EQ(frame.view().substr(0, 2), std::string("\x81") + static_cast<char>(payload.size()));
    EXPECT_EQ(frame.view().substr(2), payload);
}

}  // namespace
}  // namespace confab::test
