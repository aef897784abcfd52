#include "log/format.hpp"

#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <cmath>
#include <limits>
#include <string>

#include "base/json.hpp"
#include "base/utf8.hpp"

namespace confab::log {
namespace {

constexpr double kTime = 1795600800.123;  // 2026-11-25T10:00:00.123Z

// The value of field `key` after the line was parsed as JSON.
std::string json_value(std::string_view text) {
    const auto line = format_json(kTime, Level::info, "event", {{"key", text}});
    EXPECT_EQ(line.find_first_of("\r\n\x1b"), std::string::npos);
    EXPECT_TRUE(is_valid_utf8(line));
    const auto parsed = parse_json(line);
    EXPECT_TRUE(parsed.has_value()) << line;
    if (!parsed) return {};
    EXPECT_EQ(parsed->as_object().size(), 4U);
    EXPECT_EQ(parsed->as_object().at("level").as_string(), "info");
    return std::string(parsed->as_object().at("key").as_string());
}

bool plain_ascii(std::string_view line) {
    for (const char c : line) {
        if (c < 0x20 || c > 0x7E) return false;
    }
    return true;
}

TEST(LogFormat, JsonLineIsAsDocumented) {
    EXPECT_EQ(format_json(kTime, Level::warn, "http_refused",
                          {{"status", 404}, {"path", "/x"}, {"ok", false}, {"ms", 1.5}}),
              R"({"ts":"2026-11-25T10:00:00.123Z","level":"warn","event":"http_refused",)"
              R"("status":404,"path":"/x","ok":false,"ms":1.5})");
}

TEST(LogFormat, HumanLineIsAsDocumented) {
    EXPECT_EQ(format_human(kTime, Level::info, "started",
                           {{"url", "http://127.0.0.1:8080"}, {"loops", 2}, {"note", "two words"}}),
              "2026-11-25T10:00:00.123Z info  started url=http://127.0.0.1:8080 loops=2 "
              "note=\"two words\"");
}

TEST(LogFormat, MillisecondsAreRoundedIntoTheNextSecond) {
    EXPECT_NE(format_human(1795600799.9999, Level::info, "e", {}).find("10:00:00.000Z"),
              std::string::npos);
}

TEST(LogFormat, HumanQuotesWhatCouldBeTakenForAnotherField) {
    const auto line = format_human(kTime, Level::info, "e", {{"a", ""}, {"b", "x=1"}, {"c", "\""}});
    EXPECT_NE(line.find(R"(a="" b="x=1" c="\"")"), std::string::npos) << line;
}

TEST(LogFormat, ColourOnlyWhenAskedFor) {
    EXPECT_EQ(format_human(kTime, Level::error, "e", {}).find('\x1b'), std::string::npos);
    EXPECT_NE(format_human(kTime, Level::error, "e", {}, true).find("\x1b[31merror\x1b[0m"),
              std::string::npos);
}

TEST(LogFormat, InjectedLineStaysOneValue) {
    const std::string attack = "\r\n{\"level\":\"fatal\"}";
    EXPECT_EQ(json_value(attack), attack);
    const auto human = format_human(kTime, Level::info, "e", {{"name", attack}});
    EXPECT_TRUE(plain_ascii(human)) << human;
}

TEST(LogFormat, TerminalSequencesAndLineSeparatorsAreEscapedAndParseBack) {
    for (const std::string text :
         {"\x1b[31mred\x1b[0m", "a\u2028b\u2029c", "\u009b31m", "\u0085", "a\u202eb", "\ufeff",
          "\x7f", "tab\tnul\x01", "\\\"", "\u2066x\u2069"}) {
        EXPECT_EQ(json_value(text), text);
        const auto human = format_human(kTime, Level::info, "e", {{"v", text}});
        EXPECT_TRUE(plain_ascii(human)) << human;
    }
    EXPECT_EQ(json_value(std::string_view("a\0b", 3)), std::string("a\0b", 3));
}

TEST(LogFormat, OrdinaryTextIsNotEscaped) {
    const std::string text = "Zoë 你好 😀";
    EXPECT_EQ(json_value(text), text);
    EXPECT_NE(format_json(kTime, Level::info, "e", {{"v", text}}).find(text), std::string::npos);
}

TEST(LogFormat, InvalidBytesBecomeReplacementCharacters) {
    EXPECT_EQ(json_value("a\xff"
                         "b"),
              "a\ufffd"
              "b");
    EXPECT_EQ(json_value("\xc3"), "\ufffd");
    EXPECT_EQ(json_value("\xe4\xbd"
                         "x"),
              "\ufffd"
              "x");                                               // cut short
    EXPECT_EQ(json_value("\xed\xa0\x80"), "\ufffd\ufffd\ufffd");  // a surrogate
    EXPECT_EQ(json_value("\xc0\xaf"), "\ufffd\ufffd");            // overlong
    EXPECT_EQ(json_value("\xf4\x90\x80\x80"), "\ufffd\ufffd\ufffd\ufffd");
}

TEST(LogFormat, EveryByteAndPairOfBytesGivesOneValidLine) {
    for (int first = 0; first < 256; ++first) {
        for (int second = 0; second < 256; second += 7) {
            const std::string text{static_cast<char>(first), static_cast<char>(second)};
            const auto back = json_value(text);
            if (is_valid_utf8(text)) {
                EXPECT_EQ(back, text);
            }
        }
    }
}

TEST(LogFormat, LongValueIsCutBetweenCharacters) {
    EXPECT_EQ(json_value(std::string(kLogValueBytesMax, 'x')).size(), kLogValueBytesMax);
    EXPECT_EQ(json_value(std::string(kLogValueBytesMax + 1, 'x')).size(), kLogValueBytesMax);
    for (std::size_t before = 0; before < 5; ++before) {
        std::string text(kLogValueBytesMax - before, 'x');
        for (int i = 0; i < 3; ++i)
            text += "😀";
        const auto back = json_value(text);
        EXPECT_LE(back.size(), kLogValueBytesMax);
        EXPECT_GT(back.size(), kLogValueBytesMax - 4);
        EXPECT_EQ(back, text.substr(0, back.size()));
        EXPECT_EQ(back.find("\ufffd"), std::string::npos);
    }
    // What is not UTF-8 is bounded as well.
    EXPECT_EQ(json_value(std::string(5000, '\x80')).size(), 3 * kLogValueBytesMax);
}

TEST(LogFormat, NumbersAtTheEdgesStayJson) {
    const auto line = format_json(kTime, Level::info, "e",
                                  {{"low", std::numeric_limits<std::int64_t>::min()},
                                   {"high", std::numeric_limits<std::uint64_t>::max()},
                                   {"nan", std::nan("")},
                                   {"inf", std::numeric_limits<double>::infinity()}});
    EXPECT_NE(line.find(R"("low":-9223372036854775808,"high":18446744073709551615,"nan":null,)"
                        R"("inf":null})"),
              std::string::npos)
        << line;
    EXPECT_TRUE(parse_json(line).has_value());
}

}  // namespace
}  // namespace confab::log
