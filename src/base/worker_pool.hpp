// WorkerPool: a few threads that are allowed to block, behind a bounded queue.
// Thread: submit() from any thread; the jobs run on the pool's own threads.
// Owns:   its threads and the jobs that wait; both are gone when the destructor returns.
// Limits: queue_max jobs wait, each at most wait_max; submit() refuses beyond, never blocks.
// Invariant: every accepted job is called exactly once, either to run or to be told that it waited
//            too long (Turn::too_late); jobs still waiting at stop are told Turn::too_late.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.hpp"

namespace confab {

class WorkerPool {
  public:
    enum class Turn { run, too_late };
    // Must not throw.
    using Job = std::function<void(Turn)>;

    struct Options {
        std::string name;  // at most 15 characters: shown by the system as the thread's name
        std::size_t threads = 1;
        std::size_t queue_max = 1;
        std::chrono::milliseconds wait_max{0};
    };

    WorkerPool(Options options, const Clock& clock);
    ~WorkerPool();
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    // False: the queue is full (or the pool has stopped) and the job was not taken.
    [[nodiscard]] bool submit(Job job);

    // Lets running jobs finish, tells the waiting ones that it is too late. May be called twice.
    void stop();

    [[nodiscard]] std::size_t waiting() const;

  private:
    struct Waiting {
        Job job;
        SteadyTime since;
    };
    void work();

    const Options options_;
    const Clock& clock_;
    mutable std::mutex mutex_;  // guards queue_ and stopping_
    std::condition_variable ready_;
    std::deque<Waiting> queue_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace confab
