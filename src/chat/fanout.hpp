// Fanout: the members that live on one loop; what is delivered to a room reaches each once.
// Thread: its loop only.
// Owns:   its rooms and their lists of members, not the members.
// Limits: a room exists here only while it has a member on this loop.
// Invariants: (1) a member is in the list of its room from add() to remove(). (2) adding and
//             removing take constant time.
#pragma once

#include <cstddef>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/ids.hpp"
#include "chat/ports.hpp"
#include "metrics/metrics.hpp"

namespace confab::chat {

class Fanout {
    struct Room;

  public:
    // A member's ticket: where it stands, so that removing it needs no search.
    class Place {
      public:
        Place() = default;

      private:
        friend class Fanout;
        Room* room_ = nullptr;
        std::size_t index_ = 0;
    };

    explicit Fanout(metrics::Shard& metrics) : metrics_(metrics) {}

    // `place` is filled in; it and `sink` must stay where they are until remove(place).
    void add(const RoomName& room, MemberSink& sink, Place& place);
    void remove(Place& place);

    void deliver(const RoomName& room, const SharedBytes& frame);
    void evict(const RoomName& room);

    [[nodiscard]] std::size_t room_count() const { return rooms_.size(); }

  private:
    struct Member {
        MemberSink* sink;
        Place* place;
    };
    struct Room {
        explicit Room(RoomName room_name) : name(std::move(room_name)) {}
        RoomName name;
        std::vector<Member> members;
    };

    metrics::Shard& metrics_;
    std::unordered_map<RoomName, std::unique_ptr<Room>> rooms_;
};

}  // namespace confab::chat
