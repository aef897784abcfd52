// LoopPost: the port by which tasks reach an event loop; implemented by whoever owns the loops.
// Thread: any.
// Owns:   nothing.
// Limits: the mailbox of the loop; post() is for what must arrive, and bounded by its callers.
// Invariant: tasks of one thread to one loop arrive in the order in which they were given.
#pragma once

#include <functional>

#include "base/ids.hpp"

namespace confab::chat {

class LoopPost {
  public:
    virtual ~LoopPost() = default;
    // False: the loop's mailbox is full, the task was not taken.
    [[nodiscard]] virtual bool try_post(LoopIndex to, std::function<void()> task) = 0;
    virtual void post(LoopIndex to, std::function<void()> task) = 0;
    // Whether more than kMailboxBusyTasks wait for any loop.
    [[nodiscard]] virtual bool is_busy() const = 0;
};

}  // namespace confab::chat
