#include "base/ascii.hpp"

#include <gtest/gtest.h>

namespace confab::test {
namespace {

TEST(Ascii, LettersHaveTwoCasesAndNothingElseHas) {
    EXPECT_TRUE(equal_ignoring_case("Keep-Alive", "kEEP-aLIVE"));
    EXPECT_FALSE(equal_ignoring_case("keep", "keep-"));
    EXPECT_FALSE(equal_ignoring_case("[", "{")) << "32 apart, as letters are";
    EXPECT_FALSE(equal_ignoring_case("@", "`"));
    EXPECT_FALSE(equal_ignoring_case("\xc4", "\xe4"));
    EXPECT_TRUE(equal_ignoring_case("", ""));
}

TEST(Ascii, BlanksAtTheEndsOfATextGo) {
    EXPECT_EQ(trimmed(" \ta b\t "), "a b");
    EXPECT_EQ(trimmed(" \t"), "");
    EXPECT_EQ(trimmed("\r\n a\r\n"), "\r\n a\r\n");
    EXPECT_EQ(trimmed("\r\n a\r\n", " \r\n"), "a");
}

TEST(Ascii, Rfc9110Section5_6_2TokenHasNoSeparators) {
    for (const char c : std::string_view("azAZ09!#$%&'*+-.^_`|~"))
        EXPECT_TRUE(is_token_character(c));
    for (const char c : std::string_view(" \t()<>@,;:\\\"/[]?={}\x7f\x80\xff"))
        EXPECT_FALSE(is_token_character(c)) << c;
    EXPECT_FALSE(is_token_character('\0'));
}

}  // namespace
}  // namespace confab::test
