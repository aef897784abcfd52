#include "auth/jose_base64.hpp"

#include <gtest/gtest.h>
#include <sodium.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/crypto.hpp"

namespace confab::auth {
namespace {

// The same by libsodium. It takes every byte over 127 for '_' (version 1.0.18), so what comes out
// is encoded again: only the one spelling gives the same text.
std::optional<std::string> by_libsodium(std::string_view text) {
    std::string bytes(text.size() + 3, '\0');
    std::size_t size = 0;
    if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                          text.size(), nullptr, &size, nullptr,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0) {
        return std::nullopt;
    }
    bytes.resize(size);
    if (base64url(bytes) != text) return std::nullopt;
    return bytes;
}

TEST(JoseBase64, HasOneSpellingForEveryValue) {
    EXPECT_EQ(decode_base64url(""), "");
    EXPECT_EQ(decode_base64url("Zg"), "f");
    EXPECT_EQ(decode_base64url("Zm8"), "fo");
    EXPECT_EQ(decode_base64url("Zm9v"), "foo");
    EXPECT_EQ(decode_base64url("-_8"), "\xfb\xff");
    for (const char* bad :
         {"Z", "Zm9vZ", "Zh", "Zm9", "Zg==", "Zg=", "+/8", "Zm 9v", "Zm9v\n", "Zm9v!", "*"}) {
        EXPECT_FALSE(decode_base64url(bad)) << bad;
    }
    EXPECT_FALSE(decode_base64url(std::string_view("Zm9v\0", 5)));
}

TEST(JoseBase64, EveryByteInEveryPlaceIsReadAsByLibsodium) {
    initialise_crypto();
    for (const std::string_view good : {"QUJDREVG", "QUJDREU", "QUJDRA"}) {
        for (std::size_t at = 0; at < good.size(); ++at) {
            std::string text(good);
            for (int byte = 0; byte < 256; ++byte) {
                text[at] = static_cast<char>(byte);
                EXPECT_EQ(decode_base64url(text), by_libsodium(text)) << at << " " << byte;
            }
        }
    }
}

TEST(JoseBase64, WhatWasEncodedComesBackAndNothingBesideItIsWritten) {
    initialise_crypto();
    for (std::size_t size = 0; size < 70; ++size) {
        const std::string bytes = random_bytes(size);
        const std::string text = base64url(bytes);
        ASSERT_EQ(decoded_base64url_bytes(text.size()), size);
        std::string out(size + 2, '#');
        EXPECT_TRUE(decode_base64url_to(out.data() + 1, text));
        EXPECT_EQ(out, '#' + bytes + '#');
    }
}

}  // namespace
}  // namespace confab::auth
