#include "base/rate_bucket.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace confab {
namespace {

using namespace std::chrono_literals;

constexpr SteadyTime kStart{std::chrono::hours(1000)};

// How many of `tries` at one moment are let through.
int taken(RateBucket& bucket, SteadyTime now, const Rate& rate, int tries) {
    int count = 0;
    for (int i = 0; i < tries; ++i)
        count += bucket.take(now, rate) ? 1 : 0;
    return count;
}

TEST(RateBucket, StartsWithAWholeBurst) {
    RateBucket bucket;
    EXPECT_TRUE(bucket.is_full(kStart));
    EXPECT_EQ(taken(bucket, kStart, Rate(10, 5), 100), 5);
    EXPECT_FALSE(bucket.is_full(kStart));
}

TEST(RateBucket, RefillsAtItsRateAndNoFurtherThanTheBurst) {
    RateBucket bucket;
    const Rate rate(10, 5);
    EXPECT_EQ(taken(bucket, kStart, rate, 100), 5);
    EXPECT_EQ(taken(bucket, kStart + 99ms, rate, 100), 0);
    EXPECT_EQ(taken(bucket, kStart + 100ms, rate, 100), 1);
    EXPECT_EQ(taken(bucket, kStart + 350ms, rate, 100), 2);
    EXPECT_EQ(taken(bucket, kStart + 1h, rate, 100), 5);
}

TEST(RateBucket, LongRunIsBurstPlusRate) {
    RateBucket bucket;
    const Rate rate(3, 7);
    int count = 0;
    for (auto now = kStart; now < kStart + 100s; now += 1ms)
        count += bucket.take(now, rate) ? 1 : 0;
    EXPECT_GE(count, 7 + 299);
    EXPECT_LE(count, 7 + 300);
}

TEST(RateBucket, AskingInVainCostsNothing) {
    RateBucket bucket;
    const Rate rate(10, 1);
    EXPECT_TRUE(bucket.take(kStart, rate));
    for (auto now = kStart; now < kStart + 100ms; now += 1ms)
        EXPECT_FALSE(bucket.take(now, rate));
    EXPECT_TRUE(bucket.take(kStart + 100ms, rate));
}

TEST(RateBucket, RetryAfterIsTheShortestWaitThatHelps) {
    RateBucket bucket;
    const Rate rate(10, 3);
    EXPECT_EQ(bucket.retry_after(kStart, rate), 0ns);
    EXPECT_EQ(taken(bucket, kStart, rate, 100), 3);
    EXPECT_EQ(bucket.retry_after(kStart, rate), 100ms);
    EXPECT_EQ(bucket.retry_after(kStart + 60ms, rate), 40ms);
    EXPECT_FALSE(bucket.take(kStart + 100ms - 1ns, rate));
    EXPECT_TRUE(bucket.take(kStart + 100ms, rate));
}

TEST(RateBucket, UnlimitedNeverRefusesAndLeavesNoTrace) {
    RateBucket bucket;
    EXPECT_EQ(taken(bucket, kStart, Rate::unlimited, 100'000), 100'000);
    EXPECT_EQ(bucket.retry_after(kStart, Rate::unlimited), 0ns);
    EXPECT_TRUE(bucket.is_full(kStart));
    EXPECT_TRUE(Rate::unlimited.is_unlimited());
    EXPECT_FALSE(Rate(1'000'000, 1).is_unlimited());
}

TEST(RateBucket, FasterRateHoldsAtOnce) {
    RateBucket bucket;
    EXPECT_EQ(taken(bucket, kStart, Rate(1, 50), 100), 50);  // 50 s of debt
    const Rate faster(100, 50);
    EXPECT_FALSE(bucket.take(kStart, faster));
    EXPECT_EQ(bucket.retry_after(kStart, faster), 10ms);
    EXPECT_EQ(taken(bucket, kStart + 100ms, faster, 100), 10);
}

TEST(RateBucket, SlowerRateHoldsAtOnce) {
    RateBucket bucket;
    EXPECT_EQ(taken(bucket, kStart, Rate(100, 10), 5), 5);
    EXPECT_LE(taken(bucket, kStart, Rate(1, 10), 100), 9);
    EXPECT_FALSE(bucket.take(kStart, Rate(1, 10)));
}

// Two loops read their clocks at slightly different times.
TEST(RateBucket, ClockThatIsBehindIsOnlyStricter) {
    RateBucket bucket;
    const Rate rate(10, 5);
    EXPECT_EQ(taken(bucket, kStart, rate, 4), 4);
    EXPECT_EQ(taken(bucket, kStart - 50ms, rate, 100), 0);
    EXPECT_EQ(taken(bucket, kStart, rate, 100), 1);
}

TEST(RateBucket, ExtremeRatesDoNotOverflow) {
    for (const Rate& rate : {Rate(1e300, UINT32_MAX), Rate(0, UINT32_MAX), Rate(-1, UINT32_MAX)}) {
        RateBucket bucket;
        EXPECT_GT(rate.interval(), 0);
        EXPECT_GE(rate.window(), rate.interval());
        EXPECT_EQ(taken(bucket, kStart, rate, 10), 10);
    }
    RateBucket bucket;
    EXPECT_EQ(taken(bucket, kStart, Rate(1, 0), 10), 1);  // no burst is a burst of one
}

TEST(RateBucket, ThreadsTogetherGetOneBurst) {
    constexpr int kThreads = 4;
    RateBucket bucket;
    const Rate rate(1, 1000);
    std::atomic<int> total{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
        threads.emplace_back([&] { total += taken(bucket, kStart, rate, 1000); });
    }
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(total, 1000);
}

TEST(RateBucket, WhatIsOnlyChargedIsOwedUpToOneBurstMore) {
    const Rate rate(10, 5);
    RateBucket bucket;
    SteadyTime now{1h};
    for (int i = 0; i < 5; ++i) {
        EXPECT_FALSE(bucket.is_spent(now, rate)) << i;
        bucket.charge(now, rate);
    }
    EXPECT_TRUE(bucket.is_spent(now, rate));
    for (int i = 0; i < 1000; ++i)
        bucket.charge(now, rate);
    EXPECT_TRUE(bucket.is_spent(now + 500ms, rate)) << "a whole burst is owed";
    EXPECT_FALSE(bucket.is_spent(now + 600ms, rate)) << "and no more than that";
    EXPECT_FALSE(bucket.is_spent(now, Rate::unlimited));
}

}  // namespace
}  // namespace confab
