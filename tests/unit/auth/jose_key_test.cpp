#include "auth/jose_key.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <functional>
#include <ostream>
#include <string>
#include <utility>

#include "auth/jose_base64.hpp"
#include "support/jose_tools.hpp"

namespace confab::auth {
namespace {

namespace json = boost::json;
using test::TestKey;

struct Vector {
    const char* name;
    Algorithm algorithm;
    std::string jwk;
    std::string token;
};

void PrintTo(const Vector& vector, std::ostream* out) {
    *out << vector.name;
}

// The payload of RFC 7515 appendix A.1 to A.3.
const std::string kJoe =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
    "fQ";

const Vector kRfc7515A2{
    "RFC 7515 A.2", Algorithm::rs256,
    R"({"kty":"RSA","e":"AQAB","n":")"
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJ"
    "PMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0"
    "LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uD"
    "Zlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2"
    "PAcDTW9gb54h4FRWyuXpoQ"
    R"("})",
    "eyJhbGciOiJSUzI1NiJ9." + kJoe +
        ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2"
        "Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQ"
        "BMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6Ie"
        "YI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"};
const Vector kRfc7515A3{
    "RFC 7515 A.3", Algorithm::es256,
    R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
    R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})",
    "eyJhbGciOiJFUzI1NiJ9." + kJoe +
        ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"};
const Vector kRfc8037A4{
    "RFC 8037 A.4", Algorithm::eddsa,
    R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})",
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"};

std::string with_last_bytes_of_signature_changed(const std::string& token) {
    const auto dot = token.rfind('.');
    auto bytes = *decode_base64url(std::string_view(token).substr(dot + 1));
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
    return token.substr(0, dot + 1) + base64url(bytes);
}

// Not by parse_compact_token(): the payload may be anything.
bool verifies(const JoseKey& key, const std::string& text) {
    const auto first = text.find('.');
    const auto last = text.rfind('.');
    const auto json_text = *decode_base64url(text.substr(0, first));
    const auto signature = *decode_base64url(text.substr(last + 1));
    CompactToken token;
    token.text = text;
    token.signed_text = std::string_view(text).substr(0, last);
    token.signature = signature;
    token.algorithm = JwtObject::read(json_text)->text("alg").value_or("");
    return key.verifies(token);
}

