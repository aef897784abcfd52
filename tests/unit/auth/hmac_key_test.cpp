#include "auth/hmac_key.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "base/crypto.hpp"

namespace confab::auth {
namespace {

std::string from_hex(std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i < hex.size(); i += 2)
        bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
    return bytes;
}

TEST(HmacKey, Rfc4231Section4_2To4_7) {
    const HmacKey one(Secret(std::string(20, '\x0b')));
    EXPECT_TRUE(one.matches(
        "Hi There", from_hex("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")));
    const HmacKey two(Secret("Jefe"));
    EXPECT_TRUE(
        two.matches("what do ya want for nothing?",
                    from_hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")));
    const HmacKey long_key(Secret(std::string(131, '\xaa')));
    EXPECT_TRUE(long_key.matches(
        "Test Using Larger Than Block-Size Key - Hash Key First",
        from_hex("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")));
}

// libsodium computes the same: two libraries would have to be wrong in the same way.
TEST(HmacKey, AgreesWithLibsodiumForKeysAndMessagesOfAllLengths) {
    for (std::size_t size = 1; size < 140; ++size) {
        const std::string secret = random_bytes(size);
        const std::string message = random_bytes(size * 3 % 200);
        const HmacKey key{Secret(secret)};
        EXPECT_TRUE(key.matches(message, hmac_sha256(secret, message))) << size;
        EXPECT_FALSE(key.matches(message + 'x', hmac_sha256(secret, message))) << size;
    }
}

TEST(HmacKey, EveryOtherCodeIsRefused) {
    const std::string secret(32, 'k');
    const HmacKey key{Secret(secret)};
    const std::string good = hmac_sha256(secret, "message");
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
        std::string bad = good;
        bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
        EXPECT_FALSE(key.matches("message", bad)) << bit;
    }
    EXPECT_FALSE(key.matches("message", ""));
    EXPECT_FALSE(key.matches("message", good.substr(0, 31)));
    EXPECT_FALSE(key.matches("message", good + '\0'));
}

TEST(HmacKey, IsTheSameAfterItWasUsedAndMoved) {
    HmacKey key(Secret("secret"));
    const std::string code = hmac_sha256("secret", "a");
    EXPECT_TRUE(key.matches("a", code));
    EXPECT_TRUE(key.matches("a", code));
    const HmacKey moved(std::move(key));
    EXPECT_TRUE(moved.matches("a", code));
}

TEST(HmacKeyDeathTest, AnEmptySecretIsNone) {
    EXPECT_DEATH(HmacKey{Secret()}, "empty");
}

}  // namespace
}  // namespace confab::auth
