#include "base/utf8.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "support/utf8_oracle.hpp"

namespace confab {
namespace {

using test::encode_utf8;
using test::is_utf8_by_decoding;

// How many bytes a validator takes before it fails, byte by byte; the size when it does not.
std::size_t good_bytes(std::string_view text) {
    Utf8Validator validator;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!validator.feed(text.substr(i, 1))) return i;
    }
    return text.size();
}

TEST(Utf8, Rfc3629_EveryScalarValueIsAcceptedAndCountsOne) {
    for (std::uint32_t code = 0; code <= 0x10FFFF; ++code) {
        const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
        const std::string text = encode_utf8(code);
        ASSERT_EQ(is_valid_utf8(text), !surrogate) << std::hex << code;
        if (!surrogate) {
            ASSERT_EQ(count_code_points(text), 1U) << std::hex << code;
        }
    }
}

TEST(Utf8, Rfc3629_ValuesOverTheHighestAreRefused) {
    for (std::uint32_t code = 0x110000; code < 0x200000; code += 0x101) {
        ASSERT_FALSE(is_valid_utf8(encode_utf8(code))) << std::hex << code;
    }
}

// All sequences of one, two and three bytes, and the four-byte ones from the bytes that matter.
TEST(Utf8, Rfc3629_EveryShortSequenceIsJudgedAsByDecoding) {
    std::string text(1, '\0');
    const auto check = [&text] {
        ASSERT_EQ(is_valid_utf8(text), is_utf8_by_decoding(text)) << testing::PrintToString(text);
    };
    for (unsigned a = 0; a < 256; ++a) {
        text.assign(1, static_cast<char>(a));
        check();
        for (unsigned b = 0; b < 256; ++b) {
            text.resize(2);
            text[1] = static_cast<char>(b);
            check();
            text.resize(3);
            for (unsigned c = 0; c < 256; ++c) {
                text[2] = static_cast<char>(c);
                check();
            }
        }
    }
}

TEST(Utf8, Rfc3629_EveryFourByteBorderIsJudgedAsByDecoding) {
    constexpr std::array<unsigned, 16> kBorders = {0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF,
                                                   0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xED, 0xF4, 0xFF};
    for (unsigned lead = 0xE0; lead < 0x100; ++lead) {
        for (const unsigned b : kBorders) {
            for (const unsigned c : kBorders) {
                for (const unsigned d : kBorders) {
                    const std::string text = {static_cast<char>(lead), static_cast<char>(b),
                                              static_cast<char>(c), static_cast<char>(d)};
                    ASSERT_EQ(is_valid_utf8(text), is_utf8_by_decoding(text))
                        << testing::PrintToString(text);
                }
            }
        }
    }
}

// A bad text and the place of the first byte that cannot be right. A place after the end stands
// for a text that is cut: nothing in it is wrong, something is missing.
struct Bad {
    std::string text;
    std::size_t good;
};

std::vector<Bad> bad_texts() {
    return {
        {"\x80", 0},  // a continuation alone
        {"\xBF", 0},
        {"a\x80", 1},
        {"\xC2\xA9\xA9", 2},  // one too many
        {"\xC0\x80", 0},      // overlong forms of U+0000
        {"\xE0\x80\x80", 1},
        {"\xF0\x80\x80\x80", 1},
        {"\xF8\x80\x80\x80\x80", 0},
        {"\xFC\x80\x80\x80\x80\x80", 0},
        {"\xC0\xAF", 0},  // overlong forms of '/'
        {"\xE0\x80\xAF", 1},
        {"\xF0\x80\x80\xAF", 1},
        {"\xC1\xBF", 0},  // the highest overlong form of each length
        {"\xE0\x9F\xBF", 1},
        {"\xF0\x8F\xBF\xBF", 1},
        {"\xED\xA0\x80", 1},  // surrogates: the first and the last of each half
        {"\xED\xAD\xBF", 1},
        {"\xED\xAE\x80", 1},
        {"\xED\xAF\xBF", 1},
        {"\xED\xB0\x80", 1},
        {"\xED\xBF\xBF", 1},
        {"\xED\xA0\x80\xED\xB0\x80", 1},  // a pair of them
        {"\xF4\x90\x80\x80", 1},          // over U+10FFFF
        {"\xF5\x80\x80\x80", 0},
        {"\xF7\xBF\xBF\xBF", 0},
        {"\xFE", 0},
        {"\xFF", 0},
        {"\xFE\xFE\xFF\xFF", 0},
        {"\xC2 ", 1},  // cut short by another character
        {"\xE2\x82 ", 2},
        {"\xF0\x9F\x98 ", 3},
        {"\xE2\xE2\x82\xAC", 1},
        {"\xC2", 1},  // cut short by the end
        {"\xE2\x82", 2},
        {"\xF0\x9F\x98", 3},
        {"twelve bytes\xFFthen more of it", 12},
        {"sixteen bytes..\xC3(", 16},
    };
}

