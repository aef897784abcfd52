#include "api/v2_command.hpp"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <set>
#include <string>

#include "base/json.hpp"
#include "support/v2_commands.hpp"
#include "support/vectors.hpp"

namespace confab::test {
namespace {

namespace json = boost::json;
using api::parse_v2_command;

api::V2CommandOptions options_of(const json::value& vector) {
    const json::value* given = vector.as_object().if_contains("options");
    if (given == nullptr) return {};
    const auto number = [&](const char* name) {
        return static_cast<std::size_t>(given->as_object().at(name).as_int64());
    };
    return {number("body_code_points_max"), number("body_bytes_max")};
}

// What the vector says that its frame means.
json::object expected_of(const json::value& vector) {
    json::object expected;
    for (const char* name : {"id", "command", "error"}) {
        if (const json::value* value = vector.as_object().if_contains(name)) {
            expected[name] = *value;
        }
    }
    return expected;
}

Error error_of(std::string_view frame, const api::V2CommandOptions& options = {}) {
    const auto request = parse_v2_command(frame, options);
    EXPECT_TRUE(request.command.has_error()) << frame;
    return request.command.error();
}

std::string publish(std::string_view body) {
    std::string frame =
        R"({"id":1,"publish":{"room":"r","cid":"0190b6f2-7c1f-7e2e-9a53-0c5a5a0f2d11","body":)";
    append_json_string(frame, body);
    return frame + "}}";
}

std::string connect(std::size_t rooms, std::string_view position) {
    std::string frame = R"({"id":1,"connect":{"rooms":{)";
    for (std::size_t i = 0; i < rooms; ++i) {
        if (i > 0) frame += ',';
        frame += "\"r" + std::to_string(i) + "\":";
        frame += position;
    }
    return frame + "}}}";
}

TEST(V2Command, FramesMeanWhatTheGoldenVectorsSay) {
    const auto all = vectors("v2/commands.json");
    EXPECT_GE(all.size(), 150U);
    for (const auto& vector : all) {
        const auto request = parse_v2_command(string_of(vector, "frame"), options_of(vector));
        EXPECT_EQ(told(request), expected_of(vector)) << string_of(vector, "name");
    }
}

TEST(V2Command, EveryErrorAndEveryMethodHasAVector) {
    std::set<std::string> codes;
    std::set<std::string> methods;
    for (const auto& vector : vectors("v2/commands.json")) {
        const json::object expected = expected_of(vector);
        if (const auto* error = expected.if_contains("error")) {
            codes.insert(string_of(*error, "code"));
        } else {
            methods.insert(std::string(expected.at("command").as_object().begin()->key()));
        }
    }
    EXPECT_EQ(codes, std::set<std::string>(kV2CommandErrors.begin(), kV2CommandErrors.end()));
    EXPECT_EQ(methods, (std::set<std::string>{
                           "connect",   "refresh", "join",    "leave",   "publish",   "edit",
                           "delete",    "react",   "unreact", "typing",  "presence",  "history",
                           "create",    "direct",  "rooms",   "members", "mark_read", "set_role",
                           "configure", "kick",    "ban",     "unban",   "mute",      "unmute"}));
}

TEST(V2Command, WhiteSpaceBetweenTokensChangesNothing) {
    for (const auto& vector : vectors("v2/commands.json")) {
        const std::string frame = spaced(string_of(vector, "frame"));
        EXPECT_EQ(told(parse_v2_command(frame, options_of(vector))), expected_of(vector)) << frame;
    }
}

TEST(V2Command, EscapesInStringsAndNamesChangeNothing) {
    for (const auto& vector : vectors("v2/commands.json")) {
        const std::string frame = escaped(string_of(vector, "frame"));
        EXPECT_EQ(told(parse_v2_command(frame, options_of(vector))), expected_of(vector)) << frame;
    }
}

TEST(V2Command, AFrameThatIsCutOffIsNeverACommandAndHasNoId) {
    for (const auto& vector : vectors("v2/commands.json")) {
        const std::string frame = string_of(vector, "frame");
        if (frame.size() > 300 || expected_of(vector).contains("error")) continue;
        const std::size_t whole = frame.find_last_not_of(' ');
        for (std::size_t size = 0; size <= whole; ++size) {
            const auto request = parse_v2_command(std::string_view(frame).substr(0, size));
            ASSERT_TRUE(request.command.has_error()) << frame.substr(0, size);
            EXPECT_EQ(request.command.error().code, "bad_frame");
            EXPECT_FALSE(request.id.has_value()) << frame.substr(0, size);
        }
    }
}

TEST(V2Command, ABodyArrivesAsItWasWritten) {
    std::string all;
    for (char c = ' '; c < '\x7f'; ++c)
        all += c;
    for (const std::string& body :
         {all, std::string("\n\t"), std::string("\xC2\xA0\xF0\x9F\x98\x80"),
          std::string(kBodyCodePointsMax, '"')}) {
        const auto request = parse_v2_command(publish(body));
        ASSERT_TRUE(request.command.has_value()) << body;
        EXPECT_EQ(std::get<api::V2Publish>(*request.command).body, body);
    }
}

TEST(V2Command, ABodyMayHaveAsManyCodePointsAsTheLimitSaysHoweverTheyAreEncoded) {
    std::string body;
    for (std::size_t i = 0; i < kBodyCodePointsMax; ++i)
        body += "\xF0\x9F\x98\x80";
    EXPECT_TRUE(parse_v2_command(publish(body)).command.has_value());
    EXPECT_EQ(error_of(publish(body + "x")).code, "body_too_long");
}

TEST(V2Command, EveryControlCharacterButTwoIsRefusedInABody) {
    for (unsigned code = 0; code < 0x100; ++code) {
        std::string character(1, static_cast<char>(code));
        if (code >= 0x80) {
            character = {static_cast<char>(0xC0 | code >> 6),
                         static_cast<char>(0x80 | (code & 63))};
        }
        const auto request = parse_v2_command(publish("a" + character));
        const bool good = (code >= 0x20 && code < 0x7f) || code >= 0xa0 || code == 9 || code == 10;
        EXPECT_EQ(request.command.has_value(), good) << code;
        if (!good && !request.command) {
            EXPECT_EQ(request.command.error().code, "bad_body") << code;
        }
    }
    // A continuation byte of something else is none of them.
    EXPECT_TRUE(parse_v2_command(publish("\xE2\x82\x82\xC3\x9F\xE2\x80\x9C")).command.has_value());
}

TEST(V2Command, TooManyRoomsAreTooManyHoweverManyAndWhateverTheyHold) {
    for (const std::string_view position : {"null", "{}", R"({"epoch":"k","seq":1})", "[1,2]"}) {
        const auto most = parse_v2_command(connect(kRoomsPerConnectionMax, position));
        EXPECT_EQ(most.command.has_value(), position != "[1,2]");
        for (const std::size_t rooms : {kRoomsPerConnectionMax + 1, std::size_t{3000}}) {
            const Error error = error_of(connect(rooms, position));
            EXPECT_EQ(error.code, "too_many_rooms") << rooms << position;
            EXPECT_EQ(error.kind, ErrorKind::too_large);
        }
    }
}

TEST(V2Command, MoreValuesThanAnyCommandHasAreABadFrame) {
    const std::string junk = R"({"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1})";
    const auto request = parse_v2_command(connect(kRoomsPerConnectionMax, junk));
    EXPECT_EQ(request.command.error().code, "bad_frame");
    EXPECT_EQ(request.id, 1);
    EXPECT_TRUE(parse_v2_command(connect(kRoomsPerConnectionMax - 1, junk)).command.has_value());
}

