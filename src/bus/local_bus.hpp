// LocalBus: carries chat between the loops of one process; one per loop, for what that loop sends.
// Thread: its own loop; what it posts runs on the loop it is posted to.
// Owns:   nothing.
// Limits: the mailbox of the receiving loop; publish() and deliver() refuse beyond, membership,
//         answers and evictions are always taken.
// Invariants: (1) what is meant for the own loop is called at once. (2) order between two loops is
//             kept, because one mailbox is first in, first out.
#pragma once

#include <memory>
#include <vector>

#include "chat/fanout.hpp"
#include "chat/hub.hpp"
#include "chat/loop_post.hpp"
#include "chat/ports.hpp"
#include "chat/sequencer.hpp"

namespace confab::bus {

// What the bus reaches on each loop.
struct Endpoint {
    chat::Sequencer* sequencer = nullptr;
    chat::Fanout* fanout = nullptr;
    chat::Hub* hub = nullptr;
};
using Endpoints = std::vector<Endpoint>;

class LocalBus final : public chat::Bus {
  public:
    // `endpoints` has one entry per loop, complete before the first call, and outlives the bus.
    LocalBus(LoopIndex self, const Endpoints& endpoints, chat::LoopPost& loops)
        : self_(self), endpoints_(endpoints), loops_(loops) {}

    void enter(LoopIndex home, const chat::Entry& entry) override;
    void leave(LoopIndex home, const RoomName& room, const std::shared_ptr<const chat::User>& user,
               chat::Wire wire) override;
    [[nodiscard]] bool ask(LoopIndex home, const chat::PageRequest& request,
                           const chat::Asker& asker) override;
    [[nodiscard]] bool ask_present(LoopIndex home, const chat::Asker& asker) override;
    [[nodiscard]] bool ask_members(LoopIndex home, const chat::MembersRequest& request,
                                   const chat::Asker& asker) override;
    void typing(LoopIndex home, const RoomName& room,
                const std::shared_ptr<const chat::User>& user) override;
    [[nodiscard]] bool is_busy() const override { return loops_.is_busy(); }
    [[nodiscard]] bool publish(LoopIndex home, chat::Append append) override;
    void answer(const chat::Ticket& to, const chat::Outcome& outcome) override;
    void entered(const chat::Entry& entry, const Result<chat::LogState>& state) override;
    void paged(const chat::Ticket& to, const RoomName& room, Result<chat::Page> page) override;
    void present(const chat::Ticket& to, const RoomName& room,
                 const Result<chat::Present>& present) override;
    void members(const chat::Ticket& to, const Result<chat::Members>& members) override;
    void tell(const UserId& user, const chat::UserNotice& notice) override;
    void disconnect(const UserId& user) override;
    [[nodiscard]] bool deliver(LoopIndex to, const RoomName& room,
                               const chat::Frames& frames) override;
    void evict(LoopIndex to, const RoomName& room) override;
    void remove(LoopIndex to, const RoomName& room, const UserId& user,
                const chat::Removal& removal) override;

  private:
    const LoopIndex self_;
    const Endpoints& endpoints_;
    chat::LoopPost& loops_;
};

}  // namespace confab::bus
