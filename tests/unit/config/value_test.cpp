#include "config/value.hpp"

#include <gtest/gtest.h>

#include <string>

namespace confab::config {
namespace {

constexpr KeyInfo kPort{"server.port", Kind::number, 1, 65535, "", "Port"};
constexpr KeyInfo kSwitch{"auth.throttle", Kind::boolean, 0, 0, "", "Switch"};
constexpr KeyInfo kChoice{"store.kind", Kind::choice, 0, 0, "sqlite|memory", "Kind"};
constexpr KeyInfo kText{"auth.issuer", Kind::text, 1, 4, "", "Issuer"};
constexpr KeyInfo kSecret{"auth.secret", Kind::secret, 0, 40, "", "Secret"};

TEST(ConfigValue, NumberIsDigitsAloneInsideTheRange) {
    EXPECT_EQ(parse_value(kPort, "1"), Value(std::uint64_t{1}));
    EXPECT_EQ(parse_value(kPort, "65535"), Value(std::uint64_t{65535}));
    for (const char* text : {"", "0", "65536", "-1", "+1", " 1", "1 ", "1.0", "0x10", "1e3", "one",
                             "18446744073709551617"}) {
        EXPECT_EQ(parse_value(kPort, text), std::nullopt) << text;
    }
}

TEST(ConfigValue, BooleanIsTrueOrFalse) {
    EXPECT_EQ(parse_value(kSwitch, "true"), Value(true));
    EXPECT_EQ(parse_value(kSwitch, "false"), Value(false));
    for (const char* text : {"", "1", "0", "yes", "True"}) {
        EXPECT_EQ(parse_value(kSwitch, text), std::nullopt) << text;
    }
}

TEST(ConfigValue, ChoiceIsOneWholeWord) {
    EXPECT_EQ(parse_value(kChoice, "memory"), Value(std::string_view("memory")));
    for (const char* text : {"", "mem", "sqlite|memory", "SQLITE", "memory "}) {
        EXPECT_EQ(parse_value(kChoice, text), std::nullopt) << text;
    }
}

TEST(ConfigValue, TextIsUtf8OfTheLengthWithoutControlCharacters) {
    EXPECT_EQ(parse_value(kText, "abcd"), Value(std::string_view("abcd")));
    for (const char* text : {"", "abcde", "a\n", "\x7f", "\xff"}) {
        EXPECT_EQ(parse_value(kText, text), std::nullopt);
    }
}

TEST(ConfigValue, SecretMayHoldAnyBytes) {
    EXPECT_TRUE(parse_value(kSecret, "\x01\xff\n").has_value());
    EXPECT_EQ(parse_value(kSecret, std::string(41, 'x')), std::nullopt);
}

TEST(ConfigValue, ExpectationReadsAsASentence) {
    EXPECT_EQ(expected(kPort), "a whole number from 1 to 65535");
    EXPECT_EQ(expected(kSwitch), "true or false");
    EXPECT_EQ(expected(kChoice), "sqlite or memory");
    EXPECT_EQ(expected(kText), "a text of 1 to 4 bytes");
}

TEST(ConfigValue, TomlTextIsQuotedAndEscaped) {
    EXPECT_EQ(to_toml_value(kText, std::string_view(R"(a"\)")), R"("a\"\\")");
    EXPECT_EQ(to_toml_value(kPort, std::uint64_t{80}), "80");
    EXPECT_EQ(to_toml_value(kSwitch, false), "false");
}

TEST(ConfigValue, SecretIsNeverShown) {
    EXPECT_EQ(to_toml_value(kSecret, std::string_view("hunter2")), "\"(set)\"");
    EXPECT_EQ(to_toml_value(kSecret, std::string_view()), "\"\"");
}

}  // namespace
}  // namespace confab::config
