// The attacks of RFC 8725 and their relatives: every token here must be refused.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "base/crypto.hpp"
#include "base/limits.hpp"
#include "support/token_fixture.hpp"

namespace confab::auth {
namespace {

namespace json = boost::json;
using test::sign_hs256;
using test::TestKey;

class TokenAttackTest : public test::TokenFixture {
  public:
    static const TestKey& attacker() {
        static const TestKey key(Algorithm::rs256);
        return key;
    }
    static std::string own_claims(const json::object& changes = {}) {
        return claims("confab", changes);
    }
    static std::string rsa_claims() { return claims("https://rsa.example"); }
    // An own token with this header, correctly signed.
    static std::string headed(std::string_view header) {
        return sign_hs256(test::kOwnSecret, header, own_claims());
    }
    // A token for the RSA issuer, made with HS256 and this secret.
    static std::string confused(std::string_view secret, std::string_view header) {
        return sign_hs256(secret, header, rsa_claims());
    }
    // Signed by the attacker's RSA key, which the header offers.
    static std::string offered(const json::object& members) {
        json::object header{{"alg", "RS256"}};
        for (const auto& member : members)
            header[member.key()] = member.value();
        return attacker().sign(json::serialize(header), rsa_claims());
    }
    static std::string replaced(std::string text, char from, char to) {
        for (char& c : text)
            if (c == from) c = to;
        return text;
    }
    using TokenFixture::own;
    using TokenFixture::rsa;
};

using A = TokenAttackTest;
constexpr std::string_view kHs = R"({"alg":"HS256","typ":"JWT"})";
constexpr std::string_view kRs = R"({"alg":"RS256","typ":"JWT"})";

TEST_F(TokenAttackTest, TheTokensThatAreSpoiltBelowAreGood) {
    EXPECT_EQ(refusal(own()), "");
    EXPECT_EQ(refusal(headed(test::kOwnHeader)), "");
    EXPECT_EQ(refusal(rsa()), "");
    EXPECT_EQ(refusal(test::rsa_key().sign(kRs, rsa_claims())), "");
}

struct Attack {
    const char* name;
    std::function<std::string()> token;
};

void PrintTo(const Attack& attack, std::ostream* out) {
    *out << attack.name;
}

std::string signature_of(const std::string& token) {
    return token.substr(token.rfind('.') + 1);
}

std::vector<Attack> unsigned_tokens() {
    std::vector<Attack> list;
    for (const char* alg : {"none", "None", "nOnE", "NONE", "", "null"}) {
        const std::string header = std::string(R"({"typ":"at+jwt","alg":")") + alg + "\"}";
        const auto input = [header] { return test::signing_input(header, A::own_claims()); };
        list.push_back({alg, [input] { return input() + '.'; }});
        list.push_back({alg, input});
        list.push_back({alg, [input] { return input() + '.' + signature_of(A::own()); }});
        list.push_back({alg, [input] { return input() + ".AA"; }});
        list.push_back({alg, [header] { return A::headed(header); }});
    }
    return list;
}

// RFC 8725 section 2.1: the public key as the secret of a MAC.
std::vector<Attack> confused_algorithms() {
    return {
        {"PEM", [] { return A::confused(test::rsa_key().pem(), kHs); }},
        {"PEM, RS256 said", [] { return A::confused(test::rsa_key().pem(), kRs); }},
        {"DER", [] { return A::confused(test::rsa_key().der(), kHs); }},
        {"DER, RS256 said", [] { return A::confused(test::rsa_key().der(), kRs); }},
        {"JWK", [] { return A::confused(json::serialize(test::rsa_key().public_jwk()), kHs); }},
        {"JWK, RS256 said",
         [] { return A::confused(json::serialize(test::rsa_key().public_jwk()), kRs); }},
        {"empty key", [] { return A::confused("", kHs); }},
        {"empty key, RS256 said", [] { return A::confused("", kRs); }},
        {"empty key, own", [] { return sign_hs256("", test::kOwnHeader, A::own_claims()); }},
        {"key of zeros, own",
         [] { return sign_hs256(std::string(64, '\0'), test::kOwnHeader, A::own_claims()); }},
        {"RSA for an HMAC issuer",
         [] { return A::attacker().sign(R"({"alg":"RS256","typ":"at+jwt"})", A::own_claims()); }},
        {"another MAC", [] { return A::headed(R"({"alg":"HS512","typ":"at+jwt"})"); }},
        {"another RSA scheme",
         [] { return test::rsa_key().sign(R"({"alg":"PS256"})", A::rsa_claims()); }},
        {"RS512", [] { return test::rsa_key().sign(R"({"alg":"RS512"})", A::rsa_claims()); }},
        {"secret of another issuer",
         [] { return sign_hs256(test::kPartnerSecret, test::kOwnHeader, A::own_claims()); }},
        {"another key", [] { return A::attacker().sign(A::rsa_claims()); }},
        {"own claims by the RSA issuer", [] { return test::rsa_key().sign(A::own_claims()); }},
    };
}

std::vector<Attack> bad_headers() {
    std::vector<Attack> list;
    for (const char* header : {
             R"({"typ":"at+jwt"})",
             R"({"alg":null,"typ":"at+jwt"})",
             R"({"alg":["HS256"],"typ":"at+jwt"})",
             R"({"alg":"HS256 ","typ":"at+jwt"})",
             R"({"alg":"hs256","typ":"at+jwt"})",
             R"({"alg":"HS256\u0000","typ":"at+jwt"})",
             R"({"alg":"none","alg":"HS256","typ":"at+jwt"})",
             R"({"alg":"HS256","alg":"HS256","typ":"at+jwt"})",
             R"({"alg":"none","\u0061lg":"HS256","typ":"at+jwt"})",
             R"({"alg":"HS256","typ":"at+jwt","crit":["exp"]})",
             R"({"alg":"HS256","typ":"at+jwt","crit":[]})",
             R"({"alg":"HS256","typ":"at+jwt","crit":null})",
             R"({"alg":"HS256","typ":"at+jwt","b64":false})",
             R"({"alg":"HS256","typ":"at+jwt","b64":false,"crit":["b64"]})",
             R"({"alg":"HS256","typ":"at+jwt","zip":"DEF"})",
             R"({"alg":"HS256","typ":"refresh+jwt"})",
             R"({"alg":"HS256","typ":7})",
             R"({"alg":"HS256","typ":"at+jwt","kid":""})",
             R"({"alg":"HS256","typ":"at+jwt","kid":7})",
             R"({"alg":"HS256","typ":"at+jwt","kid":null})",
             R"({"alg":"HS256","typ":"at+jwt","kid":"../../dev/null"})",
             R"({"alg":"HS256","typ":"at+jwt","kid":"x' OR '1'='1"})",
             R"({"alg":"HS256","typ":"at+jwt","kid":"|id"})",
             R"({"alg":"HS256","typ":"at+jwt","kid":"a\u0000b"})",
             R"({"alg":"HS256","typ":"at+jwt"}x)",
             R"({"alg":"HS256","typ":"at+jwt",})",
             R"(["HS256"])",
             R"("HS256")",
             "null",
             "HS256",
             "\xef\xbb\xbf{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}",
             "{\"alg\":\"HS256\",\"typ\":\"at+jwt\",\"x\":\"\xff\"}",
         }) {
        list.push_back({header, [header] { return A::headed(header); }});
    }
    list.push_back({"long kid", [] {
                        return A::headed(R"({"alg":"HS256","typ":"at+jwt","kid":")" +
                                         std::string(kKeyIdBytesMax + 1, 'k') + "\"}");
                    }});
    list.push_back({"deep header", [] {
                        return A::headed(R"({"alg":"HS256","typ":"at+jwt","x":)" +
                                         std::string(kJsonDepthMax + 1, '[') +
                                         std::string(kJsonDepthMax + 1, ']') + "}");
                    }});
    return list;
}

// RFC 7515 sections 4.1.2 to 4.1.6: keys that come with the token.
std::vector<Attack> keys_in_the_header() {
    return {
        {"jwk",
         [] {
             return A::offered({{"jwk", A::attacker().public_jwk()}});
         }},
        {"jwk and kid",
         [] {
             return A::offered({{"jwk", A::attacker().public_jwk({{"kid", "a"}})}, {"kid", "a"}});
         }},
        {"jku",
         [] {
             return A::offered({{"jku", "http://127.0.0.1:9/keys"}});
         }},
        {"x5u",
         [] {
             return A::offered({{"x5u", "http://127.0.0.1:9/cert"}});
         }},
        {"x5c",
         [] {
             return A::offered({{"x5c", json::array{"MIIB"}}});
         }},
        {"x5c of the key",
         [] {
             const auto der = base64url(A::attacker().der());
             return A::offered({{"x5c", json::array{der.c_str()}}});
         }},
    };
}

std::vector<Attack> bad_claims() {
    std::vector<Attack> list;
    for (const char* spoilt : {
             R"({"exp":null})",
             R"({"exp":"1700003600"})",
             R"({"exp":1700003600.5})",
             R"({"exp":1700003600.0})",
             R"({"exp":1e308})",
             R"({"exp":1e12})",
             R"({"exp":-1})",
             R"({"exp":-1e308})",
             R"({"exp":9223372036854775807})",
             R"({"exp":18446744073709551615})",
             R"({"exp":18446744073709551616})",
             R"({"exp":0})",
             R"({"exp":[1700003600]})",
             R"({"exp":true})",
             R"({"exp":{}})",
             R"({"nbf":"0"})",
             R"({"nbf":1.5})",
             R"({"nbf":-1})",
             R"({"nbf":1e308})",
             R"({"iat":"0"})",
             R"({"iat":-5})",
             R"({"iat":1e308})",
             R"({"iat":0.1})",
             R"({"iat":1800000000})",
             R"({"nbf":1800000000})",
             R"({"exp":1699999999})",
             R"({"iss":null})",
             R"({"iss":7})",
             R"({"iss":["confab"]})",
             R"({"iss":"confab "})",
             R"({"iss":"Confab"})",
             R"({"iss":""})",
             R"({"iss":"https://nobody.example"})",
             R"({"aud":null})",
             R"({"aud":"chat"})",
             R"({"aud":["chat"]})",
             R"({"aud":7})",
             R"({"aud":{"confab":1}})",
             R"({"aud":[["confab"]]})",
             R"({"aud":""})",
         }) {
        list.push_back({spoilt, [spoilt] {
                            json::object changes;
                            const auto parsed = json::parse(spoilt).as_object();
                            return A::own(parsed);
                        }});
    }
    return list;
}

std::vector<Attack> bad_payloads() {
    std::vector<Attack> list;
    for (const char* payload : {"", "[]", "null", "{}", "7", R"({"iss":"confab"} x)",
                                "{\"iss\":\"confab\"", R"({"iss":"confab","iss":"confab"})"}) {
        list.push_back({payload, [payload] {
                            return sign_hs256(test::kOwnSecret, test::kOwnHeader, payload);
                        }});
    }
    list.push_back({"claim twice", [] {
                        auto text = A::own_claims();
                        text.pop_back();
                        return sign_hs256(test::kOwnSecret, test::kOwnHeader,
                                          text + R"(,"sub":"admin"})");
                    }});
    return list;
}

std::vector<Attack> bad_forms() {
    const auto own = [] { return A::own(); };
    return {
        {"empty", [] { return std::string(); }},
        {"opaque", [] { return base64url(random_bytes(32)); }},
        {"opaque with dots", [] { return "r1." + base64url(random_bytes(32)) + ".x"; }},
        {"two parts", [=] { return own().substr(0, own().rfind('.')); }},
        {"four parts", [=] { return own() + ".AAAA"; }},
        {"five parts", [=] { return own() + ".AAAA.AAAA"; }},
        {"no header", [=] { return own().substr(own().find('.')); }},
        {"no payload",
         [=] { return own().substr(0, own().find('.')) + ".." + signature_of(own()); }},
        {"no signature", [=] { return own().substr(0, own().rfind('.') + 1); }},
        {"only dots", [] { return std::string(".."); }},
        {"padded signature", [=] { return own() + '='; }},
        {"padded header", [=] { return own().insert(own().find('.'), "="); }},
        {"padded payload", [=] { return own().insert(own().rfind('.'), "="); }},
        {"leading blank", [=] { return ' ' + own(); }},
        {"trailing newline", [=] { return own() + '\n'; }},
        {"blank inside", [=] { return own().insert(10, " "); }},
        {"line break inside", [=] { return own().insert(own().rfind('.') + 5, "\r\n"); }},
        {"NUL at the end", [=] { return own() + '\0'; }},
        {"more after a NUL", [=] { return own() + std::string("\0x", 2); }},
        {"signature cut", [=] { return own().substr(0, own().size() - 2); }},
        {"signature longer", [=] { return own() + "AA"; }},
        {"JSON serialization",
         [=] {
             const auto token = own();
             const auto first = token.find('.');
             const auto second = token.rfind('.');
             return R"({"protected":")" + token.substr(0, first) + R"(","payload":")" +
                    token.substr(first + 1, second - first - 1) + R"(","signature":")" +
                    signature_of(token) + "\"}";
         }},
        {"2049 bytes", [=] { return std::string(2049, 'a'); }},
    };
}

