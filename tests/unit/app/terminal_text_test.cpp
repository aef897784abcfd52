#include "app/terminal_text.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

#include "base/utf8.hpp"

namespace confab::app {
namespace {

using namespace std::string_literals;

TEST(HarmlessText, LeavesOrdinaryTextAlone) {
    const std::string text = "Grüße, 世界 👍 e\xCC\x81 שלום";
    EXPECT_EQ(harmless_line(text), text);
    EXPECT_EQ(harmless_text(text, 7), text);
}

TEST(HarmlessText, ShowsEscapeSequencesInsteadOfObeyingThem) {
    EXPECT_EQ(harmless_line("a\x1b[2Jb\x07"), "a␛[2Jb␇");
    EXPECT_EQ(harmless_line("\x1b]0;title\x1b\\"), "␛]0;title␛\\");
    EXPECT_EQ(harmless_line("\x7f"), "␡");
    EXPECT_EQ(harmless_line("a\0b"s), "a␀b");
}

TEST(HarmlessText, ReplacesC1ControlsWhichSomeTerminalsObey) {
    EXPECT_EQ(harmless_line("\xC2\x9b"
                            "2J"),
              "\xEF\xBF\xBD"
              "2J");
}

TEST(HarmlessText, ReplacesWhatTurnsTheDirectionOfText) {
    EXPECT_EQ(harmless_line("a\u202Eb\u2066c\u2028d"), "a\uFFFDb\uFFFDc\uFFFDd");
}

TEST(HarmlessText, ReplacesInvalidUtf8ByteByByte) {
    EXPECT_EQ(harmless_line("a\xff\xc3(\xed\xa0\x80"), "a\uFFFD\uFFFD(\uFFFD\uFFFD\uFFFD");
    EXPECT_EQ(harmless_line("\xe2\x82"), "\uFFFD\uFFFD");
}

TEST(HarmlessText, NeverLetsALineBreakReachTheLeftEdge) {
    EXPECT_EQ(harmless_text("a\n12:00  Bob: fake\r\nb", 7), "a\n       12:00  Bob: fake\n       b");
    EXPECT_EQ(harmless_line("a\nb\rc\td"), "a␊b␍c d");
    EXPECT_EQ(harmless_text("a\rb", 7), "a␍b");
}

TEST(HarmlessText, HoldsNoControlCharacterWhateverTheBytes) {
    std::string text;
    for (int first = 0; first < 256; ++first) {
        for (int second = 0; second < 256; ++second) {
            text = {static_cast<char>(first), static_cast<char>(second)};
            const std::string shown = harmless_line(text);
            ASSERT_TRUE(is_valid_utf8(shown));
            for (std::size_t i = 0; i < shown.size(); ++i) {
                const auto byte = static_cast<unsigned char>(shown[i]);
                ASSERT_TRUE(byte >= 0x20 && byte != 0x7f) << first << ' ' << second;
                const bool c1 = byte == 0xC2 && static_cast<unsigned char>(shown[i + 1]) < 0xA0;
                ASSERT_FALSE(c1) << first << ' ' << second;
            }
        }
    }
}

TEST(ClockText, IsHoursAndMinutesOrDashesForATimeOutOfReach) {
    EXPECT_EQ(clock_text(1234567890).size(), 5U);
    EXPECT_EQ(clock_text(1234567890)[2], ':');
    EXPECT_EQ(clock_text(1234567890).substr(3), "31");
    EXPECT_EQ(clock_text(std::numeric_limits<std::int64_t>::max()), "--:--");
}

TEST(ColumnCount, CountsColumnsNotBytes) {
    EXPECT_EQ(column_count("abc"), 3U);
    EXPECT_EQ(column_count("äö"), 2U);
    EXPECT_EQ(column_count("e\xCC\x81"), 1U);
    EXPECT_EQ(column_count("世界"), 4U);
}

TEST(FittingTail, CutsWholeCharactersFromTheFront) {
    EXPECT_EQ(fitting_tail("abcdef", 3), "def");
    EXPECT_EQ(fitting_tail("abc", 3), "abc");
    EXPECT_EQ(fitting_tail("世界", 3), "界");
    EXPECT_EQ(fitting_tail("äöü", 1), "ü");
    EXPECT_EQ(fitting_tail("abc", 0), "");
}

}  // namespace
}  // namespace confab::app
