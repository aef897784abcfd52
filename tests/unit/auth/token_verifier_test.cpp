#include "auth/token_verifier.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/limits.hpp"
#include "support/token_fixture.hpp"

namespace confab::auth {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using test::TestKey;

class TokenVerifierTest : public test::TokenFixture {
  protected:
    // What the constructor says about the issuers after `change` of one of them; empty: nothing.
    template <class Change>
    std::string refused_at_start(std::size_t index, Change change) {
        auto list = options();
        change(list[index]);
        try {
            const TokenVerifier verifier(std::move(list), clock_);
        } catch (const std::runtime_error& error) {
            return error.what();
        }
        return {};
    }
};

TEST_F(TokenVerifierTest, AnOwnTokenGivesTheWholeIdentity) {
    const auto identity = accepted(own());
    EXPECT_EQ(identity.user.text(), test::kUser);
    EXPECT_EQ(identity.name, "Alice");
    EXPECT_EQ(identity.session_id, "s-1");
    EXPECT_EQ(unix_seconds(identity.expires_at), kNow + 3600);
    EXPECT_TRUE(identity.own);
}

TEST_F(TokenVerifierTest, TokensOfAllIssuersAreAccepted) {
    EXPECT_EQ(accepted(partner()).user.text(), std::string("p:") + test::kUser);
    for (const auto& token : {rsa(), ec(), ed()}) {
        const auto identity = accepted(token);
        EXPECT_EQ(identity.user.text(), test::kUser);
        EXPECT_FALSE(identity.own);
        EXPECT_EQ(identity.session_id, "");
    }
}

TEST_F(TokenVerifierTest, AnOutsideSidIsNoSessionOfOurs) {
    EXPECT_EQ(accepted(partner({{"sid", "s-1"}})).session_id, "");
}

TEST_F(TokenVerifierTest, NoSecretIsKeptWithTheOptions) {
    for (const auto& issuer : verifier_->issuers())
        EXPECT_TRUE(issuer.secret.empty());
}

// RFC 7519 section 4.1.4: the time of `exp` itself is too late.
TEST_F(TokenVerifierTest, AnOwnTokenEndsAtTheSecondOfItsExpiry) {
    const auto token = own();
    clock_.advance(3599s);
    EXPECT_EQ(refusal(token), "");
    clock_.advance(1s);
    EXPECT_EQ(refusal(token), "token_expired");
}

TEST_F(TokenVerifierTest, LeewayCountsAfterTheEnd) {
    const auto token = partner();
    clock_.advance(3600s + 29s);
    EXPECT_EQ(unix_seconds(accepted(token).expires_at), kNow + 3600 + 30);
    clock_.advance(1s);
    EXPECT_EQ(refusal(token), "token_expired");
}

TEST_F(TokenVerifierTest, LeewayCountsBeforeTheStart) {
    for (const char* claim : {"nbf", "iat"}) {
        EXPECT_EQ(refusal(partner({{claim, kNow + 30}})), "") << claim;
        EXPECT_EQ(refusal(partner({{claim, kNow + 31}})), "token_not_yet_valid") << claim;
    }
    EXPECT_EQ(refusal(partner({{"iat", nullptr}})), "");
}

// The clock may be set back a little without everybody being logged out.
TEST_F(TokenVerifierTest, AnOwnTokenOutlivesASmallStepBackOfTheClock) {
    const auto token = own();
    clock_.set_wall(from_unix_seconds(kNow - 30));
    EXPECT_EQ(refusal(token), "");
    clock_.set_wall(from_unix_seconds(kNow - 31));
    EXPECT_EQ(refusal(token), "token_not_yet_valid");
}

TEST_F(TokenVerifierTest, AFarExpiryIsHeldByTheClock) {
    const auto identity = accepted(partner({{"exp", kTokenTimeMax - 1}}));
    EXPECT_GT(unix_seconds(identity.expires_at), kNow + 100LL * 365 * 24 * 3600);
    EXPECT_EQ(refusal(partner({{"exp", kTokenTimeMax}})), "token_claims");
}

TEST_F(TokenVerifierTest, TheAudienceMayBeOneOfSeveral) {
    EXPECT_EQ(refusal(partner({{"aud", json::array{"other", "chat"}}})), "");
    EXPECT_EQ(refusal(partner({{"aud", json::array{"other", "another"}}})), "token_untrusted");
    EXPECT_EQ(refusal(partner({{"aud", json::array{}}})), "token_untrusted");
    EXPECT_EQ(refusal(partner({{"aud", json::array{"chat", 7}}})), "token_claims");
    EXPECT_EQ(refusal(partner({{"aud", "chat2"}})), "token_untrusted");
    EXPECT_EQ(refusal(partner({{"aud", "CHAT"}})), "token_untrusted");
    EXPECT_EQ(refusal(partner({{"aud", nullptr}})), "token_claims");
    EXPECT_EQ(refusal(partner({{"aud", json::object{}}})), "token_claims");
}

TEST_F(TokenVerifierTest, TheSubjectIsABoundedText) {
    const std::string longest(kUserIdBytesMax - 2, 'x');  // the prefix has two
    EXPECT_EQ(accepted(partner({{"sub", longest.c_str()}})).user.text(), "p:" + longest);
    EXPECT_EQ(refusal(partner({{"sub", (longest + "x").c_str()}})), "token_claims");
    EXPECT_EQ(refusal(partner({{"sub", ""}})), "token_claims");
    EXPECT_EQ(refusal(partner({{"sub", nullptr}})), "token_claims");
    EXPECT_EQ(refusal(partner({{"sub", 7}})), "token_claims");
    EXPECT_EQ(refusal(partner({{"sub", "a\nb"}})), "token_claims");
    EXPECT_EQ(refusal(partner({{"sub", json::string_view("a\0b", 3)}})), "token_claims");
    EXPECT_EQ(refusal(partner({{"sub", "a\xc2\x85"}})), "token_claims");
    EXPECT_EQ(accepted(partner({{"sub", "zo\xc3\xab"}})).user.text(), "p:zo\xc3\xab");
}

TEST_F(TokenVerifierTest, AnOwnTokenHasAllItsClaims) {
    for (const char* claim : {"sid", "iat", "jti", "exp", "aud", "sub"}) {
        EXPECT_EQ(refusal(own({{claim, nullptr}})), "token_claims") << claim;
    }
    EXPECT_EQ(refusal(own({{"sid", 1}})), "token_claims");
    EXPECT_EQ(refusal(own({{"sid", "a\nb"}})), "token_claims");
    EXPECT_EQ(refusal(own({{"sid", std::string(kUserIdBytesMax + 1, 's').c_str()}})),
              "token_claims");
}

TEST_F(TokenVerifierTest, TheNameComesFromTheClaims) {
    EXPECT_EQ(accepted(partner({{"name", "Zo\xc3\xab"}})).name, "Zo\xc3\xab");
    EXPECT_EQ(accepted(partner({{"name", nullptr}, {"preferred_username", "al"}})).name, "al");
    EXPECT_EQ(accepted(partner({{"name", 7}, {"preferred_username", "al"}})).name, "al");
    EXPECT_EQ(accepted(partner({{"preferred_username", "al"}})).name, "Alice");
    EXPECT_EQ(accepted(partner({{"name", nullptr}})).name, "User_p:3f2b8a");
    EXPECT_EQ(accepted(own({{"name", nullptr}, {"preferred_username", "al"}})).name,
              "User_3f2b8a52");
}

// RFC 7515 section 4.1.9: a media type, so in any case of letters.
TEST_F(TokenVerifierTest, TheTypeIsThatOfAnAccessToken) {
    const auto typed = [&](std::string_view typ) {
        return refusal(test::sign_hs256(test::kPartnerSecret,
                                        R"({"alg":"HS256","typ":)" + std::string(typ) + "}",
                                        claims("https://partner.example")));
    };
    EXPECT_EQ(typed(R"("JWT")"), "");
    EXPECT_EQ(typed(R"("jwt")"), "");
    EXPECT_EQ(typed(R"("AT+JWT")"), "");
    EXPECT_EQ(typed(R"("refresh+jwt")"), "token_malformed");
    EXPECT_EQ(typed(R"("")"), "token_malformed");
    EXPECT_EQ(typed("null"), "token_malformed");
    EXPECT_EQ(refusal(test::sign_hs256(test::kPartnerSecret, R"({"alg":"HS256"})",
                                       claims("https://partner.example"))),
              "");
}

// RFC 8725 section 3.11: tokens of different kinds must not be taken for each other.
TEST_F(TokenVerifierTest, AnOwnTokenSaysThatItIsAnAccessToken) {
    EXPECT_EQ(refusal(test::sign_hs256(test::kOwnSecret, test::kHsHeader, claims("confab"))),
              "token_untrusted");
    EXPECT_EQ(refusal(test::sign_hs256(test::kOwnSecret, R"({"alg":"HS256"})", claims("confab"))),
              "token_untrusted");
}

TEST_F(TokenVerifierTest, AnUnknownKeyOfAPublishedSetIsToldApart) {
    const auto result = verifier_->verify(ec(R"({"alg":"ES256","kid":"2"})"));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::unavailable);
    EXPECT_EQ(result.error().code, "token_key_unknown");
    EXPECT_EQ(result.error().field, "ec");
    // A known key with a wrong signature needs no fetch.
    EXPECT_EQ(refusal(TestKey(Algorithm::es256)
                          .sign(R"({"alg":"ES256","kid":"1"})", claims("https://ec.example"))),
              "token_untrusted");
    // A token that names no key may be signed by a new one.
    EXPECT_EQ(refusal(TestKey(Algorithm::eddsa).sign(claims("https://ed.example"))),
              "token_key_unknown");
    // The keys in a file are all there are.
    EXPECT_EQ(refusal(TestKey(Algorithm::rs256).sign(claims("https://rsa.example"))),
              "token_untrusted");
    EXPECT_EQ(refusal(test::rsa_key().sign(R"({"alg":"RS256","kid":"2"})",
                                           claims("https://rsa.example"))),
              "token_untrusted");
}

