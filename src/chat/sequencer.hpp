// Sequencer: the rooms at home on one loop: who is in them, and in which order things happen.
// Thread: its loop only.
// Owns:   the home side of each room: users with their connection counts, interest of each loop.
// Limits: a room exists only while it has a user; counts are bounded by the connections.
// Invariants: (1) a room's events are encoded once and handed to each interested loop in one order.
//             (2) a user joins with the first connection and leaves with the last. (3) a loop that
//             lost a delivery of a room gets no more of that room until its members are cut off.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "chat/ports.hpp"
#include "metrics/metrics.hpp"

namespace confab::chat {

class Sequencer {
  public:
    struct Options {
        std::size_t loops = 1;
        std::size_t notice_merge_users = kRoomNoticeMergeUsers;  // above: notices are merged
    };

    Sequencer(Options options, Bus& bus, const EventEncoder& encoder, const Clock& clock,
              metrics::Shard& metrics);

    // One connection of `user`, living on loop `from`, enters or leaves.
    void join(const RoomName& room, const User& user, LoopIndex from);
    void leave(const RoomName& room, const UserId& user, LoopIndex from);

    // Orders the message and hands it to every loop that has members.
    void publish(const RoomName& room, const User& from, std::string_view body);

    // The room's members on that loop have been cut off: whoever joins from now on hears all again.
    void evicted(const RoomName& room, LoopIndex loop);

    // Sends what was merged since the last call; to be called every kNoticeMergeInterval.
    void flush_notices();

    [[nodiscard]] std::size_t room_count() const { return rooms_.size(); }

  private:
    struct Presence {
        std::string name;
        std::uint32_t connections = 0;
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
        Merged joined;
        Merged left;
        bool waiting = false;  // its name is in waiting_
    };

    void notice(const RoomName& name, Room& room, Notice::Kind kind, const std::string& who);
    void flush(const RoomName& name, Room& room, Notice::Kind kind, Merged& merged);
    void hand_over(const RoomName& name, Room& room, const SharedBytes& frame);

    const Options options_;
    Bus& bus_;
    const EventEncoder& encoder_;
    const Clock& clock_;
    metrics::Shard& metrics_;
    std::unordered_map<RoomName, Room> rooms_;
    std::vector<RoomName> waiting_;  // rooms with merged notices to send
};

}  // namespace confab::chat
