#include "auth/jwt_name.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/limits.hpp"
#include "base/utf8.hpp"

namespace confab::auth {
namespace {

using namespace std::string_literals;

TEST(NameFromClaim, APlainNameStays) {
    EXPECT_EQ(name_from_claim("Alice", "u"), "Alice");
    EXPECT_EQ(name_from_claim("Zo\u00eb \U0001F600", "u"), "Zo\u00eb \U0001F600");
}

TEST(NameFromClaim, ControlAndFormatCharactersAreRemoved) {
    EXPECT_EQ(name_from_claim("Eve\r\nsystem:{}", "u"), "Evesystem:{}");
    EXPECT_EQ(name_from_claim("a\0b\x7f\u0085\u202e\u200b\u2028\ufeff\u00adc"s, "u"), "abc");
}

TEST(NameFromClaim, ItIsCutAtACodePoint) {
    const std::string smile = "\U0001F600";
    std::string name;
    for (std::size_t i = 0; i < 2 * kUserNameCodePointsMax; ++i)
        name += smile;
    const auto cut = name_from_claim(name, "u");
    EXPECT_TRUE(is_valid_utf8(cut));
    EXPECT_EQ(count_code_points(cut), kUserNameCodePointsMax);
    EXPECT_EQ(name_from_claim(std::string(200, 'a'), "u"),
              std::string(kUserNameCodePointsMax, 'a'));
    // White space at the end of what is left goes as well.
    EXPECT_EQ(name_from_claim(std::string(kUserNameCodePointsMax - 1, 'a') + " bc", "u"),
              std::string(kUserNameCodePointsMax - 1, 'a'));
}

TEST(NameFromClaim, ItIsNormalised) {
    EXPECT_EQ(name_from_claim(" Zoe\u0308 ", "u"), "Zo\u00eb");
}

TEST(NameFromClaim, WithoutANameTheUserIdGivesOne) {
    EXPECT_EQ(name_from_claim("", "1234567890"), "User_12345678");
    EXPECT_EQ(name_from_claim(" \t\u200b", "12"), "User_12");
    EXPECT_EQ(name_from_claim("", "\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9x"),
              "User_\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9");
    EXPECT_EQ(name_from_claim("", "\u202e"), "User_");
}

TEST(HasNoControls, FindsThemAll) {
    EXPECT_TRUE(has_no_controls("plain \u00e9 \U0001F600 \u200d"));
    EXPECT_TRUE(has_no_controls(""));
    for (const auto& bad : {"\0"s, "a\n"s, "\x1f"s, "\x7f"s, "\u0080"s, "x\u009fy"s}) {
        EXPECT_FALSE(has_no_controls(bad));
    }
}

}  // namespace
}  // namespace confab::auth
