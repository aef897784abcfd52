#include "auth/password.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "base/crypto.hpp"

namespace confab::auth {
namespace {

using namespace std::string_literals;

constexpr std::uint64_t kSmallMemory = 8192;  // the least argon2id takes: tests stay fast

class PasswordTest : public ::testing::Test {
  protected:
    PasswordTest() { initialise_crypto(); }
    PasswordHasher hasher_{{kSmallMemory, 1}};
};

std::string code_of(const Result<Secret>& result) {
    return result ? "" : std::string(result.error().code);
}

std::string repeated(std::string_view text, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i)
        out += text;
    return out;
}

TEST_F(PasswordTest, ComposedAndDecomposedAreTheSamePassword) {
    const auto composed = normalise_password("caf\u00e9 noir", 8);
    const auto decomposed = normalise_password("cafe\u0301 noir", 8);
    ASSERT_TRUE(composed && decomposed);
    const auto phc = hasher_.hash(composed->reveal());
    ASSERT_TRUE(phc);
    EXPECT_TRUE(hasher_.verify(*phc, decomposed->reveal()));
}

TEST_F(PasswordTest, TheFloorCountsCodePointsAfterNormalisation) {
    EXPECT_EQ(code_of(normalise_password("1234567", 8)), "password_too_short");
    EXPECT_EQ(code_of(normalise_password("12345678", 8)), "");
    EXPECT_EQ(code_of(normalise_password("123456\u00e9", 8)), "password_too_short");
    EXPECT_EQ(code_of(normalise_password("123456e\u0301", 8)), "password_too_short");
    EXPECT_EQ(code_of(normalise_password(repeated("\U0001F600", 8), 8)), "");
    EXPECT_EQ(code_of(normalise_password("passwordpassw", 15)), "password_too_short");
}

TEST_F(PasswordTest, OneHundredAndTwentyEightCodePointsAreTheMost) {
    for (const char* character : {"x", "\u00e9", "e\u0301", "\u5f20", "\U0001F600"}) {
        const std::string most = repeated(character, kPasswordCodePointsMax);
        EXPECT_EQ(code_of(normalise_password(most, 8)), "") << character;
        EXPECT_EQ(code_of(normalise_password(most + character, 8)), "password_too_long")
            << character;
    }
}

TEST_F(PasswordTest, LongDecomposedTextIsComposedBeforeItIsMeasured) {
    // Three bytes composed, nine decomposed: the longest that is still acceptable.
    const std::string hangul = repeated("\u1112\u1161\u11ab", kPasswordCodePointsMax);
    const auto normalised = normalise_password(hangul, 8);
    ASSERT_TRUE(normalised);
    EXPECT_EQ(normalised->size(), 3 * kPasswordCodePointsMax);
}

TEST_F(PasswordTest, FarTooLongIsRefusedBeforeAnyWork) {
    EXPECT_EQ(code_of(normalise_password(std::string(kPasswordRawBytesMax + 1, '\xff'), 8)),
              "password_too_long");
}

TEST_F(PasswordTest, InvalidUtf8IsRefused) {
    EXPECT_EQ(code_of(normalise_password("password\xff", 8)), "password_not_utf8");
    EXPECT_EQ(code_of(normalise_password("password\xc0\x80", 8)), "password_not_utf8");
}

TEST_F(PasswordTest, ErrorsNameTheField) {
    const auto refused = normalise_password("short", 8);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::invalid);
    EXPECT_EQ(refused.error().field, "password");
    EXPECT_EQ(refused.error().detail, "at least 8 characters");
}

TEST_F(PasswordTest, NothingIsCutOff) {
    std::string one(128, 'a');
    std::string other = one;
    other[99] = 'b';
    const auto phc = hasher_.hash(one);
    ASSERT_TRUE(phc);
    EXPECT_TRUE(hasher_.verify(*phc, one));
    EXPECT_FALSE(hasher_.verify(*phc, other));
    other = one;
    other[127] = 'b';
    EXPECT_FALSE(hasher_.verify(*phc, other));
}

