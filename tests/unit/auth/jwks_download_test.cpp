#include "auth/jwks_download.hpp"

#include <gtest/gtest.h>

#include "base/limits.hpp"

namespace confab::auth {
namespace {

using namespace std::chrono_literals;

TEST(CacheControl, MaxAgeIsFound) {
    EXPECT_EQ(parse_max_age("max-age=600"), 600s);
    EXPECT_EQ(parse_max_age(" public, Max-Age=\"60\" , must-revalidate\r\n"), 60s);
    EXPECT_EQ(parse_max_age("max-age=0"), 0s);
    EXPECT_EQ(parse_max_age("max-age=99999999999999999999"), kJwksMaxAgeMax);
}

TEST(CacheControl, NotToBeStoredMeansNow) {
    EXPECT_EQ(parse_max_age("max-age=600, no-cache"), 0s);
    EXPECT_EQ(parse_max_age("No-Store"), 0s);
}

TEST(CacheControl, WhatIsNotUnderstoodSaysNothing) {
    for (const char* text : {"", ",,,", "public", "max-age", "max-age=", "max-age=-1", "max-age=1x",
                             "max-age=\"", "s-maxage=7", "x-max-age=7"}) {
        EXPECT_FALSE(parse_max_age(text)) << text;
    }
}

}  // namespace
}  // namespace confab::auth