// RFC 8725 section 3.1: the algorithm is compared before any key is looked for, so a token with
// another one causes no fetch.
TEST_F(TokenVerifierTest, AWrongAlgorithmIsNoReasonToFetchKeys) {
    EXPECT_EQ(refusal(test::sign_hs256("x", R"({"alg":"HS256","kid":"2"})",
                                       claims("https://ec.example"))),
              "token_untrusted");
}

TEST_F(TokenVerifierTest, WithoutKeysYetNothingIsAccepted) {
    const TokenVerifier fresh(options(), clock_);
    EXPECT_FALSE(fresh.has_keys("ec"));
    EXPECT_TRUE(fresh.has_keys("rsa"));
    EXPECT_FALSE(fresh.has_keys("nobody"));
    const auto result = fresh.verify(ec());
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, "token_key_unknown");
}

TEST_F(TokenVerifierTest, KeysAreRotated) {
    const TestKey next(Algorithm::es256);
    const auto token = next.sign(R"({"alg":"ES256","kid":"2"})", claims("https://ec.example"));
    EXPECT_EQ(refusal(token), "token_key_unknown");
    ASSERT_TRUE(
        verifier_->replace_keys("ec", test::jwk_set({test::ec_key().public_jwk({{"kid", "1"}}),
                                                     next.public_jwk({{"kid", "2"}})})));
    EXPECT_EQ(refusal(token), "");
    EXPECT_EQ(refusal(ec()), "");
    ASSERT_TRUE(verifier_->replace_keys("ec", test::jwk_set({next.public_jwk({{"kid", "2"}})})));
    EXPECT_EQ(refusal(token), "");
    EXPECT_EQ(refusal(ec()), "token_key_unknown");
}

