// Sequencer: the rooms at home on one loop: who is in them, and in which order things happen.
// Thread: its loop only.
// Owns:   the home side of each room: users with their connection counts, interest of each loop,
//         who may do what. What is said goes through the log, and to the members when the log
//         has it.
// Limits: a room exists only while it has a user, or somebody waits for an answer; counts are
//         bounded by the connections, names of who came and went by PresenceChanges.
// Invariants: (1) a room's events are encoded once and handed to each interested loop in one order.
//             (2) a user joins with the first connection and leaves with the last. (3) a loop that
//             lost a delivery of a room gets no more of that room until its members are cut off.
//             (4) nobody is let in, answered or sent anything whom RoomAccess refuses then.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/rate_bucket.hpp"
#include "base/uuid.hpp"
#include "chat/ports.hpp"
#include "chat/presence_changes.hpp"
#include "chat/room_access.hpp"
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

    // A connection asks to be in the room: whether it is let in and where the room stands is said
    // to its loop, in order with what is delivered there; the others hear of it after that.
    void enter(const Entry& entry);
    void leave(const RoomName& room, const User& user, LoopIndex from, Wire wire);

    // Reads a page of what was delivered already.
    void ask(const PageRequest& request, const Asker& asker);

    // Tells who is in the room.
    void ask_present(const Asker& asker);
    // Tells who is what in it.
    void ask_members(const MembersRequest& request, const Asker& asker);

    // Tells the room that this user of it is writing something; kTypingInterval and
    // kTypingPerRoom say how often that is passed on.
    void typing(const RoomName& room, const User& user);

    // Gives the event an id and its time and hands it to the log; when it is stored, to every loop
    // that has members.
    void publish(Append append);

    // The room's members on that loop have been cut off: whoever joins from now on hears all again.
    void evicted(const RoomName& room, LoopIndex loop);

    // Tells the rooms in which somebody has come or gone since the last call; to be called every
    // kNoticeMergeInterval.
    void flush_notices();

    [[nodiscard]] std::size_t room_count() const { return rooms_.size(); }

  private:
    struct Presence {
        std::string name;
        std::uint32_t connections = 0;
        bool is_announced = false;
        PresenceChanges::Round came_in = 0;       // once he is announced
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
    // Where a room stands, and who may do what in it.
    struct Known {
        LogState log;
        RoomAccess access;
    };
    using Then = std::function<void(std::optional<Error>)>;
    struct Room {
        std::unordered_map<UserId, Presence> users;
        std::vector<Interest> loops;
        std::array<std::uint32_t, kWires> on_wire{};  // connections
        Merged joined;
        Merged left;
        PresenceChanges changes;          // that have not been told
        RateBucket typing;                // how much of it is passed on
        Seq delivered = 0;                // the last one that was handed over
        std::uint32_t pending = 0;        // events that the log has not answered for yet
        std::optional<Known> known;       // since somebody asked
        std::optional<Known> learned;     // what the log said, until it is settled
        std::uint32_t settles_after = 0;  // so many outcomes more
        std::vector<Then> waiting_for_it;
        std::uint32_t going_on = 0;  // those are being called, so many times
        std::vector<Append> missed;  // changes that were stored while the log was asked
    };

    [[nodiscard]] Room& room_of(const RoomName& name);
    // Calls it when the room is known, or cannot be; at once, if it is. It may be empty, and has to
    // be closed, afterwards.
    void when_known(const RoomName& name, Then then);
    void learn_state(const RoomName& name, const Result<RoomState>& state);
    void settle_state(const RoomName& name);
    void go_on(const RoomName& name, const std::optional<Error>& error);
    // Of a room that is known.
    [[nodiscard]] std::optional<Error> refusal(const Asker& asker) const;
    void admit(const Entry& entry);
    void count(Room& room, const Entry& entry);
    void announce(const RoomName& name, const UserId& user);
    void read(PageRequest request, const Asker& asker);
    [[nodiscard]] static Present present_in(Room& room);
    [[nodiscard]] Members members_of(const MembersRequest& request, const Asker& asker) const;
    void take_outcome(const Outcome& outcome);
    void take_change(Room& room, const Append& append);
    void tell_subject(const Append& append);
    void close_if_empty(const RoomName& name);

    void on_logged(std::vector<Outcome>& outcomes) override;
    void notice(const RoomName& name, Room& room, Notice::Kind kind, const std::string& who);
    void flush(const RoomName& name, Room& room, Notice::Kind kind, Merged& merged);
    void flush_presence(const RoomName& name, Room& room);
    [[nodiscard]] static Wires wires_of(const Room& room);
    // Whether somebody in it speaks protocol v2; v1 has no word for who comes and goes but notices.
    [[nodiscard]] static bool hears_presence(const Room& room);
    void hand_over(const RoomName& name, Room& room, const Frames& frames);

    const Options options_;
    Bus& bus_;
    const EventEncoder& encoder_;
    RoomLog& log_;
    const Clock& clock_;
    metrics::Shard& metrics_;
    std::unordered_map<RoomName, Room> rooms_;
    std::unordered_set<RoomName> changed_;  // rooms that flush_notices() has something to tell
    UuidSource ids_;
};

}  // namespace confab::chat
