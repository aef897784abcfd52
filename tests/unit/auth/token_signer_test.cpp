#include "auth/token_signer.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "auth/jwt_compact.hpp"
#include "base/limits.hpp"
#include "support/token_fixture.hpp"

namespace confab::auth {
namespace {

using namespace std::chrono_literals;

class TokenSignerTest : public test::TokenFixture {
  protected:
    TokenSigner signer_{{Secret(std::string(test::kOwnSecret)), "confab", "confab", 600s}, clock_};
};

TEST_F(TokenSignerTest, WhatItSignsIsAccepted) {
    const auto token = signer_.sign({UserId("u-1"), "Ada \"the first\"", "family"});
    const auto identity = accepted(token.reveal());
    EXPECT_EQ(identity.user.text(), "u-1");
    EXPECT_EQ(identity.name, "Ada \"the first\"");
    EXPECT_EQ(identity.session_id, "family");
    EXPECT_EQ(unix_seconds(identity.expires_at), kNow + 600);
    EXPECT_TRUE(identity.own);
    EXPECT_EQ(signer_.ttl(), 600s);
}

TEST_F(TokenSignerTest, ATokenIsGoodForAsLongAsIsSaid) {
    const auto token = signer_.sign({UserId("bot-1"), "Bot"}, 60s);
    const auto identity = accepted(token.reveal());
    EXPECT_EQ(unix_seconds(identity.expires_at), kNow + 60);
    EXPECT_EQ(identity.session_id, "");
    EXPECT_FALSE(identity.is_moderator);
}

TEST_F(TokenSignerTest, EveryTokenHasTypeAndAllClaims) {
    const auto token = signer_.sign({UserId("u-1"), "Ada", "family"});
    const auto parts = parse_compact_token(token.reveal());
    ASSERT_TRUE(parts);
    EXPECT_EQ(parts->algorithm, "HS256");
    EXPECT_EQ(parts->type, CompactToken::Type::access_token);
    EXPECT_FALSE(parts->key_id);
    EXPECT_EQ(parts->claims.size(), 8U);
    for (const char* name : {"iss", "aud", "sub", "name", "sid", "jti"})
        EXPECT_TRUE(parts->claims.text(name)) << name;
    ASSERT_TRUE(parts->claims.find("iat") && parts->claims.find("exp"));
    EXPECT_EQ(parts->claims.find("iat")->integer, kNow);
    EXPECT_EQ(parts->claims.find("exp")->integer, kNow + 600);
}

TEST_F(TokenSignerTest, NoTwoTokensAreTheSame) {
    const auto one = signer_.sign({UserId("u-1"), "Ada", "family"});
    EXPECT_FALSE(one.same_as(signer_.sign({UserId("u-1"), "Ada", "family"}).reveal()));
}

TEST_F(TokenSignerTest, TheLongestIdAndNameFitIntoAToken) {
    const std::string id(kUserIdBytesMax, 'i');
    std::string name;
    for (std::size_t i = 0; i < kUserNameCodePointsMax; ++i)
        name += "\xf0\x9f\x98\x80";
    const auto token = signer_.sign({UserId(id), name, id});
    EXPECT_LE(token.size(), kTokenBytesMax);
    EXPECT_EQ(accepted(token.reveal()).name, name);
}

TEST_F(TokenSignerTest, AShortSecretIsRefused) {
    EXPECT_THROW(
        TokenSigner({Secret(std::string(kTokenSecretBytesMin - 1, 's')), "a", "b", 1s}, clock_),
        std::runtime_error);
}

}  // namespace
}  // namespace confab::auth
