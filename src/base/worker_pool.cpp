#include "base/worker_pool.hpp"

#include <pthread.h>

#include <utility>

namespace confab {

WorkerPool::WorkerPool(Options options, const Clock& clock)
    : options_(std::move(options)), clock_(clock) {
    threads_.reserve(options_.threads);
    for (std::size_t i = 0; i < options_.threads; ++i) {
        threads_.emplace_back([this] {
            pthread_setname_np(pthread_self(), options_.name.substr(0, 15).c_str());
            work();
        });
    }
}

WorkerPool::~WorkerPool() {
    stop();
}

bool WorkerPool::submit(Job job) {
    {
        const std::lock_guard lock(mutex_);
        if (stopping_ || queue_.size() >= options_.queue_max) return false;
        queue_.push_back({std::move(job), clock_.steady_now()});
    }
    ready_.notify_one();
    return true;
}

void WorkerPool::stop() {
    std::deque<Waiting> left;
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        left.swap(queue_);
    }
    ready_.notify_all();
    for (auto& waiting : left) {
        waiting.job(Turn::too_late);
    }
    for (auto& thread : threads_) {
        if (thread.joinable()) thread.join();
    }
}

std::size_t WorkerPool::waiting() const {
    const std::lock_guard lock(mutex_);
    return queue_.size();
}

void WorkerPool::work() {
    while (true) {
        Waiting next;
        {
            std::unique_lock lock(mutex_);
            ready_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
            if (queue_.empty()) return;
            next = std::move(queue_.front());
            queue_.pop_front();
        }
        const bool late = clock_.steady_now() - next.since > options_.wait_max;
        next.job(late ? Turn::too_late : Turn::run);
    }
}

}  // namespace confab
