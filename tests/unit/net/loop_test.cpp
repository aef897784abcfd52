#include "net/loop.hpp"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <future>
#include <thread>
#include <vector>

#include "support/manual_clock.hpp"

namespace confab::test {
namespace {

using namespace std::chrono_literals;

class LoopTest : public ::testing::Test {
  protected:
    ManualClock clock_;
    metrics::Shard metrics_;
    net::Loop loop_{3, clock_, metrics_};
};

struct Flushed final : net::TurnEnd {
    void on_turn_end() override { ++times; }
    int times = 0;
};

TEST_F(LoopTest, TasksFromOutsideRunOnTheLoopInOrder) {
    std::vector<int> order;
    std::thread::id where;
    std::thread runner([&] { loop_.run(); });
    std::promise<void> done;
    for (int i = 0; i < 100; ++i)
        loop_.post([&, i] { order.push_back(i); });
    loop_.post([&] {
        where = std::this_thread::get_id();
        done.set_value();
    });
    done.get_future().wait();
    EXPECT_EQ(where, runner.get_id());
    loop_.stop();
    runner.join();
    ASSERT_EQ(order.size(), 100U);
    EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
    EXPECT_EQ(metrics_.get(metrics::Id::mailbox_tasks), 0);
}

TEST_F(LoopTest, WhatIsDirtyIsFlushedOnceBehindTheHandlersThatAreReady) {
    Flushed object;
    int marked = 0;
    for (int i = 0; i < 5; ++i) {
        boost::asio::post(loop_.context(), [&] {
            ++marked;
            loop_.mark_dirty(object);
            EXPECT_EQ(object.times, 0);
        });
    }
    loop_.context().poll();
    EXPECT_EQ(marked, 5);
    EXPECT_EQ(object.times, 1);
}

TEST_F(LoopTest, AnObjectThatEndsWhileDirtyIsNotCalled) {
    {
        Flushed object;
        loop_.mark_dirty(object);
    }
    loop_.context().poll();
}

TEST_F(LoopTest, EveryRunsAgainAndAgain) {
    int runs = 0;
    loop_.every(1s, [&] { ++runs; });
    for (int i = 0; i < 10; ++i) {
        clock_.advance(1200ms);
        loop_.timers().advance(clock_.steady_now());
    }
    EXPECT_EQ(runs, 10);
}

TEST_F(LoopTest, TasksThatAreLeftCanBeDroppedBeforeTheLoopEnds) {
    const auto alive = std::make_shared<int>();
    loop_.post([alive, this] { loop_.post([alive] {}); });
    loop_.post([alive] {});
    loop_.drop_tasks();
    EXPECT_EQ(alive.use_count(), 1);
}

TEST_F(LoopTest, TasksThatAreLeftAreDestroyedNotRun) {
    const auto alive = std::make_shared<int>();
    bool ran = false;
    {
        net::Loop other(0, clock_, metrics_);
        other.post([&ran, alive] { ran = true; });
    }
    EXPECT_FALSE(ran);
    EXPECT_EQ(alive.use_count(), 1);
}

}  // namespace
}  // namespace confab::test
