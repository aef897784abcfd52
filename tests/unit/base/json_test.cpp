#include "base/json.hpp"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <string>

#include "base/limits.hpp"

namespace confab {
namespace {

namespace json = boost::json;

void expect_refused(std::string_view text) {
    const Result<json::value> result = parse_json(text);
    ASSERT_TRUE(result.has_error()) << testing::PrintToString(text.substr(0, 60));
    EXPECT_EQ(result.error().code, "bad_json");
    EXPECT_EQ(result.error().kind, ErrorKind::malformed);
}

std::string nested(std::size_t depth, char open, char close) {
    return std::string(depth, open) + std::string(depth, close);
}

std::string object_with(std::size_t members) {
    std::string text = "{";
    for (std::size_t i = 0; i < members; ++i) {
        if (i > 0) text += ',';
        text += "\"n" + std::to_string(i) + "\":" + std::to_string(i);
    }
    return text + "}";
}

TEST(Json, ReadsEveryKindOfValue) {
    const Result<json::value> result =
        parse_json(R"( {"a": [1, -2, 0.5, 1e3], "b": true, "c": null, "d": "x\n\u00e9\/"} )");
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(json::serialize(*result),
              "{\"a\":[1,-2,5E-1,1E3],\"b\":true,\"c\":null,\"d\":\"x\\n\xC3\xA9/\"}");
    for (const std::string_view text : {"0", "\"\"", "[]", "{}", "false", "-0", "\t1\r\n"}) {
        EXPECT_TRUE(parse_json(text).has_value()) << text;
    }
}

TEST(Json, Rfc8259_DuplicateNamesAreRefused) {
    expect_refused(R"({"a":1,"a":2})");
    expect_refused(R"({"a":1,"b":2,"a":1})");
    expect_refused(R"({"":1,"":2})");
    expect_refused(R"({"x":{"a":1,"a":2}})");
    expect_refused(R"([{"a":1,"a":2}])");
    // The same name written in two ways.
    expect_refused(R"({"a":1,"\u0061":2})");
    expect_refused("{\"\xC3\xA9\":1,\"\\u00e9\":2}");
}

TEST(Json, SameNameInDifferentObjectsIsFine) {
    EXPECT_TRUE(parse_json(R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]})").has_value());
    EXPECT_TRUE(parse_json(R"({"a":1,"A":2,"a ":3})").has_value());
}

// A name that the parser hands over in several parts because of its escapes.
TEST(Json, DuplicateNamesAreSeenAcrossEscapes) {
    EXPECT_TRUE(parse_json(R"({"a\tb":1,"a\nb":2,"ab":3})").has_value());
    expect_refused(R"({"a\tb":1,"a\u0009b":2})");
    const std::string name(5000, 'n');
    expect_refused("{\"" + name + "\\t\":1,\"" + name + "\\t\":2}");
}

TEST(Json, Rfc8259_TrailingDataIsRefused) {
    for (const std::string_view text :
         {"1 2", "{}{}", "{} x", "[],", "null,", "\"a\"\"b\"", "{}]"}) {
        expect_refused(text);
    }
    expect_refused(std::string_view("{}\0", 3));
}

TEST(Json, Rfc8259_IncompleteTextIsRefused) {
    const std::string whole = R"({"a":[1,{"b":"c\u0041"}],"d":true})";
    ASSERT_TRUE(parse_json(whole).has_value());
    for (std::size_t size = 0; size < whole.size(); ++size) {
        expect_refused(std::string_view(whole).substr(0, size));
    }
    expect_refused("  ");
}

TEST(Json, Rfc8259_ByteOrderMarkIsRefused) {
    expect_refused("\xEF\xBB\xBF{}");
    expect_refused("\xFF\xFE{\0}\0");
}

TEST(Json, Rfc8259_WhatOtherReadersTolerateIsRefused) {
    for (const std::string_view text :
         {"{\"a\":1,}", "[1,]", "[,1]", "{a:1}", "{'a':1}", "/* c */ 1", "1 // c", "True", "nul",
          "undefined", "{\"a\" 1}", "{\"a\":}", "{1:2}", "[1 2]", "\v1", "\f1"}) {
        expect_refused(text);
    }
}

TEST(Json, Rfc8259_NumbersHaveOneGrammar) {
    for (const std::string_view text :
         {"NaN", "nan", "Infinity", "-Infinity", "01", "-01", "00", "+1", ".5", "1.", "-", "1e",
          "1e+", "0x10", "1_000", "1.e1", "--1", "- 1"}) {
        expect_refused(text);
    }
}

TEST(Json, NumbersBeyondADoubleAreRefused) {
    for (const std::string_view text :
         {"1e309", "-1e309", "1e400", "[1e9999999999]", "123456789e301", "1.8e308", "-1.8E+308"}) {
        expect_refused(text);
    }
    EXPECT_TRUE(parse_json("1e308").has_value());
    EXPECT_TRUE(parse_json("1e-400").has_value()) << "too small for a double is zero";
}

TEST(Json, IntegersAreExact) {
    EXPECT_EQ(parse_json("9223372036854775807")->as_int64(), INT64_MAX);
    EXPECT_EQ(parse_json("-9223372036854775808")->as_int64(), INT64_MIN);
    EXPECT_EQ(parse_json("18446744073709551615")->as_uint64(), UINT64_MAX);
}

TEST(Json, Rfc8259_StringsHaveOneGrammar) {
    for (const std::string_view text :
         {R"("\x41")", R"("\u12")", R"("\u12G4")", R"("\a")", R"("\")", "\"a\nb\"", "\"a\tb\"",
          "\"a\x01\"", "\"\x1f\"", "'a'"}) {
        expect_refused(text);
    }
    expect_refused(std::string_view("\"a\0b\"", 5));
    EXPECT_TRUE(parse_json("\"\x7f\"").has_value());
    EXPECT_EQ(parse_json(R"("\u0000")")->as_string(), std::string_view("\0", 1));
}

TEST(Json, Rfc8259_LoneSurrogatesAreRefused) {
    for (const std::string_view text :
         {R"("\ud800")", R"("\uDBFF")", R"("\udc00")", R"("\uDFFF")", R"("\ud800x")",
          R"("\ud800\n")", R"("\ud800\u0041")", R"("\ud800\ud800")", R"("\udc00\ud800")",
          R"({"\ud800":1})", R"({"\udc00":1})"}) {
        expect_refused(text);
    }
    EXPECT_EQ(parse_json(R"("\ud83d\ude00")")->as_string(), "\xF0\x9F\x98\x80");
}

TEST(Json, Rfc8259_InvalidUtf8IsRefused) {
    for (const std::string_view text :
         {"\"\xFF\"", "\"\x80\"", "\"\xC0\xAF\"", "\"\xE2\x82\"", "\"\xED\xA0\x80\"",
          "\"\xF4\x90\x80\x80\"", "\"\xF5\x80\x80\x80\"", "{\"\xFF\":1}", "\"\xE0\x80\x80\""}) {
        expect_refused(text);
    }
}

TEST(Json, DepthIsLimited) {
    EXPECT_TRUE(parse_json(nested(kJsonDepthMax, '[', ']')).has_value());
    expect_refused(nested(kJsonDepthMax + 1, '[', ']'));
    expect_refused(nested(1000000, '[', ']'));
    expect_refused(std::string(1000000, '['));
    std::string objects;
    for (std::size_t i = 0; i < kJsonDepthMax + 1; ++i)
        objects += "{\"a\":";
    expect_refused(objects + "1" + std::string(kJsonDepthMax + 1, '}'));
}

TEST(Json, NamesOfOneObjectAreLimited) {
    EXPECT_TRUE(parse_json(object_with(kJsonKeysMax)).has_value());
    expect_refused(object_with(kJsonKeysMax + 1));
    expect_refused("[" + object_with(kJsonKeysMax + 1) + "]");
    EXPECT_TRUE(parse_json("[" + object_with(kJsonKeysMax) + "," + object_with(kJsonKeysMax) + "]")
                    .has_value());
}

TEST(Json, ErrorSaysNothingOfTheInput) {
    const Result<json::value> result = parse_json(R"({"password":"hunter2")");
    ASSERT_TRUE(result.has_error());
    EXPECT_EQ(result.error().detail.find("hunter2"), std::string::npos);
}

TEST(JsonString, EscapesWhatMustBeEscapedAndNothingElse) {
    std::string out = "x";
    append_json_string(out, "\"\\/\b\f\n\r\t\x01\x1f\x7f \xC3\xA9<>&");
    EXPECT_EQ(out, "x\"\\\"\\\\/\\u0008\\u000c\\n\\r\\t\\u0001\\u001f\x7f \xC3\xA9<>&\"");
    std::string empty;
    append_json_string(empty, "");
    EXPECT_EQ(empty, "\"\"");
}

TEST(JsonString, EveryByteComesBackWhenParsed) {
    for (unsigned code = 0; code < 0x80; ++code) {
        const std::string text = std::string("a") + static_cast<char>(code) + "b";
        std::string out;
        append_json_string(out, text);
        const Result<json::value> result = parse_json(out);
        ASSERT_TRUE(result.has_value()) << code;
        EXPECT_EQ(result->as_string(), text) << code;
    }
}

}  // namespace
}  // namespace confab
