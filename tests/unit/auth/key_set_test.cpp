#include "auth/key_set.hpp"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <string>

#include "base/limits.hpp"
#include "support/jose_tools.hpp"

namespace confab::auth {
namespace {

namespace json = boost::json;
using test::jwk_set;
using test::TestKey;
using Verdict = KeySet::Verdict;

class KeySetTest : public ::testing::Test {
  protected:
    static std::string token(const TestKey& key, const std::string& key_id = {}) {
        return key.sign(
            key_id.empty() ? R"({"alg":"ES256"})" : R"({"alg":"ES256","kid":")" + key_id + "\"}",
            "{}");
    }
    static Verdict verdict(const KeySet& set, const std::string& text) {
        const auto token = parse_compact_token(text);
        EXPECT_TRUE(token);
        return set.verify(*token);
    }

    const TestKey a_{Algorithm::es256};
    const TestKey b_{Algorithm::es256};
};

TEST_F(KeySetTest, TheNamedKeyDecides) {
    const auto set = KeySet::from_jwks(
        jwk_set({a_.public_jwk({{"kid", "a"}}), b_.public_jwk({{"kid", "b"}})}), Algorithm::es256);
    ASSERT_TRUE(set);
    EXPECT_EQ(set->size(), 2U);
    EXPECT_EQ(verdict(*set, token(a_, "a")), Verdict::good);
    EXPECT_EQ(verdict(*set, token(b_, "b")), Verdict::good);
    EXPECT_EQ(verdict(*set, token(b_, "a")), Verdict::bad);
    EXPECT_EQ(verdict(*set, token(a_, "c")), Verdict::unknown_key);
}

TEST_F(KeySetTest, WithoutANameEveryKeyIsTried) {
    const auto set = KeySet::from_jwks(jwk_set({a_.public_jwk({{"kid", "a"}}), b_.public_jwk()}),
                                       Algorithm::es256);
    ASSERT_TRUE(set);
    EXPECT_EQ(verdict(*set, token(a_)), Verdict::good);
    EXPECT_EQ(verdict(*set, token(b_)), Verdict::good);
    EXPECT_EQ(verdict(*set, token(TestKey(Algorithm::es256))), Verdict::unknown_key);
    // A key without a name is nobody's namesake.
    EXPECT_EQ(verdict(*set, token(b_, "b")), Verdict::unknown_key);
}

TEST_F(KeySetTest, TwoKeysMayHaveOneName) {
    const auto set = KeySet::from_jwks(
        jwk_set({a_.public_jwk({{"kid", "x"}}), b_.public_jwk({{"kid", "x"}})}), Algorithm::es256);
    EXPECT_EQ(verdict(*set, token(a_, "x")), Verdict::good);
    EXPECT_EQ(verdict(*set, token(b_, "x")), Verdict::good);
}

TEST_F(KeySetTest, ASecretHasNoName) {
    const std::string secret(40, 's');
    const auto set = KeySet::from_secret(Secret(secret));
    ASSERT_TRUE(set);
    EXPECT_EQ(verdict(*set, test::sign_hs256(secret, R"({"alg":"HS256","kid":"any"})", "{}")),
              Verdict::good);
    EXPECT_EQ(verdict(*set, test::sign_hs256("other", R"({"alg":"HS256"})", "{}")), Verdict::bad);
}

// RFC 7517 section 5: keys that are not understood are ignored.
TEST_F(KeySetTest, KeysThatCannotBeUsedAreLeftOut) {
    const TestKey rsa(Algorithm::rs256);
    const auto set = KeySet::from_jwks(
        jwk_set({rsa.public_jwk(),
                 {{"kty", "quantum"}},
                 {},
                 a_.public_jwk({{"use", "enc"}}),
                 a_.public_jwk({{"kid", 7}}),
                 {{"kty", "oct"}, {"k", "c2VjcmV0"}},
                 a_.public_jwk({{"kid", "a"}, {"x5u", "http://127.0.0.1:1/"}, {"new", 1}})}),
        Algorithm::es256);
    ASSERT_TRUE(set);
    EXPECT_EQ(set->size(), 1U);
    EXPECT_EQ(verdict(*set, token(a_, "a")), Verdict::good);
}

TEST_F(KeySetTest, ASharedSecretIsNeverTakenFromASet) {
    const auto set = jwk_set({{{"kty", "oct"}, {"k", base64url(std::string(40, 's'))}}});
    for (const auto algorithm :
         {Algorithm::hs256, Algorithm::rs256, Algorithm::es256, Algorithm::eddsa}) {
        EXPECT_FALSE(KeySet::from_jwks(set, algorithm));
    }
}

TEST_F(KeySetTest, ASetWithoutAUsableKeyIsAnError) {
    for (const auto& text :
         {std::string(), std::string("[]"), std::string("{}"), std::string(R"({"keys":null})"),
          std::string(R"({"keys":[1,"x",null]})"), std::string(R"({"keys":[],"keys":[]})"),
          json::serialize(a_.public_jwk()), jwk_set({a_.public_jwk()}) + "x"}) {
        const auto set = KeySet::from_jwks(text, Algorithm::es256);
        ASSERT_FALSE(set) << text;
        EXPECT_EQ(set.error().code, "jwks_invalid");
    }
    EXPECT_FALSE(KeySet::from_jwks(jwk_set({a_.public_jwk()}), Algorithm::rs256));
}

TEST_F(KeySetTest, TheNumberOfKeysIsBounded) {
    const auto set_of = [this](std::size_t count) {
        json::array keys;
        for (std::size_t i = 0; i < count; ++i)
            keys.push_back(a_.public_jwk());
        return json::serialize(json::object{{"keys", keys}});
    };
    EXPECT_TRUE(KeySet::from_jwks(set_of(kJwksKeysMax), Algorithm::es256));
    EXPECT_FALSE(KeySet::from_jwks(set_of(kJwksKeysMax + 1), Algorithm::es256));
}

TEST_F(KeySetTest, ATokenWithoutAKeyIdTriesFewKeys) {
    const auto with_ours_at = [this](std::size_t place) {
        json::array keys;
        for (std::size_t i = 0; i < place; ++i)
            keys.push_back(b_.public_jwk());
        keys.push_back(a_.public_jwk());
        return KeySet::from_jwks(json::serialize(json::object{{"keys", keys}}), Algorithm::es256);
    };
    const auto unnamed = a_.sign(R"({"alg":"ES256"})", "{}");
    EXPECT_EQ(verdict(*with_ours_at(kJwksKeysTriedMax - 1), unnamed), Verdict::good);
    EXPECT_EQ(verdict(*with_ours_at(kJwksKeysTriedMax), unnamed), Verdict::unknown_key);
}

TEST_F(KeySetTest, TheSizeOfASetIsBounded) {
    auto text = jwk_set({a_.public_jwk()});
    text.resize(kJwksBytesMax, ' ');
    EXPECT_TRUE(KeySet::from_jwks(text, Algorithm::es256));
    EXPECT_FALSE(KeySet::from_jwks(text + ' ', Algorithm::es256));
}

}  // namespace
}  // namespace confab::auth
