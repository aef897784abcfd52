#include "base/worker_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>
#include <thread>
#include <vector>

#include "support/manual_clock.hpp"

namespace confab {
namespace {

using Turn = WorkerPool::Turn;
using namespace std::chrono_literals;

WorkerPool::Options one_thread(std::size_t queue_max) {
    return {.name = "test", .threads = 1, .queue_max = queue_max, .wait_max = 100ms};
}

// A job that holds its thread until the test lets it go.
class Blocker {
  public:
    // Returns when the job runs, so that the queue behind it is empty.
    explicit Blocker(WorkerPool& pool) {
        EXPECT_TRUE(pool.submit([this](Turn) {
            running_.set_value();
            release_.get_future().wait();
        }));
        running_.get_future().wait();
    }
    void release() { release_.set_value(); }

  private:
    std::promise<void> running_;
    std::promise<void> release_;
};

// The turn that a job was given, to wait for.
struct Outcome {
    std::promise<Turn> promise;
    std::future<Turn> future = promise.get_future();

    WorkerPool::Job job() {
        return [this](Turn turn) { promise.set_value(turn); };
    }
};

TEST(WorkerPool, JobsRunInTheOrderTheyCame) {
    const test::ManualClock clock;
    WorkerPool pool(one_thread(10), clock);
    std::vector<int> order;  // touched by the one thread, read after the last job
    std::promise<void> done;
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(pool.submit([&, i](Turn turn) {
            EXPECT_EQ(turn, Turn::run);
            order.push_back(i);
            if (i == 4) done.set_value();
        }));
    }
    done.get_future().wait();
    EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST(WorkerPool, FullQueueRefusesWithoutTakingTheJob) {
    const test::ManualClock clock;
    WorkerPool pool(one_thread(2), clock);
    Blocker blocker(pool);
    Outcome first;
    Outcome second;
    EXPECT_TRUE(pool.submit(first.job()));
    EXPECT_TRUE(pool.submit(second.job()));
    EXPECT_EQ(pool.waiting(), 2U);
    std::atomic<bool> called = false;
    EXPECT_FALSE(pool.submit([&called](Turn) { called = true; }));
    EXPECT_EQ(pool.waiting(), 2U);
    blocker.release();
    EXPECT_EQ(first.future.get(), Turn::run);
    EXPECT_EQ(second.future.get(), Turn::run);
    pool.stop();
    EXPECT_FALSE(called);
}

TEST(WorkerPool, PlaceIsFreeAgainOnceAJobIsTaken) {
    const test::ManualClock clock;
    WorkerPool pool(one_thread(1), clock);
    Outcome first;
    {
        Blocker blocker(pool);
        EXPECT_TRUE(pool.submit(first.job()));
        EXPECT_FALSE(pool.submit([](Turn) {}));
        blocker.release();
        EXPECT_EQ(first.future.get(), Turn::run);
    }
    Outcome second;
    EXPECT_TRUE(pool.submit(second.job()));
    EXPECT_EQ(second.future.get(), Turn::run);
}

TEST(WorkerPool, JobThatWaitedTooLongIsToldSo) {
    test::ManualClock clock;
    WorkerPool pool(one_thread(10), clock);
    Blocker blocker(pool);
    Outcome early;
    Outcome late;
    ASSERT_TRUE(pool.submit(early.job()));
    clock.advance(1ms);
    ASSERT_TRUE(pool.submit(late.job()));
    clock.advance(100ms);  // 101 ms and 100 ms of waiting; 100 ms are allowed
    blocker.release();
    EXPECT_EQ(early.future.get(), Turn::too_late);
    EXPECT_EQ(late.future.get(), Turn::run);
}

TEST(WorkerPool, WallClockDoesNotMatter) {
    test::ManualClock clock;
    WorkerPool pool(one_thread(10), clock);
    Blocker blocker(pool);
    Outcome outcome;
    ASSERT_TRUE(pool.submit(outcome.job()));
    clock.set_wall(clock.wall_now() + 24h);
    blocker.release();
    EXPECT_EQ(outcome.future.get(), Turn::run);
}

TEST(WorkerPool, StopTellsWaitingJobsAndFinishesTheRunningOne) {
    const test::ManualClock clock;
    WorkerPool pool(one_thread(10), clock);
    Blocker blocker(pool);
    Outcome first;
    Outcome second;
    ASSERT_TRUE(pool.submit(first.job()));
    ASSERT_TRUE(pool.submit(second.job()));
    std::thread stopper([&pool] { pool.stop(); });
    EXPECT_EQ(first.future.get(), Turn::too_late);
    EXPECT_EQ(second.future.get(), Turn::too_late);
    EXPECT_FALSE(pool.submit([](Turn) {})) << "stopping: nothing is taken any more";
    blocker.release();
    stopper.join();
    EXPECT_EQ(pool.waiting(), 0U);
}

TEST(WorkerPool, StopMayBeCalledTwiceAndTheDestructorStops) {
    const test::ManualClock clock;
    std::atomic<int> calls = 0;
    {
        WorkerPool pool(one_thread(10), clock);
        for (int i = 0; i < 10; ++i) {
            if (!pool.submit([&calls](Turn) { ++calls; })) ++calls;
        }
        pool.stop();
        pool.stop();
        EXPECT_FALSE(pool.submit([](Turn) {}));
    }
    EXPECT_EQ(calls, 10);
    {
        WorkerPool pool(one_thread(10), clock);
        EXPECT_TRUE(pool.submit([&calls](Turn) { ++calls; }));
    }
    EXPECT_EQ(calls, 11);
}

TEST(WorkerPool, ThreadsWorkAtTheSameTime) {
    const test::ManualClock clock;
    WorkerPool pool({.name = "two", .threads = 2, .queue_max = 4, .wait_max = 100ms}, clock);
    std::latch both(2);  // passed only when two jobs stand here together
    Outcome first;
    Outcome second;
    for (Outcome* outcome : {&first, &second}) {
        ASSERT_TRUE(pool.submit([&both, outcome](Turn turn) {
            both.arrive_and_wait();
            outcome->promise.set_value(turn);
        }));
    }
    EXPECT_EQ(first.future.get(), Turn::run);
    EXPECT_EQ(second.future.get(), Turn::run);
}

// Every accepted job is called exactly once, whoever submits and whenever the pool stops.
TEST(WorkerPool, EveryAcceptedJobIsCalledExactlyOnce) {
    const test::ManualClock clock;
    for (int round = 0; round < 20; ++round) {
        std::atomic<int> accepted = 0;
        std::atomic<int> called = 0;
        WorkerPool pool({.name = "many", .threads = 3, .queue_max = 8, .wait_max = 100ms}, clock);
        std::vector<std::thread> submitters;
        for (int t = 0; t < 3; ++t) {
            submitters.emplace_back([&] {
                for (int i = 0; i < 200; ++i) {
                    if (pool.submit([&called](Turn) { ++called; })) ++accepted;
                }
            });
        }
        submitters.front().join();
        pool.stop();  // while the others may still be submitting
        for (std::size_t t = 1; t < submitters.size(); ++t)
            submitters[t].join();
        EXPECT_EQ(called, accepted);
    }
}

}  // namespace
}  // namespace confab
