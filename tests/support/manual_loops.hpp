// ManualLoops: the mailboxes of loops that run when the test says so, on the test's thread.
// Thread: post() from any; run() on the test's.
// Owns:   the tasks that wait.
// Limits: run_until() waits at most kPatience for a task.
// Invariant: tasks of one loop run in the order in which they came.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>

#include "chat/loop_post.hpp"

namespace confab::test {

class ManualLoops final : public chat::LoopPost {
  public:
    static constexpr auto kPatience = std::chrono::seconds(60);

    bool try_post(LoopIndex to, std::function<void()> task) override {
        post(to, std::move(task));
        return true;
    }
    void post(LoopIndex, std::function<void()> task) override {
        const std::lock_guard lock(mutex_);
        tasks_.push_back(std::move(task));
        came_.notify_one();
    }
    bool is_busy() const override { return false; }

    // Runs tasks, those to come as well, until `done` says true.
    void run_until(const std::function<bool()>& done) {
        while (!done()) {
            std::unique_lock lock(mutex_);
            if (!came_.wait_for(lock, kPatience, [this] { return !tasks_.empty(); })) {
                FAIL() << "nothing more happens";
            }
            const auto task = std::move(tasks_.front());
            tasks_.pop_front();
            lock.unlock();
            task();
        }
    }

  private:
    std::mutex mutex_;  // guards tasks_
    std::condition_variable came_;
    std::deque<std::function<void()>> tasks_;
};

}  // namespace confab::test
