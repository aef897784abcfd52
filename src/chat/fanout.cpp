#include "chat/fanout.hpp"

#include "base/assert.hpp"

namespace confab::chat {

const RoomName& Fanout::Place::room() const {
    return room_->name;
}

std::unique_ptr<feed::Feed>& Fanout::feed_of(Place& place) {
    return place.room_->feeds[static_cast<std::size_t>(place.sink_->wire())];
}

void Fanout::add(const RoomName& name, MemberSink& sink, Place& place) {
    CONFAB_ASSERT(place.room_ == nullptr);
    std::unique_ptr<Room>& room = rooms_[name];
    if (!room) room = std::make_unique<Room>(name);
    place.room_ = room.get();
    place.sink_ = &sink;
    place.index_ = static_cast<std::uint32_t>(room->members.size());
    room->members.push_back(&place);
    std::unique_ptr<feed::Feed>& feed = feed_of(place);
    if (!feed) feed = std::make_unique<feed::Feed>(budget_);
    feed->subscribe(place.subscription_, sink.reader());
}

void Fanout::remove(Place& place) {
    Room* room = place.room_;
    CONFAB_ASSERT(room != nullptr);
    CONFAB_ASSERT(room->members[place.index_] == &place);
    std::unique_ptr<feed::Feed>& feed = feed_of(place);
    feed->unsubscribe(place.subscription_);
    if (feed->subscribers() == 0) feed.reset();
    // The last member takes the free place.
    room->members[place.index_] = room->members.back();
    room->members[place.index_]->index_ = place.index_;
    room->members.pop_back();
    place.room_ = nullptr;
    if (room->members.empty()) rooms_.erase(rooms_.find(room->name));
}

void Fanout::deliver(const RoomName& name, const Frames& frames) {
    const auto entry = rooms_.find(name);
    if (entry == rooms_.end()) return;  // its last member here has left; the home does not know yet
    Room& room = *entry->second;
    for (std::size_t wire = 0; wire < kWires; ++wire) {
        if (room.feeds[wire]) room.feeds[wire]->append(frames.by_wire[wire].view());
    }
    metrics_.add(metrics::Id::deliveries, static_cast<std::int64_t>(room.members.size()));
}

void Fanout::evict(const RoomName& name) {
    const auto entry = rooms_.find(name);
    if (entry == rooms_.end()) return;
    for (Place* member : entry->second->members) {
        member->sink_->evict();
    }
}

void Fanout::remove(const RoomName& name, const UserId& user, const Removal& removal) {
    const auto entry = rooms_.find(name);
    if (entry == rooms_.end()) return;
    for (Place* member : entry->second->members) {
        if (member->sink_->user() == user) member->sink_->remove(name, removal);
    }
}

}  // namespace confab::chat