TEST(JoseKey, Rfc7515A1IsVerified) {
    const auto key = JoseKey::from_secret(Secret(*decode_base64url(
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")));
    ASSERT_TRUE(key);
    const std::string token = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." + kJoe +
                              ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    EXPECT_TRUE(verifies(*key, token));
    EXPECT_FALSE(verifies(*key, with_last_bytes_of_signature_changed(token)));
    EXPECT_FALSE(verifies(*JoseKey::from_secret(Secret(std::string(64, 'k'))), token));
}

class PublicKeyVector : public ::testing::TestWithParam<Vector> {};

TEST_P(PublicKeyVector, IsVerifiedAndNothingElseIs) {
    const auto& vector = GetParam();
    const auto jwk = json::parse(vector.jwk).as_object();
    const auto key = JoseKey::from_jwk(jwk, vector.algorithm);
    ASSERT_TRUE(key) << key.error().detail;
    EXPECT_TRUE(verifies(*key, vector.token));
    EXPECT_FALSE(verifies(*key, with_last_bytes_of_signature_changed(vector.token)));

    const TestKey other(vector.algorithm);
    EXPECT_FALSE(verifies(*JoseKey::from_jwk(other.public_jwk(), vector.algorithm), vector.token));
    for (const auto wrong :
         {Algorithm::hs256, Algorithm::rs256, Algorithm::es256, Algorithm::eddsa}) {
        if (wrong == vector.algorithm) continue;
        EXPECT_FALSE(JoseKey::from_jwk(jwk, wrong));
    }
}

INSTANTIATE_TEST_SUITE_P(Rfc, PublicKeyVector,
                         ::testing::Values(kRfc7515A2, kRfc7515A3, kRfc8037A4));

// RFC 8725 section 3.1: the key decides, whatever the header says.
TEST(JoseKey, TheHeaderCannotChangeTheAlgorithm) {
    const std::string secret(32, 'k');
    const auto key = JoseKey::from_secret(Secret(secret));
    EXPECT_TRUE(verifies(*key, test::sign_hs256(secret, R"({"alg":"HS256"})", "{}")));
    for (const char* header : {R"({"alg":"HS512"})", R"({"alg":"none"})", R"({"alg":"RS256"})",
                               R"({"alg":"hs256"})", R"({"alg":""})", "{}"}) {
        EXPECT_FALSE(verifies(*key, test::sign_hs256(secret, header, "{}"))) << header;
    }
}

TEST(JoseKey, AnRsaKeyVerifiesNoOtherRsaScheme) {
    const TestKey pair(Algorithm::rs256);
    const auto key = JoseKey::from_jwk(pair.public_jwk(), Algorithm::rs256);
    EXPECT_TRUE(verifies(*key, pair.sign(R"({"alg":"RS256"})", "{}")));
    for (const char* header : {R"({"alg":"RS384"})", R"({"alg":"RS512"})", R"({"alg":"PS256"})"}) {
        EXPECT_FALSE(verifies(*key, pair.sign(header, "{}"))) << header;
    }
}

TEST(JoseKey, AnEmptySecretIsRefused) {
    EXPECT_FALSE(JoseKey::from_secret(Secret()));
}

// RFC 7518 section 3.4: an ES256 signature has exactly 64 bytes; a longer form of the same numbers
// would be a second token with the same meaning.
TEST(JoseKey, AnEcSignatureOfAnotherLengthIsRefused) {
    const auto key = JoseKey::from_jwk(json::parse(kRfc7515A3.jwk).as_object(), Algorithm::es256);
    const auto dot = kRfc7515A3.token.rfind('.');
    const auto bytes = *decode_base64url(std::string_view(kRfc7515A3.token).substr(dot + 1));
    const std::string zeros(16, '\0');
    const auto padded = zeros + bytes.substr(0, 32) + zeros + bytes.substr(32);
    EXPECT_FALSE(verifies(*key, kRfc7515A3.token.substr(0, dot + 1) + base64url(padded)));
}

TEST(JoseKey, PrivateNumbersOfAJwkAreLeftOut) {
    for (const auto algorithm : {Algorithm::rs256, Algorithm::es256, Algorithm::eddsa}) {
        const TestKey pair(algorithm);
        const auto key = JoseKey::from_jwk(pair.private_jwk(), algorithm);
        ASSERT_TRUE(key);
        EXPECT_TRUE(verifies(*key, pair.sign("{}")));
    }
}

struct BadJwk {
    const char* name;
    Algorithm algorithm;
    std::function<void(json::object&)> spoil;
    const char* code;
};

void PrintTo(const BadJwk& bad, std::ostream* out) {
    *out << bad.name;
}

class RefusedJwk : public ::testing::TestWithParam<BadJwk> {};

TEST_P(RefusedJwk, IsRefused) {
    const TestKey pair(GetParam().algorithm);
    auto jwk = pair.public_jwk();
    ASSERT_TRUE(JoseKey::from_jwk(jwk, GetParam().algorithm));
    GetParam().spoil(jwk);
    const auto key = JoseKey::from_jwk(jwk, GetParam().algorithm);
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().code, GetParam().code);
}

using Spoil = std::function<void(json::object&)>;

Spoil set(const char* name, json::value value) {
    return [name, value = std::move(value)](json::object& jwk) { jwk[name] = value; };
}
Spoil set_text(const char* name, const std::string& text) {
    return set(name, json::value(text.c_str()));
}
Spoil drop(const char* name) {
    return [name](json::object& jwk) { jwk.erase(name); };
}

const std::string kZeros32 = base64url(std::string(32, '\0'));
const std::string kNonCanonical = std::string(42, 'A') + 'B';  // its last two bits are not zero

INSTANTIATE_TEST_SUITE_P(
    JoseKey, RefusedJwk,
    ::testing::Values(
        BadJwk{"kty of another", Algorithm::rs256, set("kty", "EC"), "jwk_unsuitable"},
        BadJwk{"no kty", Algorithm::rs256, drop("kty"), "jwk_unsuitable"},
        BadJwk{"oct", Algorithm::es256, set("kty", "oct"), "jwk_unsuitable"},
        BadJwk{"for encryption", Algorithm::rs256, set("use", "enc"), "jwk_unsuitable"},
        BadJwk{"use is no text", Algorithm::rs256, set("use", 1), "jwk_unsuitable"},
        BadJwk{"for PS256", Algorithm::rs256, set("alg", "PS256"), "jwk_unsuitable"},
        BadJwk{"alg null", Algorithm::rs256, set("alg", nullptr), "jwk_unsuitable"},
        BadJwk{"only to sign", Algorithm::es256, set("key_ops", json::array{"sign"}),
               "jwk_unsuitable"},
        BadJwk{"key_ops is no list", Algorithm::es256, set("key_ops", "verify"), "jwk_unsuitable"},
        BadJwk{"P-384", Algorithm::es256, set("crv", "P-384"), "jwk_unsuitable"},
        BadJwk{"Ed448", Algorithm::eddsa, set("crv", "Ed448"), "jwk_unsuitable"},
        BadJwk{"no n", Algorithm::rs256, drop("n"), "jwk_invalid"},
        BadJwk{"e = 1", Algorithm::rs256, set("e", "AQ"), "jwk_invalid"},
        BadJwk{"e even", Algorithm::rs256, set("e", "BA"), "jwk_invalid"},
        BadJwk{"e very long", Algorithm::rs256, set_text("e", base64url(std::string(5, '\1'))),
               "jwk_invalid"},
        BadJwk{"n padded", Algorithm::rs256, set("n", "AQAB="), "jwk_invalid"},
        BadJwk{"n long", Algorithm::rs256, set_text("n", base64url(std::string(1025, '\x81'))),
               "jwk_invalid"},
        BadJwk{"n of zeros", Algorithm::rs256, set_text("n", base64url(std::string(256, '\0'))),
               "jwk_invalid"},
        BadJwk{"x short", Algorithm::es256, set("x", "AQAB"), "jwk_invalid"},
        BadJwk{"y missing", Algorithm::es256, drop("y"), "jwk_invalid"},
        BadJwk{"x not canonical", Algorithm::eddsa, set_text("x", kNonCanonical), "jwk_invalid"},
        BadJwk{"x is a number", Algorithm::eddsa, set("x", 1), "jwk_invalid"}));

TEST(JoseKey, AnRsaKeyUnder2048BitsIsRefused) {
    const TestKey small(Algorithm::rs256, 1024);
    const auto key = JoseKey::from_jwk(small.public_jwk(), Algorithm::rs256);
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().code, "jwk_invalid");
}

TEST(JoseKey, APointThatIsNotOnTheCurveVerifiesNothing) {
    const TestKey pair(Algorithm::es256);
    const auto key =
        JoseKey::from_jwk(pair.public_jwk({{"x", kZeros32}, {"y", kZeros32}}), Algorithm::es256);
    EXPECT_FALSE(key && verifies(*key, pair.sign("{}")));
}

}  // namespace
}  // namespace confab::auth