TEST(Utf8, Rfc3629_BadSequencesFailAtTheirFirstWrongByte) {
    for (const Bad& bad : bad_texts()) {
        EXPECT_FALSE(is_valid_utf8(bad.text)) << testing::PrintToString(bad.text);
        EXPECT_EQ(good_bytes(bad.text), bad.good) << testing::PrintToString(bad.text);
        // And inside other text, where the fast way over ASCII is taken.
        const std::string inside = "12345678\xE2\x82\xAC" + bad.text;
        EXPECT_EQ(good_bytes(inside), bad.good + 11) << testing::PrintToString(bad.text);
        EXPECT_FALSE(is_valid_utf8(inside + "more text"));
    }
}

TEST(Utf8, Rfc3629_EverySplitGivesTheSameAnswer) {
    std::vector<std::string> texts = {"", "plain text, long enough for two words",
                                      "\xC2\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80 mixed \xED\x9F\xBF"};
    for (const Bad& bad : bad_texts()) {
        texts.push_back(bad.text);
        texts.push_back("12345678" + bad.text + "12345678");
    }
    for (const std::string& text : texts) {
        const bool expected = is_utf8_by_decoding(text);
        const std::string_view view = text;
        for (std::size_t one = 0; one <= text.size(); ++one) {
            for (std::size_t two = one; two <= text.size(); ++two) {
                Utf8Validator validator;
                const bool fed = validator.feed(view.substr(0, one)) &&
                                 validator.feed(view.substr(one, two - one)) &&
                                 validator.feed(view.substr(two));
                ASSERT_EQ(fed && validator.complete(), expected)
                    << testing::PrintToString(text) << ' ' << one << ' ' << two;
            }
        }
    }
}

TEST(Utf8, FailureStaysUntilReset) {
    Utf8Validator validator;
    EXPECT_FALSE(validator.feed("\xFF"));
    EXPECT_FALSE(validator.feed("good"));
    EXPECT_FALSE(validator.feed(""));
    EXPECT_FALSE(validator.complete());
    validator.reset();
    EXPECT_TRUE(validator.feed("good"));
    EXPECT_TRUE(validator.complete());
}

TEST(Utf8, HalfACharacterIsNotCompleteAndNotWrong) {
    Utf8Validator validator;
    EXPECT_TRUE(validator.complete());
    EXPECT_TRUE(validator.feed("\xE2\x82"));
    EXPECT_FALSE(validator.complete());
    EXPECT_TRUE(validator.feed("\xAC"));
    EXPECT_TRUE(validator.complete());
}

TEST(Utf8, CodePointsAreCountedNotBytes) {
    EXPECT_EQ(count_code_points(""), 0U);
    EXPECT_EQ(count_code_points("abc"), 3U);
    EXPECT_EQ(count_code_points("\xC2\xA9\xE2\x82\xAC\xF0\x9F\x98\x80!"), 4U);
}

}  // namespace
}  // namespace confab
