#include "metrics/catalog.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace confab::metrics {
namespace {

TEST(Catalog, EveryIdHasItsRow) {
    for (std::size_t i = 0; i < kSeriesCount; ++i) {
        EXPECT_EQ(static_cast<std::size_t>(kSeries[i].id), i);
    }
}

TEST(Catalog, RowsOfAFamilyStandTogetherWithOneTypeAndOneHelp) {
    std::set<std::string_view> finished;
    std::set<std::string> series;
    for (std::size_t i = 0; i < kSeriesCount; ++i) {
        const auto& row = kSeries[i];
        const bool first = i == 0 || kSeries[i - 1].family != row.family;
        if (first) {
            EXPECT_TRUE(finished.insert(row.family).second) << row.family;
        } else {
            EXPECT_EQ(row.type, kSeries[i - 1].type) << row.family;
            EXPECT_FALSE(row.labels.empty()) << row.family;
        }
        EXPECT_EQ(row.help.empty(), !first) << row.family;
        EXPECT_TRUE(series.insert(std::string(row.family) + std::string(row.labels)).second);
    }
}

TEST(Catalog, CountersEndInTotalAndGaugesDoNot) {
    for (const auto& row : kSeries) {
        EXPECT_TRUE(row.family.starts_with("confab_"));
        EXPECT_EQ(row.family.ends_with("_total"), row.type == Type::counter) << row.family;
    }
}

}  // namespace
}  // namespace confab::metrics
