#include "auth/secret_strength.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/crypto.hpp"
#include "base/limits.hpp"

namespace confab::auth {
namespace {

TEST(WeakSecret, WhatIsTooShortIsWeak) {
    const std::string good = "bX2q9-Vw7Yt_4KpLz0RfH6sDnJcG1aEu";
    ASSERT_EQ(good.size(), kTokenSecretBytesMin);
    EXPECT_FALSE(is_weak_secret(good));
    EXPECT_TRUE(is_weak_secret(good.substr(1)));
    EXPECT_TRUE(is_weak_secret(""));
    EXPECT_TRUE(is_weak_secret("secret"));
}

TEST(WeakSecret, WhatIsRegularIsWeak) {
    for (const auto& weak : {std::string(64, 'k'), std::string(64, '\0'),
                             std::string("secretsecretsecretsecretsecretsecret"),
                             std::string("abcdefghijabcdefghijabcdefghijabcdefghij"),
                             std::string("k3J9xQ2mZ7k3J9xQ2mZ7k3J9xQ2mZ7k3J9xQ2mZ7"),
                             std::string("abcdefghijklmnopqrstuvwxyz0123456789"),
                             std::string("zyxwvutsrqponmlkjihgfedcba9876543210"),
                             std::string("0123456789abcdef0123456789abcdef"),
                             std::string("aabbccddeeffgaabbccddeeffgabcdefgab")}) {
        EXPECT_TRUE(is_weak_secret(weak)) << weak;
    }
}

TEST(WeakSecret, WellKnownExamplesAreWeak) {
    for (const char* weak : {
             "your-256-bit-secret-your-256-bit-secret",
             "a-string-secret-at-least-256-bits-long",
             "changeme-changeme-changeme-changeme-1234",
             "your-super-secret-jwt-key-change-this-in-production",
             "YOUR_JWT_SECRET_KEY_CHANGE_IN_PRODUCTION",
             "secretsecretsecretsecretsecretsecret123",
             "this is the default signing key, please change!",
         }) {
        EXPECT_TRUE(is_weak_secret(weak)) << weak;
    }
}

TEST(WeakSecret, RandomSecretsAreNot) {
    initialise_crypto();
    for (int i = 0; i < 2000; ++i) {
        EXPECT_FALSE(is_weak_secret(random_bytes(32)));
        EXPECT_FALSE(is_weak_secret(base64url(random_bytes(32))));
    }
    // 128 random bits in hexadecimal, and an example's word before something unpredictable.
    EXPECT_FALSE(is_weak_secret("9c1f0b7d2e8a46539c30d1f7a85be264"));
    EXPECT_FALSE(is_weak_secret("secret-9c1f0b7d2e8a46539c30d1f7a85be264"));
}

}  // namespace
}  // namespace confab::auth
