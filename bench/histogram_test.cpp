#include "bench/histogram.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace confab::bench {
namespace {

TEST(Histogram, QuantilesAreWithinOneSixtyFourthOfTheTruth) {
    Histogram histogram;
    for (std::uint64_t value = 1; value <= 100000; ++value)
        histogram.add(value * 10);
    EXPECT_EQ(histogram.total(), 100000U);
    EXPECT_NEAR(static_cast<double>(histogram.quantile(0.5)), 500000, 500000.0 / 64);
    EXPECT_NEAR(static_cast<double>(histogram.quantile(0.99)), 990000, 990000.0 / 64);
}

TEST(Histogram, SmallTimesAreExact) {
    Histogram histogram;
    for (const std::uint64_t value : {3U, 5U, 63U})
        histogram.add(value);
    EXPECT_EQ(histogram.quantile(0.0), 3U);
    EXPECT_EQ(histogram.quantile(0.5), 5U);
    EXPECT_EQ(histogram.quantile(1.0), 63U);
}

TEST(Histogram, HoldsTheLargestTime) {
    Histogram histogram;
    histogram.add(std::numeric_limits<std::uint64_t>::max());
    EXPECT_GE(histogram.quantile(1.0), std::uint64_t{127} << 57);
}

TEST(Histogram, IsZeroWhenEmpty) {
    EXPECT_EQ(Histogram{}.quantile(0.99), 0U);
}

}  // namespace
}  // namespace confab::bench
