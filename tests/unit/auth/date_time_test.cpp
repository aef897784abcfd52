#include "auth/date_time.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/limits.hpp"

namespace confab::auth {
namespace {

TEST(Rfc3339, TakesTheExamplesOfSection5_8) {
    EXPECT_TRUE(is_date_time("1985-04-12T23:20:50.52Z"));
    EXPECT_TRUE(is_date_time("1996-12-19T16:39:57-08:00"));
    EXPECT_TRUE(is_date_time("1990-12-31T23:59:60Z"));
    EXPECT_TRUE(is_date_time("1990-12-31T15:59:60-08:00"));
    EXPECT_TRUE(is_date_time("1937-01-01T12:00:27.87+00:20"));
}

TEST(Rfc3339, TakesTheSeedsDate) {
    EXPECT_TRUE(is_date_time("1993-05-15T00:00:00Z"));
}

TEST(Rfc3339, TakesLowerCaseLetters) {
    EXPECT_TRUE(is_date_time("1993-05-15t00:00:00z"));
}

TEST(Rfc3339, KnowsTheCalendar) {
    EXPECT_TRUE(is_date_time("2024-02-29T00:00:00Z"));
    EXPECT_TRUE(is_date_time("2000-02-29T00:00:00Z"));
    EXPECT_FALSE(is_date_time("1900-02-29T00:00:00Z"));
    EXPECT_FALSE(is_date_time("2023-02-29T00:00:00Z"));
    EXPECT_FALSE(is_date_time("2023-04-31T00:00:00Z"));
    EXPECT_FALSE(is_date_time("2023-13-01T00:00:00Z"));
    EXPECT_FALSE(is_date_time("2023-00-01T00:00:00Z"));
    EXPECT_FALSE(is_date_time("2023-01-00T00:00:00Z"));
    EXPECT_FALSE(is_date_time("2023-01-32T00:00:00Z"));
}

TEST(Rfc3339, KnowsTheClock) {
    EXPECT_TRUE(is_date_time("2023-01-01T23:59:59+23:59"));
    EXPECT_FALSE(is_date_time("2023-01-01T24:00:00Z"));
    EXPECT_FALSE(is_date_time("2023-01-01T00:60:00Z"));
    EXPECT_FALSE(is_date_time("2023-01-01T00:00:61Z"));
    EXPECT_FALSE(is_date_time("2023-01-01T00:00:00+24:00"));
    EXPECT_FALSE(is_date_time("2023-01-01T00:00:00+00:60"));
}

TEST(Rfc3339, LeapSecondsStandOnlyAtTheEndOfJuneAndDecemberInUtc) {
    EXPECT_TRUE(is_date_time("2015-06-30T23:59:60Z"));
    EXPECT_TRUE(is_date_time("2015-07-01T01:59:60+02:00"));
    EXPECT_FALSE(is_date_time("2015-06-30T23:59:60+02:00"));
    EXPECT_FALSE(is_date_time("2015-05-31T23:59:60Z"));
    EXPECT_FALSE(is_date_time("2015-06-30T22:59:60Z"));
    EXPECT_FALSE(is_date_time("2015-06-29T23:59:60Z"));
}

TEST(Rfc3339, RefusesWhatIsNotTheGrammar) {
    for (const char* bad :
         {"", "1993-05-15", "1993-05-15T00:00:00", "1993-05-15 00:00:00Z", "1993-05-15T00:00Z",
          "93-05-15T00:00:00Z", "1993-5-15T00:00:00Z", "1993-05-15T00:00:00.Z",
          "1993-05-15T00:00:00,5Z", "1993-05-15T00:00:00+0200", "1993-05-15T00:00:00+02",
          "1993-05-15T00:00:00ZZ", " 1993-05-15T00:00:00Z", "1993-05-15T00:00:00Z ",
          "+1993-05-15T00:00:00Z", "-993-05-15T00:00:00Z", "1993/05/15T00:00:00Z",
          "1993-05-15T00:00:00Zjunk", "1993-05-15T-1:00:00Z"}) {
        EXPECT_FALSE(is_date_time(bad)) << bad;
    }
}

TEST(Rfc3339, TheFractionIsBounded) {
    const std::string front = "1993-05-15T00:00:00.";
    EXPECT_TRUE(is_date_time(front + std::string(kDateTimeBytesMax - front.size() - 1, '1') + "Z"));
    EXPECT_FALSE(is_date_time(front + std::string(kDateTimeBytesMax - front.size(), '1') + "Z"));
}

}  // namespace
}  // namespace confab::auth
