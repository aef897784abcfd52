#include "auth/jwt_object.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "base/json.hpp"
#include "base/limits.hpp"

namespace confab::auth {
namespace {

using Kind = JwtObject::Value::Kind;

Kind kind_of(const std::string& value) {
    const std::string json = "{\"x\":" + value + "}";
    const auto object = JwtObject::read(json);
    EXPECT_TRUE(object && object->find("x")) << value;
    return object && object->find("x") ? object->find("x")->kind : Kind::other;
}

TEST(JwtObject, KnowsEveryMemberOfTheOutermostObject) {
    const std::string json =
        R"( {"iss":"me", "exp": 17 ,"o":{"iss":"inner","l":["x"]},"n":null,"":"nameless"} )";
    const auto object = JwtObject::read(json);
    ASSERT_TRUE(object);
    EXPECT_EQ(object->size(), 5U);
    EXPECT_EQ(object->text("iss"), "me");
    EXPECT_EQ(object->find("exp")->integer, 17);
    EXPECT_EQ(object->find("o")->kind, Kind::other);
    EXPECT_EQ(object->find("n")->kind, Kind::other);
    EXPECT_EQ(object->text(""), "nameless");
    EXPECT_EQ(object->find("l"), nullptr);
    EXPECT_EQ(object->find("is"), nullptr);
    EXPECT_EQ(object->find("issu"), nullptr);
    EXPECT_EQ(object->text("exp"), std::nullopt);
    EXPECT_EQ(JwtObject::read("{}")->size(), 0U);
}

TEST(JwtObject, OnlyWholeNumbersOf64BitsAreNumbers) {
    EXPECT_EQ(kind_of("0"), Kind::integer);
    EXPECT_EQ(kind_of("-9223372036854775808"), Kind::integer);
    EXPECT_EQ(kind_of("9223372036854775807"), Kind::integer);
    for (const char* other : {"9223372036854775808", "18446744073709551616", "1.0", "1e3", "-0.0",
                              "true", "false", "null", "{}"}) {
        EXPECT_EQ(kind_of(other), Kind::other) << other;
    }
    EXPECT_EQ(kind_of("[]"), Kind::list);
    EXPECT_EQ(kind_of("\"7\""), Kind::text);
}

TEST(JwtObject, AListHasItsOwnItemsOnly) {
    const std::string json =
        R"({"a":["x",{"y":["no"]},["no","no"],7,"z\u0021"],"b":[],"c":{"d":["no"]},"e":["w"]})";
    const auto object = JwtObject::read(json);
    ASSERT_TRUE(object);
    const auto& a = *object->find("a");
    ASSERT_EQ(a.items, 5U);
    EXPECT_EQ(object->item(a, 0), "x");
    EXPECT_EQ(object->item(a, 1), std::nullopt);
    EXPECT_EQ(object->item(a, 2), std::nullopt);
    EXPECT_EQ(object->item(a, 3), std::nullopt);
    EXPECT_EQ(object->item(a, 4), "z!");
    EXPECT_EQ(object->find("b")->items, 0U);
    EXPECT_EQ(object->find("c")->kind, Kind::other);
    ASSERT_EQ(object->find("e")->items, 1U);
    EXPECT_EQ(object->item(*object->find("e"), 0), "w");
}

TEST(JwtObject, TextsWithEscapesSurviveAMove) {
    const std::string long_text(5000, 'n');
    const std::string json = R"({"\u0061b":"c\td","e":")" + long_text + R"(\n","f":"\u00e9"})";
    auto object = JwtObject::read(json);
    ASSERT_TRUE(object);
    const JwtObject moved = std::move(*object);
    EXPECT_EQ(moved.text("ab"), "c\td");
    EXPECT_EQ(moved.text("e"), long_text + '\n');
    EXPECT_EQ(moved.text("f"), "\xc3\xa9");
}

// It takes what parse_json() takes, as long as it is an object.
TEST(JwtObject, IsAsStrictAsParseJson) {
    const auto nested = [](std::size_t depth) {
        return "{\"a\":" + std::string(depth, '[') + std::string(depth, ']') + '}';
    };
    const auto with_members = [](std::size_t count) {
        std::string text = "{";
        for (std::size_t i = 0; i < count; ++i)
            text += (i ? ",\"" : "\"") + std::to_string(i) + "\":0";
        return text + '}';
    };
    for (const std::string& text : {std::string(R"({"a":1})"),
                                    std::string(R"({"a":1,"a":2})"),
                                    std::string(R"({"a":1,"\u0061":2})"),
                                    std::string(R"({"a":{"b":1,"b":2}})"),
                                    std::string(R"({"a":[{"b":1,"b":2}]})"),
                                    std::string(R"({"a":{"a":{"a":1}}})"),
                                    std::string(R"({"a\tb":1,"a\u0009b":2})"),
                                    std::string(R"({"a":1}x)"),
                                    std::string(R"({"a":1}{})"),
                                    std::string(R"({"a":1)"),
                                    std::string(R"({"a":1,})"),
                                    std::string(R"({a:1})"),
                                    std::string("\xef\xbb\xbf{}"),
                                    std::string("{\"a\":\"\xff\"}"),
                                    std::string("{\"a\":\"\xed\xa0\x80\"}"),
                                    std::string(R"({"a":"\ud800"})"),
                                    std::string("{\"\xff\":1}"),
                                    std::string("{\"a\":\"\n\"}"),
                                    std::string(R"({"a":1e309})"),
                                    std::string(R"({"a":01})"),
                                    std::string("{}\0", 3),
                                    std::string(),
                                    nested(kJsonDepthMax - 1),
                                    nested(kJsonDepthMax),
                                    with_members(kJsonKeysMax),
                                    with_members(kJsonKeysMax + 1)}) {
        EXPECT_EQ(JwtObject::read(text).has_value(), parse_json(text).has_value()) << text;
    }
    for (const char* text :
         {"[]", "[{}]", "\"a\"", "7", "-1.5", "18446744073709551615", "true", "null", "[\"a\"]"}) {
        EXPECT_TRUE(parse_json(text)) << text;
        EXPECT_FALSE(JwtObject::read(text)) << text;
    }
}

}  // namespace
}  // namespace confab::auth
