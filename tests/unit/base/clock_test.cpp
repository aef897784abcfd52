#include "base/clock.hpp"

#include <gtest/gtest.h>

#include "support/manual_clock.hpp"

namespace confab {
namespace {

using namespace std::chrono_literals;

TEST(Clock, UnixSecondsRoundDownAlsoBeforeTheEpoch) {
    EXPECT_EQ(unix_seconds(from_unix_seconds(0)), 0);
    EXPECT_EQ(unix_seconds(from_unix_seconds(5) + 999ms), 5);
    EXPECT_EQ(unix_seconds(from_unix_seconds(-1)), -1);
    EXPECT_EQ(unix_seconds(from_unix_seconds(0) - 1ms), -1);
}

TEST(Clock, SystemClockSteadyTimeNeverGoesBack) {
    const SystemClock clock;
    SteadyTime last = clock.steady_now();
    for (int i = 0; i < 1000; ++i) {
        const SteadyTime now = clock.steady_now();
        ASSERT_LE(last, now);
        last = now;
    }
    EXPECT_GT(unix_seconds(clock.wall_now()), 1'700'000'000);
}

TEST(ManualClock, StandsStillUntilMoved) {
    test::ManualClock clock(from_unix_seconds(100));
    const SteadyTime start = clock.steady_now();
    EXPECT_EQ(clock.steady_now(), start);
    EXPECT_EQ(unix_seconds(clock.wall_now()), 100);
    clock.advance(2500ms);
    EXPECT_EQ(clock.steady_now() - start, 2500ms);
    EXPECT_EQ(unix_seconds(clock.wall_now()), 102);
    clock.set_wall(from_unix_seconds(50));
    EXPECT_EQ(unix_seconds(clock.wall_now()), 50);
    EXPECT_EQ(clock.steady_now() - start, 2500ms);
    clock.set_steady(start);
    EXPECT_EQ(clock.steady_now(), start);
}

}  // namespace
}  // namespace confab
