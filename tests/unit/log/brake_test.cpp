#include "log/brake.hpp"

#include <gtest/gtest.h>

namespace confab::test {
namespace {

using namespace std::chrono_literals;

TEST(LogBrake, LetsOneThroughInEachInterval) {
    log::Brake brake(60s);
    const SteadyTime start{1h};
    EXPECT_TRUE(brake.lets_through(start));
    EXPECT_FALSE(brake.lets_through(start));
    EXPECT_FALSE(brake.lets_through(start + 59s));
    EXPECT_TRUE(brake.lets_through(start + 60s));
    EXPECT_FALSE(brake.lets_through(start + 61s));
}

}  // namespace
}  // namespace confab::test
