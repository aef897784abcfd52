#include "net/origin_policy.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace confab::net {
namespace {

bool allows(const OriginPolicy& policy, std::string_view origin,
            std::string_view host = "app.example.com") {
    const std::array<std::string_view, 1> origins = {origin};
    return policy.allows(origins, host);
}

// Of pages that try to look like https://app.example.com.
constexpr std::array kAttacks = {
    "https://evil.com",
    "https://app.example.com.evil.com",
    "https://evil.com/app.example.com",
    "https://evilapp.example.com",
    "https://app.example.com@evil.com",
    "https://app.example.comevil.com",
    "https://example.com",
    "https://sub.app.example.com",
    "null",
    "https://app.example.com:8443",
    "https://app.example.com:80",
    "https://app.example.com.",
    "https://APP.example.com",
    "HTTPS://app.example.com",
    "https://app.example.com/",
    "https://app.example.com https://evil.com",
    "https://evil.com, https://app.example.com",
    "https://app.example.com:443",
    "https://app.example.com:0443",
    "//app.example.com",
    "app.example.com",
    "https:/app.example.com",
    "ftp://app.example.com",
    "",
    "*",
};

TEST(OriginPolicy, NoOriginIsNoBrowser) {
    EXPECT_TRUE(OriginPolicy().allows({}, "app.example.com"));
    EXPECT_TRUE(OriginPolicy({"https://app.example.com"}).allows({}, "app.example.com"));
}

TEST(OriginPolicy, ListedOriginAloneIsAllowed) {
    const OriginPolicy policy({"https://app.example.com", "http://localhost:3000"});
    EXPECT_TRUE(allows(policy, "https://app.example.com"));
    EXPECT_TRUE(allows(policy, "http://localhost:3000", "elsewhere"));
    EXPECT_FALSE(allows(policy, "http://app.example.com"));
    EXPECT_FALSE(allows(policy, "http://localhost"));
    for (const char* origin : kAttacks)
        EXPECT_FALSE(allows(policy, origin)) << origin;
}

TEST(OriginPolicy, ListReplacesTheOwnHost) {
    EXPECT_FALSE(allows(OriginPolicy({"https://other.example"}), "https://app.example.com"));
}

TEST(OriginPolicy, OwnHostIsAllowedByDefaultAndNothingThatLooksLikeIt) {
    const OriginPolicy policy;
    EXPECT_TRUE(allows(policy, "https://app.example.com"));
    EXPECT_TRUE(allows(policy, "http://app.example.com"));  // TLS may end at a proxy, or not be
    for (const char* origin : kAttacks)
        EXPECT_FALSE(allows(policy, origin)) << origin;
}

TEST(OriginPolicy, PortOfTheOwnHostCounts) {
    const OriginPolicy policy;
    EXPECT_TRUE(allows(policy, "http://localhost:8080", "localhost:8080"));
    EXPECT_TRUE(allows(policy, "https://localhost:8080", "localhost:8080"));
    EXPECT_TRUE(allows(policy, "http://[::1]:8080", "[::1]:8080"));
    EXPECT_TRUE(allows(policy, "http://[::1]", "[::1]"));
    EXPECT_TRUE(allows(policy, "https://a.example", "a.example:443"));
    EXPECT_TRUE(allows(policy, "http://a.example", "a.example:80"));
    EXPECT_TRUE(allows(policy, "http://a.example", "a.example:"));
    EXPECT_TRUE(allows(policy, "http://a.example", "A.Example"));
    for (const auto& [origin, host] : {std::pair("http://localhost:8081", "localhost:8080"),
                                       {"http://localhost", "localhost:8080"},
                                       {"http://localhost:8080", "localhost"},
                                       {"http://a.example", "a.example:443"},
                                       {"https://a.example", "a.example:80"},
                                       {"http://[::1]:1", "[::2]:1"},
                                       {"http://a.example", ""},
                                       {"http://a.example", ":80"},
                                       {"http://a.example", "a.example:x"},
                                       {"http://a.example", "a.example:65616"},
                                       {"http://a.example", "a.example:80:80"}}) {
        EXPECT_FALSE(allows(policy, origin, host)) << origin << ' ' << host;
    }
}

TEST(OriginPolicy, OwnHostIsAHostOfPages) {
    EXPECT_FALSE(allows(OriginPolicy(), "app://app.example.com"));
    EXPECT_TRUE(allows(OriginPolicy({"app://app.example.com"}), "app://app.example.com"));
}

TEST(OriginPolicy, TwoFieldsAreRefusedEvenIfEachWereAllowed) {
    const std::array<std::string_view, 2> twice = {"https://app.example.com",
                                                   "https://app.example.com"};
    EXPECT_FALSE(OriginPolicy().allows(twice, "app.example.com"));
    EXPECT_FALSE(OriginPolicy({"https://app.example.com"}).allows(twice, "app.example.com"));
    EXPECT_FALSE(OriginPolicy({"*"}).allows(twice, "app.example.com"));
}

TEST(OriginPolicy, NullIsAllowedWhereItIsListed) {
    EXPECT_TRUE(allows(OriginPolicy({"null"}), "null"));
    EXPECT_FALSE(allows(OriginPolicy({"null"}), "NULL"));
    EXPECT_FALSE(allows(OriginPolicy({"null"}), "https://app.example.com"));
}

TEST(OriginPolicy, StarIsEverybody) {
    const OriginPolicy policy({"*"});
    EXPECT_TRUE(allows(policy, "https://evil.com"));
    EXPECT_TRUE(allows(policy, "null"));
}

}  // namespace
}  // namespace confab::net