TEST_F(TokenVerifierTest, ABadKeySetLeavesTheOldKeys) {
    for (const char* bad : {"", "nonsense", "{}", R"({"keys":[]})", R"({"keys":{}})"}) {
        const auto result = verifier_->replace_keys("ec", bad);
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().code, "jwks_invalid");
    }
    EXPECT_EQ(refusal(ec()), "");
}

TEST_F(TokenVerifierTest, OnlyPublishedKeysCanBeReplaced) {
    const auto set = test::jwk_set({test::rsa_key().public_jwk()});
    EXPECT_FALSE(verifier_->replace_keys("rsa", set));
    EXPECT_FALSE(verifier_->replace_keys("own", set));
    EXPECT_FALSE(verifier_->replace_keys("nobody", set));
}

TEST_F(TokenVerifierTest, KeysMayBeReplacedWhileTokensAreVerified) {
    const TestKey next(Algorithm::es256);
    const auto both =
        test::jwk_set({test::ec_key().public_jwk({{"kid", "1"}}), next.public_jwk({{"kid", "2"}})});
    const auto first = test::jwk_set({test::ec_key().public_jwk({{"kid", "1"}})});
    const std::array<std::string, 4> tokens{own(), partner(), ec(), rsa()};
    std::atomic<bool> stop = false;
    std::atomic<int> refused = 0;
    std::vector<std::thread> readers;
    for (int i = 0; i < 3; ++i) {
        readers.emplace_back([&] {
            while (!stop) {
                for (const auto& token : tokens)
                    if (!verifier_->verify(token)) ++refused;
            }
        });
    }
    for (int i = 0; i < 100; ++i) {
        EXPECT_TRUE(verifier_->replace_keys("ec", i % 2 == 0 ? both : first));
    }
    stop = true;
    for (auto& reader : readers)
        reader.join();
    EXPECT_EQ(refused, 0);
}

