// Sequencer: what a room hears and no log keeps: who comes and goes, and who is writing something.
#include <utility>

#include "chat/sequencer.hpp"

namespace confab::chat {

using metrics::Id;

void Sequencer::typing(const RoomName& name, const User& user) {
    const auto found = rooms_.find(name);
    if (found == rooms_.end() || !found->second.known) return;
    Room& room = found->second;
    const auto present = room.users.find(user.id);
    if (room.known->access.refusal(user, Right::speak, clock_.wall_now())) return;
    const SteadyTime now = clock_.steady_now();
    if (present == room.users.end() || now < present->second.typed_at + kTypingInterval) return;
    constexpr Rate kRate(kTypingPerRoom, kTypingPerRoom);
    if (!room.typing.take(now, kRate)) return;
    present->second.typed_at = now;
    hand_over(name, room, encoder_.encode_typing(name, user, wires_of(room)));
}

void Sequencer::notice(const RoomName& name, Room& room, Notice::Kind kind,
                       const std::string& who) {
    const bool is_merging = room.joined.people + room.left.people > 0;
    if (room.users.size() <= options_.notice_merge_users && !is_merging) {
        metrics_.add(Id::notices);
        hand_over(name, room,
                  encoder_.encode(Notice{kind, who, 1, clock_.wall_now()}, wires_of(room)));
        return;
    }
    Merged& merged = kind == Notice::Kind::joined ? room.joined : room.left;
    if (++merged.people == 1) merged.name = who;
    changed_.insert(name);
}

void Sequencer::flush_notices() {
    for (const RoomName& name : std::exchange(changed_, {})) {
        Room& room = rooms_.at(name);
        flush(name, room, Notice::Kind::joined, room.joined);
        flush(name, room, Notice::Kind::left, room.left);
        flush_presence(name, room);
    }
}

void Sequencer::flush(const RoomName& name, Room& room, Notice::Kind kind, Merged& merged) {
    if (merged.people == 0) return;
    metrics_.add(Id::notices);
    const Merged sent = std::exchange(merged, {});
    hand_over(
        name, room,
        encoder_.encode(Notice{kind, sent.name, sent.people, clock_.wall_now()}, wires_of(room)));
}

void Sequencer::flush_presence(const RoomName& name, Room& room) {
    if (room.changes.empty()) return;
    const PresenceDelta delta = room.changes.take(room.users.size());
    hand_over(name, room, encoder_.encode_presence(name, delta, wires_of(room)));
}

}  // namespace confab::chat
