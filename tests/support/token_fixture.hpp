// TokenFixture: a verifier with one issuer of every kind, and the means to sign for each of them.
// Thread: one.
// Owns:   clock, verifier and a directory with a key file; the keys live as long as the program.
// Limits: none; for tests.
// Invariant: every token it makes is accepted unless the test spoils it.
#pragma once

#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auth/token_verifier.hpp"
#include "base/crypto.hpp"
#include "support/jose_tools.hpp"
#include "support/manual_clock.hpp"
#include "support/temp_directory.hpp"

namespace confab::test {

inline constexpr std::string_view kOwnSecret = "bX2q9-Vw7Yt_4KpLz0RfH6sDnJcG1aEuO8iTmQ5";
inline constexpr std::string_view kPartnerSecret = "9fK3v_Zr8Qw1-NxTbY6uLhPj2GdSeCa4MoWi7R0k";
inline constexpr std::string_view kOwnHeader = R"({"alg":"HS256","typ":"at+jwt"})";
inline constexpr std::string_view kHsHeader = R"({"alg":"HS256","typ":"JWT"})";
inline constexpr const char* kUser = "3f2b8a52-9f3e-4d8e-8a44-0d8c6a3f1b11";

// Generated once: RSA takes its time.
inline const TestKey& rsa_key() {
    static const TestKey key(auth::Algorithm::rs256);
    return key;
}
inline const TestKey& ec_key() {
    static const TestKey key(auth::Algorithm::es256);
    return key;
}
inline const TestKey& ed_key() {
    static const TestKey key(auth::Algorithm::eddsa);
    return key;
}

inline auth::IssuerOptions issuer(std::string name, auth::Algorithm algorithm) {
    auth::IssuerOptions options;
    options.issuer = "https://" + name + ".example";
    options.name = std::move(name);
    options.algorithm = algorithm;
    options.audience = "chat";
    return options;
}

// The server's own, "partner" (HS256), "rsa" (a file), "ec" and "ed" (a URL).
class TokenFixture : public ::testing::Test {
  protected:
    static constexpr std::int64_t kNow = 1'700'000'000;

    TokenFixture() {
        initialise_crypto();
        verifier_ = std::make_unique<auth::TokenVerifier>(options(), clock_);
        EXPECT_TRUE(verifier_->replace_keys("ec", jwk_set({ec_key().public_jwk({{"kid", "1"}})})));
        EXPECT_TRUE(verifier_->replace_keys("ed", jwk_set({ed_key().public_jwk()})));
    }

    std::vector<auth::IssuerOptions> options() {
        std::vector<auth::IssuerOptions> list;
        list.push_back(issuer("own", auth::Algorithm::hs256));
        list.back().issuer = list.back().audience = "confab";
        list.back().secret = Secret(std::string(kOwnSecret));
        list.back().own = true;
        list.back().leeway = std::chrono::seconds(0);
        list.push_back(issuer("partner", auth::Algorithm::hs256));
        list.back().secret = Secret(std::string(kPartnerSecret));
        list.back().user_id_prefix = "p:";
        list.push_back(issuer("rsa", auth::Algorithm::rs256));
        list.back().jwks_file = write("rsa.json", jwk_set({rsa_key().public_jwk()}));
        list.push_back(issuer("ec", auth::Algorithm::es256));
        list.back().jwks_url = "http://127.0.0.1:9/keys";
        list.push_back(issuer("ed", auth::Algorithm::eddsa));
        list.back().jwks_url = "http://127.0.0.1:9/keys";
        return list;
    }

    // The path of a new file with this content.
    std::string write(const std::string& name, std::string_view content) {
        const auto path = directory_.file(name);
        std::ofstream(path, std::ios::binary) << content;
        return path;
    }

    // Good claims with `changes`; a null takes the claim away.
    static std::string claims(std::string_view iss, const boost::json::object& changes = {}) {
        boost::json::object claims{{"iss", boost::json::string_view(iss.data(), iss.size())},
                                   {"aud", iss == "confab" ? "confab" : "chat"},
                                   {"sub", kUser},
                                   {"name", "Alice"},
                                   {"iat", kNow},
                                   {"exp", kNow + 3600}};
        if (iss == "confab") {
            claims["sid"] = "s-1";
            claims["jti"] = "j-1";
        }
        for (const auto& change : changes) {
            claims[change.key()] = change.value();
            if (change.value().is_null()) claims.erase(change.key());
        }
        return boost::json::serialize(claims);
    }
    static std::string own(const boost::json::object& changes = {}) {
        return sign_hs256(kOwnSecret, kOwnHeader, claims("confab", changes));
    }
    static std::string partner(const boost::json::object& changes = {}) {
        return sign_hs256(kPartnerSecret, kHsHeader, claims("https://partner.example", changes));
    }
    static std::string rsa(const boost::json::object& changes = {}) {
        return rsa_key().sign(claims("https://rsa.example", changes));
    }
    static std::string ec(std::string_view header = R"({"alg":"ES256","kid":"1"})") {
        return ec_key().sign(header, claims("https://ec.example"));
    }
    static std::string ed() { return ed_key().sign(claims("https://ed.example")); }

    [[nodiscard]] auth::Identity accepted(std::string_view token) const {
        auto result = verifier_->verify(token);
        EXPECT_TRUE(result) << (result ? "" : result.error().code);
        return result ? *result : auth::Identity();
    }
    // The code of the refusal; empty when the token is accepted.
    [[nodiscard]] std::string refusal(std::string_view token) const {
        const auto result = verifier_->verify(token);
        return result ? std::string() : std::string(result.error().code);
    }

    TempDirectory directory_;
    ManualClock clock_{from_unix_seconds(kNow)};
    std::unique_ptr<auth::TokenVerifier> verifier_;
};

}  // namespace confab::test
