#include "api/protocol_v1.hpp"

#include <gtest/gtest.h>

#include <string>

#include "support/vectors.hpp"

namespace confab::test {
namespace {

WallTime time_of(const boost::json::value& vector) {
    return from_unix_seconds(vector.as_object().at("timestamp").as_int64());
}

chat::LogEvent message(const std::string& user_id, const std::string& name, const std::string& body,
                       WallTime at) {
    chat::LogEvent event;
    event.from = std::make_shared<const chat::User>(chat::User{UserId(user_id), name});
    event.body = SharedBytes::copy_of(body);
    event.at = at;
    return event;
}

TEST(ProtocolV1, MessagesAreByteForByteTheGoldenVectors) {
    const auto all = vectors("v1/messages.json");
    EXPECT_GE(all.size(), 3U);
    for (const auto& vector : all) {
        const auto event = message(string_of(vector, "user_id"), string_of(vector, "username"),
                                   string_of(vector, "message"), time_of(vector));
        EXPECT_EQ(api::v1_message(event), string_of(vector, "frame")) << string_of(vector, "name");
    }
}

TEST(ProtocolV1, NoticesAreByteForByteTheGoldenVectors) {
    const auto all = vectors("v1/notices.json");
    EXPECT_GE(all.size(), 4U);
    for (const auto& vector : all) {
        const std::string name = string_of(vector, "username");
        const auto kind = string_of(vector, "kind") == "joined" ? chat::Notice::Kind::joined
                                                                : chat::Notice::Kind::left;
        const auto people = static_cast<std::uint32_t>(vector.as_object().at("people").as_int64());
        EXPECT_EQ(api::v1_notice({kind, name, people, time_of(vector)}), string_of(vector, "frame"))
            << string_of(vector, "name");
    }
}

TEST(ProtocolV1, TheTimestampIsWholeSecondsRoundedDown) {
    const WallTime at = from_unix_seconds(10) + std::chrono::milliseconds(999);
    EXPECT_TRUE(api::v1_message(message("u", "U", "x", at)).ends_with("\"timestamp\":10}"));
}

}  // namespace
}  // namespace confab::test
