// Fanout: the rooms that have members on this loop; what a room says is appended to its feed.
// Thread: its loop only.
// Owns:   its rooms, their feeds and their lists of members, not the members.
// Limits: a room exists here only while it has a member on this loop; the budget of the feeds.
// Invariants: (1) a member reads the feed of its room and wire from add() to remove(). (2) adding
//             and removing take constant time, and so does a delivery but for telling the members.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/ids.hpp"
#include "chat/ports.hpp"
#include "feed/feed.hpp"
#include "metrics/metrics.hpp"

namespace confab::chat {

class Fanout {
    struct Room;

  public:
    // A member's ticket: where it stands in the room and in its feed.
    class Place {
      public:
        Place() = default;
        // Of the room; only between add() and remove().
        [[nodiscard]] const RoomName& room() const;
        [[nodiscard]] feed::Subscription& subscription() { return subscription_; }

      private:
        friend class Fanout;
        Room* room_ = nullptr;
        MemberSink* sink_ = nullptr;
        std::uint32_t index_ = 0;
        feed::Subscription subscription_;
    };

    Fanout(feed::Budget& budget, metrics::Shard& metrics) : budget_(budget), metrics_(metrics) {}

    // `place` is filled in; it and `sink` must stay where they are until remove(place).
    void add(const RoomName& room, MemberSink& sink, Place& place);
    void remove(Place& place);

    void deliver(const RoomName& room, const Frames& frames);
    void evict(const RoomName& room);
    // Tells the connections of one user there.
    void remove(const RoomName& room, const UserId& user, const Removal& removal);

    [[nodiscard]] std::size_t room_count() const { return rooms_.size(); }

  private:
    struct Room {
        explicit Room(RoomName room_name) : name(std::move(room_name)) {}
        RoomName name;
        std::vector<Place*> members;
        std::array<std::unique_ptr<feed::Feed>, kWires> feeds;  // where somebody is on that wire
    };

    [[nodiscard]] std::unique_ptr<feed::Feed>& feed_of(Place& place);

    feed::Budget& budget_;
    metrics::Shard& metrics_;
    std::unordered_map<RoomName, std::unique_ptr<Room>> rooms_;
};

}  // namespace confab::chat
