// Hub: the chat as one loop's connections see it: come into a room, say something, leave.
// Thread: its loop only.
// Owns:   the numbers of its connections; it puts Fanout (members here) and Bus (the room's home)
//         together.
// Limits: those of the bus.
// Invariants: (1) a member is reachable before its join is announced, so it sees its own notice.
//             (2) a member that was removed is never called again. (3) an answer reaches the
//             connection that asked, or nobody.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>

#include "chat/directory.hpp"
#include "chat/fanout.hpp"
#include "chat/ports.hpp"

namespace confab::chat {

// Which loop orders the events of the room: the same answer everywhere in this process.
[[nodiscard]] inline LoopIndex home_of(const RoomName& room, std::size_t loops) {
    return static_cast<LoopIndex>(std::hash<RoomName>{}(room) % loops);
}

class Hub {
  public:
    // A connection that can be answered, from the construction to the end of this object.
    class Line {
      public:
        Line(Hub& hub, Caller& caller) : hub_(hub), number_(hub.directory_.add(caller)) {}
        ~Line() { hub_.directory_.remove(number_); }
        Line(const Line&) = delete;
        Line& operator=(const Line&) = delete;

        [[nodiscard]] Hub& hub() const { return hub_; }
        [[nodiscard]] Ticket ticket(std::int64_t command) const {
            return {.loop = hub_.self_, .connection = number_, .command = command};
        }
        // Whether to wait before the next publish().
        [[nodiscard]] bool is_busy() const { return hub_.bus_.is_busy(); }

      private:
        friend class Hub;
        Hub& hub_;
        const std::uint64_t number_;
    };

    // As long as this is there, the line is told what that user is told.
    class Following {
      public:
        Following(const Line& line, const UserId& user);
        ~Following();
        Following(const Following&) = delete;
        Following& operator=(const Following&) = delete;

      private:
        const Line& line_;
        const UserId user_;
    };

    // One connection in one room that it was let in to: it hears the room from the construction to
    // the end of this object, and then the home is told that it has left.
    class Seat {
      public:
        Seat(Hub& hub, const RoomName& room, std::shared_ptr<const User> user, MemberSink& sink);
        ~Seat();
        Seat(const Seat&) = delete;
        Seat& operator=(const Seat&) = delete;

        // The event has no author yet. False: overloaded, it was not taken.
        [[nodiscard]] bool publish(LogEvent event, const Ticket& ticket,
                                   std::shared_ptr<const RoomChange> change = nullptr);
        // False: overloaded; otherwise on_page() comes.
        [[nodiscard]] bool ask(const PageRequest& request, const Ticket& ticket);
        // What its user is called, and may do, from the next call on.
        void renew(std::shared_ptr<const User> user) { user_ = std::move(user); }
        // Tells the room that its user is writing something; at most.
        void type();
        [[nodiscard]] const RoomName& room() const { return place_.room(); }
        [[nodiscard]] const UserId& user() const { return user_->id; }
        [[nodiscard]] feed::Subscription& subscription() { return place_.subscription(); }

      private:
        Hub& hub_;
        std::shared_ptr<const User> user_;
        const LoopIndex home_;
        const Wire wire_;
        Fanout::Place place_;
    };

    Hub(LoopIndex self, Fanout& fanout, Bus& bus, RoomList& room_list, std::size_t loops)
        : self_(self), fanout_(fanout), bus_(bus), room_list_(room_list), loops_(loops) {}

    // Asks to be in the room: on_entered() comes, and is the moment to take a seat.
    void enter(const Entry& entry);

    // Of somebody who is in no room here, such as a bot: the event has its author. False:
    // overloaded, it was not taken; otherwise on_outcome() comes.
    [[nodiscard]] bool publish(const RoomName& room, LogEvent event, const Ticket& ticket,
                               std::shared_ptr<const RoomChange> change = nullptr);
    // False: overloaded; otherwise on_page() comes.
    [[nodiscard]] bool ask(const PageRequest& request, const Asker& asker);

    // False: overloaded; otherwise on_present() comes.
    [[nodiscard]] bool ask_present(const Asker& asker);
    // False: overloaded; otherwise on_members() comes.
    [[nodiscard]] bool ask_members(const MembersRequest& request, const Asker& asker);
    // on_rooms() comes.
    void ask_rooms(const UserId& user, const Ticket& ticket);

    // Ends all connections of the user, on all loops, within their next turns. Costs each loop a
    // look at every connection that it has.
    void disconnect_everywhere(const UserId& user) { bus_.disconnect(user); }

    // What the homes answer.
    void answer(const Ticket& to, const Outcome& outcome);
    void entered(const Entry& entry, const Result<LogState>& state);
    void paged(const Ticket& to, const RoomName& room, Result<Page>& page);
    void present(const Ticket& to, const RoomName& room, const Result<Present>& present);
    void members(const Ticket& to, const Result<Members>& members);
    void tell(const UserId& user, const UserNotice& notice);
    void disconnect(const UserId& user);

  private:
    [[nodiscard]] LoopIndex home(const RoomName& room) const { return home_of(room, loops_); }
    void members_named(const Ticket& to, Result<Members> members, const RoomList::Names& names);

    const LoopIndex self_;
    Fanout& fanout_;
    Bus& bus_;
    RoomList& room_list_;
    const std::size_t loops_;
    Directory directory_;
    std::unordered_multimap<UserId, std::uint64_t> lines_of_;  // by their users
};

}  // namespace confab::chat
