#include "auth/text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace confab::auth {
namespace {

using namespace std::string_literals;

TEST(Nfc, ComposesWhatIsDecomposed) {
    EXPECT_EQ(to_nfc("e\u0301"), "\u00e9");
    EXPECT_EQ(to_nfc("\u00e9"), "\u00e9");
    EXPECT_EQ(to_nfc("\u1112\u1161\u11ab"), "\ud55c");  // Hangul
}

TEST(Nfc, PutsMarksInCanonicalOrder) {
    EXPECT_EQ(to_nfc("a\u0323\u0307"), to_nfc("a\u0307\u0323"));
}

TEST(Nfc, KeepsCompatibilityCharactersApart) {
    EXPECT_EQ(to_nfc("\ufb01"), "\ufb01");  // a ligature is not the two letters
}

TEST(Nfc, NulIsACharacter) {
    EXPECT_EQ(to_nfc("a\0e\u0301"s), "a\0\u00e9"s);
    EXPECT_EQ(to_nfc("\0"s), "\0"s);
}

TEST(Nfc, EmptyStaysEmpty) {
    EXPECT_EQ(to_nfc(""), "");
}

TEST(Nfc, RefusesInvalidUtf8) {
    EXPECT_FALSE(to_nfc("\xff"));
    EXPECT_FALSE(to_nfc("\xc3"));
    EXPECT_FALSE(to_nfc("\xed\xa0\x80"));  // a surrogate
}

TEST(DisplayText, TrimsWhiteSpaceAndNormalises) {
    EXPECT_EQ(to_display_text(" \t\u00a0\u3000Rene\u0301 Test \r\n", 80), "Ren\u00e9 Test");
    EXPECT_EQ(to_display_text("x", 80), "x");
}

TEST(DisplayText, CountsCodePointsAfterNormalisation) {
    std::string exact;
    for (int i = 0; i < 80; ++i)
        exact += "e\u0301";
    EXPECT_TRUE(to_display_text(exact, 80));
    EXPECT_FALSE(to_display_text(exact + "x", 80));
}

TEST(DisplayText, RefusesEmptyAndBlank) {
    EXPECT_FALSE(to_display_text("", 80));
    EXPECT_FALSE(to_display_text(" \u2003 ", 80));
}

TEST(DisplayText, RefusesControlsAndFormatCharacters) {
    for (const char* bad : {"\n", "\t", "\x1b", "\x7f", "\u0085", "\u200b", "\u200d", "\u200e",
                            "\u202e", "\u2066", "\u2028", "\u2029", "\ufeff", "\u00ad"}) {
        EXPECT_FALSE(to_display_text("a"s + bad + "b", 80)) << bad;
    }
    EXPECT_FALSE(to_display_text("a\0b"s, 80));
}

TEST(DisplayText, TakesLettersOfAnyScriptAndEmoji) {
    for (const char* good :
         {"\u0416\u0443\u043a", "\u5f20\u4f1f", "O'Brien-\u00d6z", "\U0001F600"}) {
        EXPECT_EQ(to_display_text(good, 80), good);
    }
}

TEST(DisplayText, RefusesInvalidUtf8) {
    EXPECT_FALSE(to_display_text("a\xff", 80));
}

}  // namespace
}  // namespace confab::auth
