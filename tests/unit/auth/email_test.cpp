#include "auth/email.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/limits.hpp"

namespace confab::auth {
namespace {

using namespace std::string_literals;

// An address of exactly `size` bytes with a short local part and a domain of many labels.
std::string address_of(std::size_t size) {
    std::string address = "a@";
    while (size - address.size() > kDomainLabelBytesMax) {
        address += "b.";
    }
    return address + std::string(size - address.size(), 'c');
}

TEST(Email, CanonicalFormIsTrimmedLowerCaseAscii) {
    EXPECT_EQ(canonical_email(" \tAlice.B@Example.COM\r\n"), "alice.b@example.com");
    EXPECT_EQ(canonical_email("\u00c4@x"), "\u00c4@x");  // only ASCII is folded
    EXPECT_EQ(canonical_email("  "), "");
    EXPECT_EQ(canonical_email(""), "");
}

TEST(Email, TakesOrdinaryAddresses) {
    for (const char* good : {"test@example.com", "a@b", "first.last+tag@sub.example.co.uk",
                             "o'neill@x-y.org", "1@2.3", "_x_@example.com", "me@localhost"}) {
        EXPECT_TRUE(is_email(good)) << good;
    }
}

TEST(Email, RefusesWhatIsNoAddress) {
    for (const char* bad : {"",          "@",
                            "a",         "a@",
                            "@b",        "a@@b",
                            "a@b@c",     ".a@b",
                            "a.@b",      "a..b@c",
                            "a@.b",      "a@b.",
                            "a@b..c",    "a@-b",
                            "a@b-",      "a b@c",
                            "a@b c",     "a@b_c",
                            "a,b@c",     "<a@b>",
                            "\"a b\"@c", "a@[127.0.0.1]",
                            "\u00e4@b",  "a@\u00e4.de",
                            "a@b\n",     "A@b"}) {
        EXPECT_FALSE(is_email(bad)) << bad;
    }
    EXPECT_FALSE(is_email("a\0@b"s));
    EXPECT_FALSE(is_email("a@b\0"s));
}

TEST(Email, TheLengthsAreThoseOfTheRfcs) {
    EXPECT_TRUE(is_email(std::string(kEmailLocalBytesMax, 'a') + "@b"));
    EXPECT_FALSE(is_email(std::string(kEmailLocalBytesMax + 1, 'a') + "@b"));
    EXPECT_TRUE(is_email("a@" + std::string(kDomainLabelBytesMax, 'b')));
    EXPECT_FALSE(is_email("a@" + std::string(kDomainLabelBytesMax + 1, 'b')));
    ASSERT_EQ(address_of(kEmailBytesMax).size(), kEmailBytesMax);
    EXPECT_TRUE(is_email(address_of(kEmailBytesMax)));
    EXPECT_FALSE(is_email(address_of(kEmailBytesMax + 1)));
}

}  // namespace
}  // namespace confab::auth