TEST(V2Command, APositionMayNotHaveMoreMembersThanAnyOtherObject) {
    std::string frame = R"({"id":1,"join":{"room":"r","position":{"epoch":"k","seq":1)";
    for (std::size_t i = 2; i < kJsonKeysMax; ++i)
        frame += ",\"n" + std::to_string(i) + "\":0";
    EXPECT_TRUE(parse_v2_command(frame + "}}}").command.has_value());
    EXPECT_EQ(error_of(frame + ",\"x\":0}}}").field, "position");
}

TEST(V2Command, ATokenHasABoundAndIsNeverRepeated) {
    const auto refresh = [](const std::string& token) {
        return R"({"id":1,"refresh":{"token":")" + token + "\"}}";
    };
    EXPECT_TRUE(parse_v2_command(refresh(std::string(kTokenBytesMax, 't'))).command.has_value());
    const Error error = error_of(refresh(std::string(kTokenBytesMax + 1, 't')));
    EXPECT_EQ(error.field, "token");
    EXPECT_EQ(error.detail.find("tt"), std::string::npos);
}

TEST(V2Command, EveryErrorSaysSomethingAndNothingIsRetryable) {
    for (const auto& vector : vectors("v2/commands.json")) {
        const auto request = parse_v2_command(string_of(vector, "frame"), options_of(vector));
        if (request.command.has_value()) continue;
        EXPECT_FALSE(request.command.error().detail.empty()) << string_of(vector, "name");
        const ErrorKind kind = request.command.error().kind;
        EXPECT_TRUE(kind == ErrorKind::invalid || kind == ErrorKind::too_large);
    }
}

}  // namespace
}  // namespace confab::test
