// Sequencer: the rooms at home on one loop: who is in them, and in which order things happen.
// Thread: its loop only.
// Owns:   the home side of each room: users with their connection counts, interest of each loop.
//         What is said goes through the log, and to the members when the log has it.
// Limits: a room exists only while it has a user; counts are bounded by the connections.
// Invariants: (1) a room's events are encoded once and handed to each interested loop in one order.
//             (2) a user joins with the first connection and leaves with the last. (3) a loop that
//             lost a delivery of a room gets no more of that room until its members are cut off.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/rate_bucket.hpp"
#include "base/uuid.hpp"
#include "chat/ports.hpp"
#include "metrics/metrics.hpp"

namespace confab::chat {

class Sequencer final : private RoomLog::Sink {
  public:
    struct Options {
        std::size_t loops = 1;
        std::size_t notice_merge_users = kRoomNoticeMergeUsers;  // above: notices are merged
    };

    Sequencer(Options options, Bus& bus, const EventEncoder& encoder, RoomLog& log,
              const Clock& clock, metrics::Shard& metrics);

    // One connection of `user`, living on loop `from`, enters or leaves.
    void join(const RoomName& room, const User& user, LoopIndex from, Wire wire);
    void leave(const RoomName& room, const User& user, LoopIndex from, Wire wire);

    // The same as join(), and then says where the room stands: to the loop of the ticket, in order
    // with what is delivered there.
    void enter(const Entry& entry);

    // Reads a page of what was delivered already.
    void ask(const RoomName& room, PageRequest request, const Ticket& ticket);

    // Tells who is in the room.
    void ask_present(const RoomName& room, const Ticket& ticket);

    // Tells the room that this user of it is writing something; kTypingInterval and
    // kTypingPerRoom say how often that is passed on.
    void typing(const RoomName& room, const User& user);

    // Gives the event an id and its time and hands it to the log; when it is stored, to every loop
    // that has members.
    void publish(Append append);

    // The room's members on that loop have been cut off: whoever joins from now on hears all again.
    void evicted(const RoomName& room, LoopIndex loop);

    // Sends what was merged since the last call; to be called every kNoticeMergeInterval.
    void flush_notices();

    [[nodiscard]] std::size_t room_count() const { return rooms_.size(); }

  private:
    struct Presence {
        std::string name;
        std::uint32_t connections = 0;
        SteadyTime typed_at = SteadyTime::min();  // was last passed on
    };
    struct Interest {
        std::uint32_t connections = 0;
        bool lost = false;
    };
    struct Merged {
        std::uint32_t people = 0;
        std::string name;  // the only one, while people == 1
    };
    struct Room {
        std::unordered_map<UserId, Presence> users;
        std::vector<Interest> loops;
        std::array<std::uint32_t, kWires> on_wire{};  // connections
        Merged joined;
        Merged left;
        RateBucket typing;                // how much of it is passed on
        bool waiting = false;             // its name is in waiting_
        Seq delivered = 0;                // the last one that was handed over
        std::uint32_t pending = 0;        // events that the log has not answered for yet
        std::optional<LogState> state;    // where the room stands: known since somebody asked
        std::optional<LogState> learned;  // what the log said, until it is settled
        std::uint32_t settles_after = 0;  // so many outcomes more
        std::vector<Entry> entering;      // until the state is known
    };

    [[nodiscard]] Room& room_of(const RoomName& name);
    void learn_state(const RoomName& name, const Result<LogState>& state);
    void settle_state(const RoomName& name);
    void admit_waiting(const RoomName& name, const std::optional<Error>& error);
    void take_outcome(const Outcome& outcome);
    void admit(const RoomName& name, Room& room, const Entry& entry);
    void close_if_empty(const RoomName& name);

    void on_logged(std::vector<Outcome>& outcomes) override;
    void notice(const RoomName& name, Room& room, Notice::Kind kind, const std::string& who);
    void flush(const RoomName& name, Room& room, Notice::Kind kind, Merged& merged);
    [[nodiscard]] static Wires wires_of(const Room& room);
    void hand_over(const RoomName& name, Room& room, const Frames& frames);

    const Options options_;
    Bus& bus_;
    const EventEncoder& encoder_;
    RoomLog& log_;
    const Clock& clock_;
    metrics::Shard& metrics_;
    std::unordered_map<RoomName, Room> rooms_;
    std::vector<RoomName> waiting_;  // rooms with merged notices to send
    UuidSource ids_;
};

}  // namespace confab::chat
