// LocalBus: carries chat between the loops of one process; one per loop, for what that loop sends.
// Thread: its own loop; what it posts runs on the loop it is posted to.
// Owns:   nothing.
// Limits: the mailbox of the receiving loop; publish() and deliver() refuse beyond, membership and
//         evictions are always taken.
// Invariants: (1) what is meant for the own loop is called at once. (2) order between two loops is
//             kept, because one mailbox is first in, first out.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "chat/fanout.hpp"
#include "chat/ports.hpp"
#include "chat/sequencer.hpp"

namespace confab::bus {

// How tasks reach a loop; implemented by whoever owns the loops.
class LoopPost {
  public:
    virtual ~LoopPost() = default;
    // False: the loop's mailbox is full, the task was not taken.
    [[nodiscard]] virtual bool try_post(LoopIndex to, std::function<void()> task) = 0;
    virtual void post(LoopIndex to, std::function<void()> task) = 0;
    // Whether more than kMailboxBusyTasks wait for any loop.
    [[nodiscard]] virtual bool is_busy() const = 0;
};

// What the bus reaches on each loop.
struct Endpoint {
    chat::Sequencer* sequencer = nullptr;
    chat::Fanout* fanout = nullptr;
};
using Endpoints = std::vector<Endpoint>;

class LocalBus final : public chat::Bus {
  public:
    // `endpoints` has one entry per loop, complete before the first call, and outlives the bus.
    LocalBus(LoopIndex self, const Endpoints& endpoints, LoopPost& loops)
        : self_(self), endpoints_(endpoints), loops_(loops) {}

    void join(LoopIndex home, const RoomName& room,
              const std::shared_ptr<const chat::User>& user) override;
    void leave(LoopIndex home, const RoomName& room, const UserId& user) override;
    [[nodiscard]] bool is_busy() const override { return loops_.is_busy(); }
    [[nodiscard]] bool publish(LoopIndex home, const RoomName& room,
                               const std::shared_ptr<const chat::User>& from,
                               std::string_view body) override;
    [[nodiscard]] bool deliver(LoopIndex to, const RoomName& room,
                               const SharedBytes& frame) override;
    void evict(LoopIndex to, const RoomName& room) override;

  private:
    const LoopIndex self_;
    const Endpoints& endpoints_;
    LoopPost& loops_;
};

}  // namespace confab::bus
