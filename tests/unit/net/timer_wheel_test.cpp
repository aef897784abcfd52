#include "net/timer_wheel.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <random>
#include <vector>

namespace confab::test {
namespace {

using net::TimerWheel;

struct Probe final : TimerWheel::Timer {
    void on_timer() override {
        ++fired;
        if (then) then();
    }
    int fired = 0;
    std::function<void()> then;
};

class TimerWheelTest : public ::testing::Test {
  protected:
    void advance(std::chrono::milliseconds by) { wheel_.advance(now_ += by); }

    const SteadyTime start_{std::chrono::hours(1000)};
    SteadyTime now_ = start_;
    TimerWheel wheel_{start_};
};

TEST_F(TimerWheelTest, NeverFiresEarlyAndAtMostTwoTicksLate) {
    for (const int ms : {0, 1, 99, 100, 101, 5000, 25000, 60000, 3'600'000}) {
        Probe probe;
        const SteadyTime due = now_ + std::chrono::milliseconds(ms);
        wheel_.schedule(probe, due);
        while (probe.fired == 0) {
            advance(std::chrono::milliseconds(10));
            if (probe.fired == 0) {
                ASSERT_LE(now_, due + 2 * kTimerTick);
            }
        }
        EXPECT_GE(now_, due) << ms;
        EXPECT_EQ(probe.fired, 1);
        EXPECT_FALSE(probe.scheduled());
    }
}

TEST_F(TimerWheelTest, SchedulingAgainMovesTheTimer) {
    Probe probe;
    wheel_.schedule(probe, now_ + std::chrono::seconds(1));
    wheel_.schedule(probe, now_ + std::chrono::seconds(5));
    advance(std::chrono::seconds(4));
    EXPECT_EQ(probe.fired, 0);
    wheel_.schedule_sooner(probe, now_ + std::chrono::seconds(60));
    advance(std::chrono::milliseconds(1300));
    EXPECT_EQ(probe.fired, 1);
}

TEST_F(TimerWheelTest, ACancelledOrDestroyedTimerDoesNotFire) {
    Probe cancelled;
    auto destroyed = std::make_unique<Probe>();
    wheel_.schedule(cancelled, now_);
    wheel_.schedule(*destroyed, now_);
    TimerWheel::cancel(cancelled);
    destroyed.reset();
    advance(std::chrono::seconds(1));
    EXPECT_EQ(cancelled.fired, 0);
}

TEST_F(TimerWheelTest, ATimerMayCancelAnotherThatIsDueInTheSameTick) {
    Probe first;
    Probe second;
    first.then = [&] { TimerWheel::cancel(second); };
    wheel_.schedule(first, now_);
    wheel_.schedule(second, now_);
    advance(std::chrono::seconds(1));
    EXPECT_EQ(first.fired, 1);
    EXPECT_EQ(second.fired, 0);
}

TEST_F(TimerWheelTest, ATimerMayScheduleItselfAgain) {
    Probe probe;
    probe.then = [&] { wheel_.schedule(probe, now_); };
    wheel_.schedule(probe, now_);
    for (int i = 0; i < 10; ++i)
        advance(kTimerTick);
    EXPECT_EQ(probe.fired, 10);
}

TEST_F(TimerWheelTest, AfterALongPauseEverythingDueFiresOnce) {
    std::vector<Probe> probes(500);
    std::mt19937 random(7);
    for (auto& probe : probes) {
        wheel_.schedule(probe, now_ + std::chrono::milliseconds(random() % 3'000'000));
    }
    Probe later;
    wheel_.schedule(later, now_ + std::chrono::hours(30));
    advance(std::chrono::hours(24));
    for (const auto& probe : probes)
        EXPECT_EQ(probe.fired, 1);
    EXPECT_EQ(later.fired, 0);
    advance(std::chrono::hours(7));
    EXPECT_EQ(later.fired, 1);
}

TEST_F(TimerWheelTest, AClockThatDoesNotMoveFiresNothing) {
    Probe probe;
    wheel_.schedule(probe, now_);
    wheel_.advance(start_);
    wheel_.advance(start_ - std::chrono::seconds(5));
    EXPECT_EQ(probe.fired, 0);
}

}  // namespace
}  // namespace confab::test
