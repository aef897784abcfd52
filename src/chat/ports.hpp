// Ports: what the chat domain asks of its surroundings. `api` encodes, `bus` carries.
// Thread: the loop that calls; implementations may hand over to other loops.
// Owns:   nothing.
// Limits: named at each method.
// Invariant: tasks between one pair of loops arrive in the order in which they were given.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/ids.hpp"
#include "base/shared_bytes.hpp"
#include "chat/event.hpp"
#include "chat/room_access.hpp"
#include "chat/room_change.hpp"
#include "chat/room_list.hpp"
#include "chat/room_log.hpp"
#include "feed/reader.hpp"

namespace confab::chat {

// Which encoding a connection is sent: one for each protocol, plain and compressed.
enum class Wire : std::uint8_t { v1, v1_deflated, v2, v2_deflated };
inline constexpr std::size_t kWires = 4;

// An event as the frames that are sent: one for each wire that somebody in the room is on, made
// once and shared by all; the others are empty.
struct Frames {
    std::array<SharedBytes, kWires> by_wire;

    [[nodiscard]] SharedBytes& on(Wire wire) { return by_wire[static_cast<std::size_t>(wire)]; }
    [[nodiscard]] const SharedBytes& on(Wire wire) const {
        return by_wire[static_cast<std::size_t>(wire)];
    }
    [[nodiscard]] bool empty() const {
        return std::all_of(by_wire.begin(), by_wire.end(),
                           [](const SharedBytes& frame) { return frame.empty(); });
    }
};

// A set of wires.
class Wires {
  public:
    void add(Wire wire) { bits_ |= bit(wire); }
    [[nodiscard]] bool has(Wire wire) const { return (bits_ & bit(wire)) != 0; }

  private:
    [[nodiscard]] static unsigned bit(Wire wire) { return 1U << static_cast<unsigned>(wire); }
    unsigned bits_ = 0;
};

// Turns an event into frames. Called once per event.
class EventEncoder {
  public:
    virtual ~EventEncoder() = default;
    [[nodiscard]] virtual Frames encode(const RoomName& room, const LogEvent& event,
                                        Wires wanted) const = 0;
    [[nodiscard]] virtual Frames encode(const Notice& notice, Wires wanted) const = 0;
    [[nodiscard]] virtual Frames encode_typing(const RoomName& room, const User& user,
                                               Wires wanted) const = 0;
    [[nodiscard]] virtual Frames encode_presence(const RoomName& room, const PresenceDelta& delta,
                                                 Wires wanted) const = 0;
};

// What took somebody out of a room.
struct Removal {
    RoomChange::Action action;
    Seq seq = 0;
};

// One connection's place in a room: it reads the room's feed. What it is told it only takes note
// of: it must not add or remove members before it returns.
class MemberSink {
  public:
    virtual ~MemberSink() = default;
    [[nodiscard]] virtual feed::Reader& reader() = 0;
    [[nodiscard]] virtual Wire wire() const = 0;
    [[nodiscard]] virtual const UserId& user() const = 0;
    // Something meant for this member was lost: it must be cut off, nothing may follow.
    virtual void evict() = 0;
    // It may not be in the room any more: of the room nothing may follow.
    virtual void remove(const RoomName& room, const Removal& removal) = 0;
};

// What all connections of a user are told, in whatever room they are.
struct UserNotice {
    enum class Kind : std::uint8_t {
        added,  // he has that role in the room now
        read    // he has read it up to there
    };
    Kind kind;
    RoomName room;
    Role role = Role::none;
    Seq seq = 0;
};

// A connection that asked something of a room's home, and is told what came of it.
class Caller {
  public:
    virtual ~Caller() = default;
    // Of something it said; of a command 0 only if it was not stored.
    virtual void on_outcome(const Outcome& outcome) = 0;
    // It is counted as in the room, which stands there: what its loop hears of the room from the
    // end of this call on is what came behind `head`. True: it has taken a seat. With an error, or
    // when it takes none, it is not counted any more.
    [[nodiscard]] virtual bool on_entered(const RoomName& room, std::int64_t command,
                                          const Result<LogState>& state) = 0;
    virtual void on_page(const RoomName& room, std::int64_t command, Result<Page>& page) = 0;
    virtual void on_present(const RoomName& room, std::int64_t command,
                            const Result<Present>& present) = 0;
    virtual void on_members(std::int64_t command, const Result<Members>& members) = 0;
    virtual void on_rooms(std::int64_t command, const Result<std::vector<RoomOverview>>& rooms) = 0;
    // Of the user that its line was given.
    virtual void on_user_notice(const UserNotice& notice) = 0;
    // All connections of that user are to end: this one too, if it is his; not before it returns.
    virtual void on_disconnect(const UserId& user) = 0;
};

// Who asks something of which room.
struct Asker {
    RoomName room;
    std::shared_ptr<const User> user;
    Ticket ticket;
};

// Who asked to be in a room, and how it reads it.
struct Entry {
    Asker asker;
    Wire wire = Wire::v1;
};

// Carries commands to the loop that is a room's home, and deliveries back to the members' loops.
class Bus {
  public:
    virtual ~Bus() = default;

