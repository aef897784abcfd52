#include "base/list.hpp"

#include <gtest/gtest.h>

namespace confab {
namespace {

using Parts = std::vector<std::string_view>;

TEST(List, PartsAreCutAtCommasAndLoseTheirSpaces) {
    EXPECT_EQ(split_list("a"), Parts({"a"}));
    EXPECT_EQ(split_list("a,b"), Parts({"a", "b"}));
    EXPECT_EQ(split_list("  a ,  b c  "), Parts({"a", "b c"}));
}

TEST(List, NothingHasNoParts) {
    EXPECT_EQ(split_list(""), Parts());
    EXPECT_EQ(split_list("   "), Parts());
}

TEST(List, CommaTooManyGivesAnEmptyPart) {
    EXPECT_EQ(split_list("a,"), Parts({"a", ""}));
    EXPECT_EQ(split_list(","), Parts({"", ""}));
    EXPECT_EQ(split_list("a,,b"), Parts({"a", "", "b"}));
}

}  // namespace
}  // namespace confab
