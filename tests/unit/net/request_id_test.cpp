#include "net/request_id.hpp"

#include <gtest/gtest.h>

#include <set>

namespace confab::test {
namespace {

TEST(RequestId, NeverRepeatsAndFitsIntoAHeader) {
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) {
        const std::string id = net::next_request_id(7);
        EXPECT_TRUE(seen.insert(id).second);
        EXPECT_LT(id.size(), 40U);
        EXPECT_EQ(id.find_first_not_of(
                      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
                  std::string::npos);
    }
}

}  // namespace
}  // namespace confab::test