TEST_F(PasswordTest, NulBytesCount) {
    const auto with_nul = normalise_password("secret12\0tail"s, 8);
    const auto other_tail = normalise_password("secret12\0liat"s, 8);
    const auto without = normalise_password("secret12", 8);
    ASSERT_TRUE(with_nul && other_tail && without);
    EXPECT_EQ(with_nul->size(), 13U);
    const auto phc = hasher_.hash(with_nul->reveal());
    ASSERT_TRUE(phc);
    EXPECT_TRUE(hasher_.verify(*phc, with_nul->reveal()));
    EXPECT_FALSE(hasher_.verify(*phc, other_tail->reveal()));
    EXPECT_FALSE(hasher_.verify(*phc, without->reveal()));
}

TEST_F(PasswordTest, HashesArePhcStringsWithTheirParametersAndAFreshSalt) {
    const PasswordHasher defaults{PasswordHasher::Options{}};
    const auto one = defaults.hash("password123");
    const auto two = defaults.hash("password123");
    ASSERT_TRUE(one && two);
    EXPECT_TRUE(one->reveal().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    EXPECT_NE(one->reveal(), two->reveal());
    EXPECT_TRUE(defaults.verify(*one, "password123"));
    EXPECT_FALSE(defaults.verify(*one, "password124"));
}

TEST_F(PasswordTest, RisenParametersAskForANewHashAndTheOldOneStillWorks) {
    const auto old = hasher_.hash("password123");
    ASSERT_TRUE(old);
    const PasswordHasher more_memory({2 * kSmallMemory, 1});
    const PasswordHasher more_passes({kSmallMemory, 2});
    EXPECT_FALSE(hasher_.needs_rehash(*old));
    EXPECT_TRUE(more_memory.needs_rehash(*old));
    EXPECT_TRUE(more_passes.needs_rehash(*old));
    EXPECT_TRUE(more_passes.verify(*old, "password123"));
}

TEST_F(PasswordTest, LoweredParametersRewriteNothing) {
    const auto strong = PasswordHasher({2 * kSmallMemory, 3}).hash("password123");
    ASSERT_TRUE(strong);
    EXPECT_FALSE(hasher_.needs_rehash(*strong));
}

TEST_F(PasswordTest, WhatIsNoHashVerifiesNothing) {
    for (const char* bad : {"", "plain", "$argon2id$", "$argon2id$v=19$m=8,t=1,p=1$AAAA$BBBB$",
                            "$2b$12$abcdefghijklmnopqrstuv"}) {
        const Secret phc{std::string(bad)};
        EXPECT_FALSE(hasher_.is_hash(phc)) << bad;
        EXPECT_FALSE(hasher_.verify(phc, "password123")) << bad;
        EXPECT_FALSE(hasher_.needs_rehash(phc)) << bad;
    }
    const auto good = hasher_.hash("password123");
    ASSERT_TRUE(good);
    EXPECT_TRUE(hasher_.is_hash(*good));
    const Secret with_tail(std::string(good->reveal()) + "\0x"s);
    EXPECT_FALSE(hasher_.verify(with_tail, "password123"));
    EXPECT_FALSE(hasher_.verify(Secret(std::string(500, '$')), "password123"));
}

TEST_F(PasswordTest, AnEmptyTextIsATextLikeAnyOther) {
    const auto phc = hasher_.hash(std::string_view());
    ASSERT_TRUE(phc);
    EXPECT_TRUE(hasher_.verify(*phc, std::string_view()));
    EXPECT_FALSE(hasher_.verify(*phc, "x"));
    EXPECT_EQ(code_of(normalise_password(std::string_view(), 0)), "");
}

TEST_F(PasswordTest, ParametersOutOfRangeAreRefusedAtStart) {
    EXPECT_THROW(PasswordHasher({kSmallMemory - 1, 1}), std::invalid_argument);
    EXPECT_THROW(PasswordHasher({kSmallMemory, 0}), std::invalid_argument);
}

}  // namespace
}  // namespace confab::auth
