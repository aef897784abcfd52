#include "chat/fanout.hpp"

#include "base/assert.hpp"

namespace confab::chat {

void Fanout::add(const RoomName& name, MemberSink& sink, Place& place) {
    CONFAB_ASSERT(place.room_ == nullptr);
    std::unique_ptr<Room>& room = rooms_[name];
    if (!room) room = std::make_unique<Room>(name);
    place.room_ = room.get();
    place.index_ = room->members.size();
    room->members.push_back({&sink, &place});
}

void Fanout::remove(Place& place) {
    Room* room = place.room_;
    CONFAB_ASSERT(room != nullptr);
    CONFAB_ASSERT(room->members[place.index_].place == &place);
    // The last member takes the free place.
    room->members[place.index_] = room->members.back();
    room->members[place.index_].place->index_ = place.index_;
    room->members.pop_back();
    place.room_ = nullptr;
    if (room->members.empty()) rooms_.erase(rooms_.find(room->name));
}

void Fanout::deliver(const RoomName& name, const SharedBytes& frame) {
    const auto entry = rooms_.find(name);
    if (entry == rooms_.end()) return;  // its last member here has left; the home does not know yet
    for (const Member& member : entry->second->members) {
        member.sink->deliver(frame);
    }
    metrics_.add(metrics::Id::deliveries, static_cast<std::int64_t>(entry->second->members.size()));
}

void Fanout::evict(const RoomName& name) {
    const auto entry = rooms_.find(name);
    if (entry == rooms_.end()) return;
    for (const Member& member : entry->second->members) {
        member.sink->evict();
    }
}

}  // namespace confab::chat
