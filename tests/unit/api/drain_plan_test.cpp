#include "api/drain_plan.hpp"

#include <gtest/gtest.h>

#include <map>

namespace confab::api {
namespace {

using std::chrono::milliseconds;

TEST(DrainPlan, WithoutARateAllComeWithinTheLeastSpread) {
    DrainPlan plan;
    for (int i = 0; i < 1000; ++i) {
        const auto window = plan.next(Rate::unlimited);
        EXPECT_EQ(window.first, milliseconds(0));
        EXPECT_EQ(window.last, kDrainSpreadMin);
    }
}

TEST(DrainPlan, AtMostTheRateComesBackInAnyWindow) {
    DrainPlan plan;
    const Rate rate(500, 1000);
    std::map<milliseconds, int> clients;
    milliseconds last{0};
    for (int i = 0; i < 5000; ++i) {
        const auto window = plan.next(rate);
        EXPECT_GE(window.last - window.first, kDrainSpreadMin);
        ++clients[window.first];
        last = std::max(last, window.last);
    }
    for (const auto& [first, count] : clients)
        EXPECT_LE(count, 500 * kDrainSpreadMin / milliseconds(1000)) << first.count();
    EXPECT_EQ(last, milliseconds(10'000)) << "5,000 at 500 in a second";
}

TEST(DrainPlan, ALowRateMakesLongWindows) {
    DrainPlan plan;
    const Rate rate(0.1, 1);
    EXPECT_EQ(plan.next(rate).last, milliseconds(10'000));
    const auto second = plan.next(rate);
    EXPECT_EQ(second.first, milliseconds(10'000));
    EXPECT_EQ(second.last, milliseconds(20'000));
}

}  // namespace
}  // namespace confab::api