TEST_F(TokenVerifierTest, AWeakSecretIsRefusedAtStart) {
    const auto error =
        refused_at_start(1, [](IssuerOptions& partner) { partner.secret = Secret("short"); });
    EXPECT_NE(error.find("partner"), std::string::npos);
    EXPECT_EQ(error.find("short"), std::string::npos);
    EXPECT_NE(refused_at_start(0, [](IssuerOptions& own) { own.secret = Secret(); }), "");
}

TEST_F(TokenVerifierTest, TwoIssuersWithTheSameIssAreRefusedAtStart) {
    EXPECT_NE(refused_at_start(1, [](IssuerOptions& issuer) { issuer.issuer = "confab"; }), "");
    EXPECT_NE(refused_at_start(1, [](IssuerOptions& issuer) { issuer.name = "own"; }), "");
}

TEST_F(TokenVerifierTest, TheSourceOfKeysFitsTheAlgorithmOrTheStartFails) {
    const auto wrong = [this](std::size_t index, auto change) {
        EXPECT_NE(refused_at_start(index, change), "");
    };
    wrong(1, [](IssuerOptions& hs) { hs.jwks_url = "https://keys.example"; });
    wrong(2, [](IssuerOptions& rs) { rs.secret = Secret(std::string(test::kOwnSecret)); });
    wrong(2, [](IssuerOptions& rs) { rs.jwks_url = "https://keys.example"; });
    wrong(2, [](IssuerOptions& rs) { rs.jwks_file.clear(); });
    wrong(2, [](IssuerOptions& rs) { rs.jwks_file += ".missing"; });
    wrong(2, [](IssuerOptions& rs) { rs.jwks_file = "/"; });
    wrong(2, [](IssuerOptions& rs) { rs.algorithm = Algorithm::es256; });
    wrong(2, [this](IssuerOptions& rs) {
        rs.jwks_file = write("long.json", std::string(kJwksBytesMax + 1, ' '));
    });
    wrong(1, [](IssuerOptions& any) { any.audience.clear(); });
    wrong(1, [](IssuerOptions& any) { any.issuer.clear(); });
    wrong(1, [](IssuerOptions& any) { any.leeway = -1s; });
    wrong(1, [](IssuerOptions& any) { any.user_id_prefix = "a\nb"; });
    wrong(1, [](IssuerOptions& any) { any.user_id_prefix = std::string(kUserIdBytesMax, 'p'); });
    EXPECT_EQ(refused_at_start(1, [](IssuerOptions&) {}), "");
}

TEST_F(TokenVerifierTest, TheNumberOfOutsideIssuersIsBounded) {
    const auto start = [this](std::size_t outside) {
        std::vector<IssuerOptions> list{options().front()};
        for (std::size_t i = 0; i < outside; ++i) {
            list.push_back(test::issuer("i" + std::to_string(i), Algorithm::hs256));
            list.back().secret = Secret(std::string(test::kPartnerSecret));
        }
        const TokenVerifier verifier(std::move(list), clock_);
    };
    EXPECT_NO_THROW(start(kIssuersMax));
    EXPECT_THROW(start(kIssuersMax + 1), std::runtime_error);
}

}  // namespace
}  // namespace confab::auth
