#include "net/mailbox.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace confab::test {
namespace {

using net::Mailbox;

TEST(Mailbox, FirstInFirstOut) {
    Mailbox mailbox;
    std::vector<int> order;
    for (int i = 0; i < 5; ++i)
        (void)mailbox.put([&order, i] { order.push_back(i); });
    EXPECT_EQ(mailbox.waiting(), 5U);
    EXPECT_EQ(mailbox.run_all(), 5U);
    EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
    EXPECT_EQ(mailbox.waiting(), 0U);
}

TEST(Mailbox, OnlyTheFirstTaskHasToWakeTheOwner) {
    Mailbox mailbox;
    EXPECT_EQ(mailbox.put([] {}), Mailbox::Put::queued_wake_owner);
    EXPECT_EQ(mailbox.put([] {}), Mailbox::Put::queued);
    mailbox.run_all();
    EXPECT_EQ(mailbox.put([] {}), Mailbox::Put::queued_wake_owner);
}

TEST(Mailbox, WhatIsPutWhileRunningWaitsForTheNextRun) {
    Mailbox mailbox;
    int runs = 0;
    (void)mailbox.put([&] {
        ++runs;
        EXPECT_EQ(mailbox.put([&] { ++runs; }), Mailbox::Put::queued_wake_owner);
    });
    EXPECT_EQ(mailbox.run_all(), 1U);
    EXPECT_EQ(runs, 1);
    EXPECT_EQ(mailbox.run_all(), 1U);
    EXPECT_EQ(runs, 2);
}

TEST(Mailbox, TryPutRefusesAtTheLimitAndPutDoesNot) {
    Mailbox mailbox;
    for (std::size_t i = 0; i < kMailboxTasksMax; ++i) {
        ASSERT_NE(mailbox.try_put([] {}), Mailbox::Put::full);
    }
    EXPECT_EQ(mailbox.try_put([] {}), Mailbox::Put::full);
    EXPECT_EQ(mailbox.put([] {}), Mailbox::Put::queued);
    EXPECT_EQ(mailbox.run_all(), kMailboxTasksMax + 1);
    EXPECT_EQ(mailbox.try_put([] {}), Mailbox::Put::queued_wake_owner);
}

TEST(Mailbox, TasksThatNeverRanAreDestroyed) {
    const auto alive = std::make_shared<int>(0);
    {
        Mailbox mailbox;
        (void)mailbox.put([alive] {});
        (void)mailbox.put([alive] {});
        EXPECT_EQ(alive.use_count(), 3);
    }
    EXPECT_EQ(alive.use_count(), 1);
}

TEST(Mailbox, ManyProducersLoseNothingAndKeepTheirOrder) {
    constexpr int kProducers = 4;
    constexpr int kTasks = 20000;
    Mailbox mailbox;
    std::vector<int> last(kProducers, -1);  // touched by the owner only
    std::atomic<int> wakes{0};
    std::vector<std::thread> producers;
    for (int producer = 0; producer < kProducers; ++producer) {
        producers.emplace_back([&, producer] {
            for (int i = 0; i < kTasks; ++i) {
                const auto put = mailbox.put([&last, producer, i] {
                    EXPECT_EQ(last[static_cast<std::size_t>(producer)], i - 1);
                    last[static_cast<std::size_t>(producer)] = i;
                });
                if (put == Mailbox::Put::queued_wake_owner) wakes.fetch_add(1);
            }
        });
    }
    std::size_t ran = 0;
    while (ran < kProducers * kTasks) {
        if (wakes.exchange(0) > 0) {
            ran += mailbox.run_all();
        } else {
            std::this_thread::yield();
        }
    }
    for (auto& producer : producers)
        producer.join();
    for (const int end : last)
        EXPECT_EQ(end, kTasks - 1);
}

}  // namespace
}  // namespace confab::test
