#include "store/log_writer.hpp"

#include <pthread.h>

#include <utility>

namespace confab::store {

LogWriter::LogWriter(std::size_t loops, Functions functions)
    : loops_(loops), functions_(std::move(functions)) {
    thread_ = std::thread([this] {
        pthread_setname_np(pthread_self(), "room log");
        work();
    });
}

bool LogWriter::append(LoopIndex from, chat::Append append) {
    const std::lock_guard lock(mutex_);
    const std::size_t bytes = append.event.body.size();
    const bool full =
        queue_.size() >= kLogQueueEventsMax || queue_bytes_ + bytes > kLogQueueBytesMax;
    if (stopping_ || full) return false;
    queue_bytes_ += bytes;
    queue_.push_back({from, std::move(append)});
    waiting_.store(queue_.size(), std::memory_order_relaxed);
    return true;
}

void LogWriter::wake() {
    {
        const std::lock_guard lock(mutex_);
        woken_ = !queue_.empty();
        if (!woken_) return;
    }
    ready_.notify_one();
}

void LogWriter::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    ready_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void LogWriter::work() {
    std::vector<Item> batch;
    while (take(batch))
        write(batch);
}

// False: stopped, and nothing waits.
bool LogWriter::take(std::vector<Item>& batch) {
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [this] { return stopping_ || (woken_ && !queue_.empty()); });
    batch.clear();
    std::size_t bytes = 0;
    while (!queue_.empty() && batch.size() < kLogBatchEventsMax) {
        bytes += queue_.front().append.event.body.size();
        if (bytes > kLogBatchBytesMax && !batch.empty()) break;
        batch.push_back(std::move(queue_.front()));
        queue_.pop_front();
        queue_bytes_ -= batch.back().append.event.body.size();
    }
    waiting_.store(queue_.size(), std::memory_order_relaxed);
    woken_ = !queue_.empty();
    return !batch.empty();
}

void LogWriter::write(std::vector<Item>& batch) {
    std::vector<chat::Outcome> outcomes;
    outcomes.reserve(batch.size());
    for (Item& item : batch)
        outcomes.push_back({std::move(item.append), false, std::nullopt});
    functions_.commit(outcomes);
    std::vector<std::vector<chat::Outcome>> of_loops(loops_);
    for (std::size_t i = 0; i < batch.size(); ++i)
        of_loops[batch[i].from].push_back(std::move(outcomes[i]));
    for (LoopIndex loop = 0; loop < loops_; ++loop) {
        if (!of_loops[loop].empty()) functions_.deliver(loop, std::move(of_loops[loop]));
    }
}

}  // namespace confab::store