class RefusedToken : public TokenAttackTest, public ::testing::WithParamInterface<Attack> {};

TEST_P(RefusedToken, IsRefused) {
    const auto result = verifier_->verify(GetParam().token());
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::unauthenticated);
}

INSTANTIATE_TEST_SUITE_P(Unsigned, RefusedToken, ::testing::ValuesIn(unsigned_tokens()));
INSTANTIATE_TEST_SUITE_P(Confused, RefusedToken, ::testing::ValuesIn(confused_algorithms()));
INSTANTIATE_TEST_SUITE_P(Header, RefusedToken, ::testing::ValuesIn(bad_headers()));
INSTANTIATE_TEST_SUITE_P(KeyInHeader, RefusedToken, ::testing::ValuesIn(keys_in_the_header()));
INSTANTIATE_TEST_SUITE_P(Claims, RefusedToken, ::testing::ValuesIn(bad_claims()));
INSTANTIATE_TEST_SUITE_P(Payload, RefusedToken, ::testing::ValuesIn(bad_payloads()));
INSTANTIATE_TEST_SUITE_P(Form, RefusedToken, ::testing::ValuesIn(bad_forms()));

// A good signature does not help a header that names where keys are: it is not even read.
TEST_F(TokenAttackTest, AKeyInTheHeaderIsIgnoredOnAGoodToken) {
    for (const char* header : {R"({"alg":"RS256","jku":"http://127.0.0.1:9/"})",
                               R"({"alg":"RS256","jwk":{"kty":"oct"}})",
                               R"({"alg":"RS256","x5c":["AAAA"]})", R"({"alg":"RS256","x5u":7})"}) {
        EXPECT_EQ(refusal(test::rsa_key().sign(header, rsa_claims())), "") << header;
    }
}

