#include "chat/sequencer.hpp"

#include <utility>

#include "base/assert.hpp"

namespace confab::chat {

using metrics::Id;

Sequencer::Sequencer(Options options, Bus& bus, const EventEncoder& encoder, const Clock& clock,
                     metrics::Shard& metrics)
    : options_(options), bus_(bus), encoder_(encoder), clock_(clock), metrics_(metrics) {}

void Sequencer::join(const RoomName& name, const User& user, LoopIndex from) {
    CONFAB_ASSERT(from < options_.loops);
    auto [entry, created] = rooms_.try_emplace(name);
    Room& room = entry->second;
    if (created) {
        room.loops.resize(options_.loops);
        metrics_.add(Id::rooms);
    }
    ++room.loops[from].connections;
    Presence& presence = room.users[user.id];
    if (++presence.connections > 1) return;
    presence.name = user.name;
    metrics_.add(Id::room_members);
    notice(name, room, Notice::Kind::joined, presence.name);
}

void Sequencer::leave(const RoomName& name, const UserId& user, LoopIndex from) {
    const auto entry = rooms_.find(name);
    CONFAB_ASSERT(entry != rooms_.end());
    Room& room = entry->second;
    Interest& interest = room.loops[from];
    CONFAB_ASSERT(interest.connections > 0);
    --interest.connections;

    const auto present = room.users.find(user);
    CONFAB_ASSERT(present != room.users.end());
    if (--present->second.connections > 0) return;
    const std::string who = std::move(present->second.name);
    room.users.erase(present);
    metrics_.sub(Id::room_members);
    if (room.users.empty()) {
        rooms_.erase(entry);
        metrics_.sub(Id::rooms);
        return;
    }
    notice(name, room, Notice::Kind::left, who);
}

void Sequencer::publish(const RoomName& name, const User& from, std::string_view body) {
    const auto entry = rooms_.find(name);
    if (entry == rooms_.end()) return;  // the sender was the last and has left meanwhile
    metrics_.add(Id::messages);
    hand_over(name, entry->second, encoder_.encode(Message{from, body, clock_.wall_now()}));
}

void Sequencer::evicted(const RoomName& name, LoopIndex loop) {
    const auto entry = rooms_.find(name);
    if (entry != rooms_.end()) entry->second.loops[loop].lost = false;
}

void Sequencer::notice(const RoomName& name, Room& room, Notice::Kind kind,
                       const std::string& who) {
    if (room.users.size() <= options_.notice_merge_users && !room.waiting) {
        metrics_.add(Id::notices);
        hand_over(name, room, encoder_.encode(Notice{kind, who, 1, clock_.wall_now()}));
        return;
    }
    Merged& merged = kind == Notice::Kind::joined ? room.joined : room.left;
    if (++merged.people == 1) merged.name = who;
    if (!std::exchange(room.waiting, true)) waiting_.push_back(name);
}

void Sequencer::flush_notices() {
    for (const RoomName& name : std::exchange(waiting_, {})) {
        const auto entry = rooms_.find(name);
        if (entry == rooms_.end()) continue;
        Room& room = entry->second;
        room.waiting = false;
        flush(name, room, Notice::Kind::joined, room.joined);
        flush(name, room, Notice::Kind::left, room.left);
    }
}

void Sequencer::flush(const RoomName& name, Room& room, Notice::Kind kind, Merged& merged) {
    if (merged.people == 0) return;
    metrics_.add(Id::notices);
    const Merged sent = std::exchange(merged, {});
    hand_over(name, room, encoder_.encode(Notice{kind, sent.name, sent.people, clock_.wall_now()}));
}

void Sequencer::hand_over(const RoomName& name, Room& room, const SharedBytes& frame) {
    for (LoopIndex loop = 0; loop < room.loops.size(); ++loop) {
        Interest& interest = room.loops[loop];
        if (interest.connections == 0 || interest.lost) continue;
        if (bus_.deliver(loop, name, frame)) continue;
        interest.lost = true;
        bus_.evict(loop, name);
    }
}

}  // namespace confab::chat
