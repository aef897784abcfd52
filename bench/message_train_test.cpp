#include "bench/message_train.hpp"

#include <gtest/gtest.h>

#include "bench/pacer.hpp"

namespace confab::bench {
namespace {

using namespace std::chrono_literals;

TEST(MessageTrain, GoesOnWhereTheLastSendStopped) {
    const MessageTrain train("abcdef", 3);
    std::string sent;
    std::size_t unsent = 5 * 6;  // more than the train holds
    for (const std::size_t put : {4U, 1U, 7U, 13U, 5U}) {
        const std::string_view next = train.next(unsent);
        ASSERT_GE(next.size(), put);
        sent += next.substr(0, put);
        unsent -= put;
    }
    EXPECT_EQ(unsent, 0U);
    EXPECT_EQ(sent, "abcdefabcdefabcdefabcdefabcdef");
}

TEST(SentTimes, KeepsItsNumbersWhenTheOldestAreForgotten) {
    SentTimes times;
    const SteadyTime start{};
    for (int i = 0; i < 10; ++i)
        times.add(start + i * 1s);
    times.forget_before(4);
    EXPECT_FALSE(times.has(3));
    EXPECT_TRUE(times.has(9));
    EXPECT_FALSE(times.has(10));
    EXPECT_EQ(times.at(4), start + 4s);
    EXPECT_EQ(times.at(9), start + 9s);
}

TEST(Pacer, IsDueAtASteadyRateAndNeverDrifts) {
    const SteadyTime start{};
    Pacer pacer(start, 1000);
    EXPECT_TRUE(pacer.take(start));
    EXPECT_FALSE(pacer.take(start + 999us));
    EXPECT_TRUE(pacer.take(start + 1ms));
    int taken = 0;
    while (pacer.take(start + 1s))
        ++taken;
    EXPECT_EQ(taken, 999);
    EXPECT_EQ(pacer.next_due(), start + 1001ms);
    EXPECT_EQ(pacer.due(3'600'000), start + 1h);
}

}  // namespace
}  // namespace confab::bench