    // Asks to be in the room and to be told where it stands; an answer always comes.
    virtual void enter(LoopIndex home, const Entry& entry) = 0;
    // Whoever was let in leaves: that always arrives, at most once for each connection and room.
    virtual void leave(LoopIndex home, const RoomName& room,
                       const std::shared_ptr<const User>& user, Wire wire) = 0;
    // False: too much is waiting for the home loop; no answer will come.
    [[nodiscard]] virtual bool ask(LoopIndex home, const PageRequest& request,
                                   const Asker& asker) = 0;
    // The same for who is in the room.
    [[nodiscard]] virtual bool ask_present(LoopIndex home, const Asker& asker) = 0;
    // And for who is what in it.
    [[nodiscard]] virtual bool ask_members(LoopIndex home, const MembersRequest& request,
                                           const Asker& asker) = 0;
    // May be lost: when too much is waiting, or somebody types too often.
    virtual void typing(LoopIndex home, const RoomName& room,
                        const std::shared_ptr<const User>& user) = 0;
    // True: some loop has so much to do that nobody should say anything new for a moment.
    [[nodiscard]] virtual bool is_busy() const = 0;
    // False: too much is waiting for the home loop; the event was not taken.
    [[nodiscard]] virtual bool publish(LoopIndex home, Append append) = 0;
    // Tells the connection that the ticket names, if it is still there; always arrives: at most
    // one for each publish().
    virtual void answer(const Ticket& to, const Outcome& outcome) = 0;
    // The same for enter() and ask().
    virtual void entered(const Entry& entry, const Result<LogState>& state) = 0;
    virtual void paged(const Ticket& to, const RoomName& room, Result<Page> page) = 0;
    virtual void present(const Ticket& to, const RoomName& room,
                         const Result<Present>& present) = 0;
    virtual void members(const Ticket& to, const Result<Members>& members) = 0;

    // Tells the connections of that user, on all loops; may be lost when too much is waiting.
    virtual void tell(const UserId& user, const UserNotice& notice) = 0;
    // Ends them, on all loops; always arrives.
    virtual void disconnect(const UserId& user) = 0;
    // False: too much is waiting for that loop; the frames were not taken.
    [[nodiscard]] virtual bool deliver(LoopIndex to, const RoomName& room,
                                       const Frames& frames) = 0;
    // Cuts off the room's members on that loop, then tells the room's sequencer; always arrives.
    virtual void evict(LoopIndex to, const RoomName& room) = 0;
    // Takes the user's connections on that loop out of the room, before what is delivered next;
    // always arrives.
    virtual void remove(LoopIndex to, const RoomName& room, const UserId& user,
                        const Removal& removal) = 0;
};

}  // namespace confab::chat
