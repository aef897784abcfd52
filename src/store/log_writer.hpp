// LogWriter: the thread that stores what rooms say. Everything that waits becomes one transaction.
// Thread: append(), wake(), is_busy() and stop() from any; commit and deliver are called on its
//         own.
// Owns:   its thread and what waits.
// Limits: kLogQueueEventsMax events and kLogQueueBytesMax bytes of text wait, then append()
//         refuses; kLogBatchEventsMax and kLogBatchBytesMax in one transaction.
// Invariants: (1) the outcomes of one loop are delivered in the order of its appends. (2) nothing
//             is delivered before commit() has returned. (3) what was taken is committed and
//             delivered before stop() returns.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "chat/room_log.hpp"

namespace confab::store {

class LogWriter {
  public:
    struct Functions {
        // Stores all, or gives each an error.
        std::function<void(std::vector<chat::Outcome>& batch)> commit;
        std::function<void(LoopIndex loop, std::vector<chat::Outcome> outcomes)> deliver;
    };

    LogWriter(std::size_t loops, Functions functions);
    ~LogWriter() { stop(); }
    LogWriter(const LogWriter&) = delete;
    LogWriter& operator=(const LogWriter&) = delete;

    // `from`: the loop that is told of the outcome. What was appended is stored after a wake(): so
    // all that a loop takes in one turn can be one transaction.
    [[nodiscard]] bool append(LoopIndex from, chat::Append append);
    void wake();
    [[nodiscard]] bool is_busy() const {
        return waiting() > kLogBusyEvents ||
               queue_bytes_.load(std::memory_order_relaxed) > kLogBusyBytes;
    }
    [[nodiscard]] std::size_t waiting() const { return waiting_.load(std::memory_order_relaxed); }
    // Takes nothing more, finishes what waits.
    void stop();

  private:
    struct Item {
        LoopIndex from;
        chat::Append append;
    };

    void work();
    [[nodiscard]] bool take(std::vector<Item>& batch);
    void write(std::vector<Item>& batch);

    const std::size_t loops_;
    const Functions functions_;
    std::atomic<std::size_t> waiting_ = 0;
    std::atomic<std::size_t> queue_bytes_ = 0;  // written with the mutex held
    std::mutex mutex_;                          // guards all below, but the thread
    std::condition_variable ready_;
    std::deque<Item> queue_;
    bool woken_ = false;  // and something waits
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace confab::store
