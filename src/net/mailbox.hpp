// Mailbox: tasks that other threads leave for one loop; first in, first out, without a lock.
// Thread: put() from any thread; run_all() by the owner only.
// Owns:   the tasks that wait.
// Limits: try_put() refuses when kMailboxTasksMax tasks wait; put() is for what must arrive and is
//         bounded by its callers (a join and a leave per connection and room, one answer per
//         request).
// Invariants: (1) tasks of one thread come out in the order in which it put them. (2) put() says
//             true to exactly the caller that has to wake the owner.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>

#include "base/limits.hpp"

namespace confab::net {

class Mailbox {
  public:
    using Task = std::function<void()>;
    enum class Put { queued, queued_wake_owner, full };

    Mailbox() = default;
    ~Mailbox();
    Mailbox(const Mailbox&) = delete;
    Mailbox& operator=(const Mailbox&) = delete;

    [[nodiscard]] Put try_put(Task task);
    [[nodiscard]] Put put(Task task);

    // Runs everything that waited when it was called; returns how many.
    std::size_t run_all();

    // Destroys what waits without running it.
    void drop_all();

    [[nodiscard]] std::size_t waiting() const { return waiting_.load(std::memory_order_relaxed); }

  private:
    struct Node {
        Task task;
        Node* next;
    };
    // Takes everything, oldest first.
    [[nodiscard]] Node* take_all();

    // Newest first. Producers push at the head; the owner takes the whole list at once, so that no
    // node is ever compared after it was freed.
    std::atomic<Node*> newest_{nullptr};
    std::atomic<std::size_t> waiting_{0};
};

}  // namespace confab::net
