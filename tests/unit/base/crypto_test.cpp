#include "base/crypto.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace confab {
namespace {

class Crypto : public testing::Test {
  protected:
    static void SetUpTestSuite() { initialise_crypto(); }
};

std::string hex(std::string_view bytes) {
    static constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        text += kDigits[byte >> 4];
        text += kDigits[byte & 15];
    }
    return text;
}

TEST_F(Crypto, InitialiseMayBeCalledAgain) {
    EXPECT_NO_THROW(initialise_crypto());
}

// The samples of FIPS 180-4.
TEST_F(Crypto, Sha256_KnownDigests) {
    EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(hex(sha256("abc")),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(hex(sha256(std::string(1000000, 'a'))),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_F(Crypto, Rfc4231_HmacSha256Cases) {
    EXPECT_EQ(hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")),
              "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    EXPECT_EQ(hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(hex(hmac_sha256(std::string(20, '\xaa'), std::string(50, '\xdd'))),
              "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
    // A key longer than the block of the hash is hashed first.
    EXPECT_EQ(hex(hmac_sha256(std::string(131, '\xaa'),
                              "Test Using Larger Than Block-Size Key - Hash Key First")),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

// The samples of RFC 4648 section 10, without padding, and the two characters of this alphabet.
TEST_F(Crypto, Rfc4648_Base64UrlWithoutPadding) {
    EXPECT_EQ(base64url(""), "");
    EXPECT_EQ(base64url("f"), "Zg");
    EXPECT_EQ(base64url("fo"), "Zm8");
    EXPECT_EQ(base64url("foo"), "Zm9v");
    EXPECT_EQ(base64url("foob"), "Zm9vYg");
    EXPECT_EQ(base64url("foobar"), "Zm9vYmFy");
    EXPECT_EQ(base64url("\xFB\xFF\xFE"), "-__-");
}

TEST_F(Crypto, Rfc9562_UuidHasVersion4AndItsVariant) {
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) {
        const std::string uuid = random_uuid();
        ASSERT_EQ(uuid.size(), 36U);
        for (std::size_t at = 0; at < uuid.size(); ++at) {
            if (at == 8 || at == 13 || at == 18 || at == 23) {
                ASSERT_EQ(uuid[at], '-');
            } else {
                ASSERT_NE(std::string_view("0123456789abcdef").find(uuid[at]),
                          std::string_view::npos);
            }
        }
        ASSERT_EQ(uuid[14], '4');
        ASSERT_NE(std::string_view("89ab").find(uuid[19]), std::string_view::npos);
        ASSERT_TRUE(seen.insert(uuid).second) << "came twice";
    }
}

TEST_F(Crypto, RandomBytesHaveTheAskedSizeAndDiffer) {
    EXPECT_EQ(random_bytes(0), "");
    EXPECT_EQ(random_bytes(33).size(), 33U);
    EXPECT_NE(random_bytes(32), random_bytes(32));
}

TEST_F(Crypto, RandomBelowStaysBelowAndReachesEveryValue) {
    EXPECT_EQ(random_below(0), 0U);
    EXPECT_EQ(random_below(1), 0U);
    std::set<std::uint32_t> seen;
    for (int i = 0; i < 1000; ++i) {
        const std::uint32_t value = random_below(5);
        ASSERT_LT(value, 5U);
        seen.insert(value);
    }
    EXPECT_EQ(seen.size(), 5U);
}

}  // namespace
}  // namespace confab
