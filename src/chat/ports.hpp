// Ports: what the chat domain asks of its surroundings. `api` encodes, `bus` carries.
// Thread: the loop that calls; implementations may hand over to other loops.
// Owns:   nothing.
// Limits: named at each method.
// Invariant: tasks between one pair of loops arrive in the order in which they were given.
#pragma once

#include <memory>

#include "base/ids.hpp"
#include "base/shared_bytes.hpp"
#include "chat/event.hpp"

namespace confab::chat {

// Turns an event into the frame that every member is sent. Called once per event.
class EventEncoder {
  public:
    virtual ~EventEncoder() = default;
    [[nodiscard]] virtual SharedBytes encode(const Message& message) const = 0;
    [[nodiscard]] virtual SharedBytes encode(const Notice& notice) const = 0;
};

// One connection's place in a room. Both calls only take note: they must not add or remove members
// before they return.
class MemberSink {
  public:
    virtual ~MemberSink() = default;
    virtual void deliver(const SharedBytes& frame) = 0;
    // Something meant for this member was lost: it must be cut off, nothing may follow.
    virtual void evict() = 0;
};

// Carries commands to the loop that is a room's home, and deliveries back to the members' loops.
class Bus {
  public:
    virtual ~Bus() = default;

    // Membership always arrives: at most two of these per connection are ever under way.
    virtual void join(LoopIndex home, const RoomName& room,
                      const std::shared_ptr<const User>& user) = 0;
    virtual void leave(LoopIndex home, const RoomName& room, const UserId& user) = 0;
    // True: some loop has so much to do that nobody should say anything new for a moment.
    [[nodiscard]] virtual bool is_busy() const = 0;
    // False: too much is waiting for the home loop; the message was not taken.
    [[nodiscard]] virtual bool publish(LoopIndex home, const RoomName& room,
                                       const std::shared_ptr<const User>& from,
                                       std::string_view body) = 0;

    // False: too much is waiting for that loop; the frame was not taken.
    [[nodiscard]] virtual bool deliver(LoopIndex to, const RoomName& room,
                                       const SharedBytes& frame) = 0;
    // Cuts off the room's members on that loop, then tells the room's sequencer; always arrives.
    virtual void evict(LoopIndex to, const RoomName& room) = 0;
};

}  // namespace confab::chat
