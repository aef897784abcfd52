// Hub: the chat as one loop's connections see it: join a room, say something, leave.
// Thread: its loop only.
// Owns:   nothing; it puts Fanout (members here) and Bus (the room's home) together.
// Limits: those of the bus.
// Invariants: (1) a member is reachable before its join is announced, so it sees its own notice.
//             (2) a member that was removed is never called again.
#pragma once

#include <functional>
#include <memory>

#include "chat/fanout.hpp"
#include "chat/ports.hpp"

namespace confab::chat {

// Which loop orders the events of the room: the same answer everywhere in this process.
[[nodiscard]] inline LoopIndex home_of(const RoomName& room, std::size_t loops) {
    return static_cast<LoopIndex>(std::hash<RoomName>{}(room) % loops);
}

class Hub {
  public:
    // One connection in one room, from the construction to the end of this object.
    class Membership {
      public:
        Membership(Hub& hub, RoomName room, std::shared_ptr<const User> user, MemberSink& sink);
        ~Membership();
        Membership(const Membership&) = delete;
        Membership& operator=(const Membership&) = delete;

        // False: overloaded, the message was not taken.
        [[nodiscard]] bool publish(std::string_view body);
        // Whether to wait before the next publish().
        [[nodiscard]] bool is_busy() const { return hub_.bus_.is_busy(); }
        [[nodiscard]] const RoomName& room() const { return room_; }

      private:
        Hub& hub_;
        const RoomName room_;
        const LoopIndex home_;
        const std::shared_ptr<const User> user_;
        Fanout::Place place_;
    };

    Hub(Fanout& fanout, Bus& bus, std::size_t loops) : fanout_(fanout), bus_(bus), loops_(loops) {}

  private:
    Fanout& fanout_;
    Bus& bus_;
    const std::size_t loops_;
};

}  // namespace confab::chat