TEST_F(TokenAttackTest, TheLengthOfATokenIsBounded) {
    std::size_t longest = 0;
    for (std::size_t fill = 1000;; ++fill) {
        const auto token = own({{"fill", std::string(fill, 'x').c_str()}});
        if (token.size() > kTokenBytesMax) {
            EXPECT_EQ(refusal(token), "token_malformed");
            break;
        }
        EXPECT_EQ(refusal(token), "");
        longest = token.size();
    }
    EXPECT_GE(longest, kTokenBytesMax - 1);  // base64url grows by one or two characters a byte
}

TEST_F(TokenAttackTest, TheStandardAlphabetIsRefused) {
    // A signature with both letters that differ between the alphabets.
    std::string token;
    for (int i = 0; token.find('-', token.rfind('.') + 1) == std::string::npos ||
                    token.find('_', token.rfind('.') + 1) == std::string::npos;
         ++i) {
        token = own({{"jti", std::to_string(i).c_str()}});
    }
    EXPECT_EQ(refusal(token), "");
    EXPECT_EQ(refusal(replaced(token, '-', '+')), "token_malformed");
    EXPECT_EQ(refusal(replaced(token, '_', '/')), "token_malformed");
}

// The last character of a 32-byte signature has two bits that mean nothing: they must be zero.
TEST_F(TokenAttackTest, UnusedBitsAreRefused) {
    static constexpr std::string_view kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    auto token = own();
    const auto last = kAlphabet.find(token.back());
    ASSERT_EQ(last % 4, 0U);
    for (std::size_t unused = 1; unused < 4; ++unused) {
        token.back() = kAlphabet[last + unused];
        EXPECT_EQ(refusal(token), "token_malformed");
    }
}

TEST_F(TokenAttackTest, EverySingleBitFlipIsRefused) {
    for (const auto& good : {own(), partner(), rsa(), ec(), ed()}) {
        ASSERT_EQ(refusal(good), "");
        auto token = good;
        for (std::size_t at = 0; at < token.size(); ++at) {
            for (int bit = 0; bit < 8; ++bit) {
                token[at] = static_cast<char>(token[at] ^ (1 << bit));
                EXPECT_NE(refusal(token), "") << at << " bit " << bit;
                token[at] = good[at];
            }
        }
    }
}

}  // namespace
}  // namespace confab::auth
