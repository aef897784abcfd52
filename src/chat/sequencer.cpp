#include "chat/sequencer.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace confab::chat {

using metrics::Id;

Sequencer::Sequencer(Options options, Bus& bus, const EventEncoder& encoder, RoomLog& log,
                     const Clock& clock, metrics::Shard& metrics)
    : options_(options), bus_(bus), encoder_(encoder), log_(log), clock_(clock), metrics_(metrics) {
    log_.set_sink(*this);
}

void Sequencer::join(const RoomName& name, const User& user, LoopIndex from, Wire wire) {
    CONFAB_ASSERT(from < options_.loops);
    Room& room = room_of(name);
    ++room.loops[from].connections;
    ++room.on_wire[static_cast<std::size_t>(wire)];
    Presence& presence = room.users[user.id];
    if (++presence.connections > 1) return;
    presence.name = user.name;
    metrics_.add(Id::room_members);
    notice(name, room, Notice::Kind::joined, presence.name);
}

Sequencer::Room& Sequencer::room_of(const RoomName& name) {
    const auto [entry, created] = rooms_.try_emplace(name);
    Room& room = entry->second;
    if (created) {
        room.loops.resize(options_.loops);
        log_.open(name);
        metrics_.add(Id::rooms);
    }
    return room;
}

void Sequencer::enter(const Entry& entry) {
    Room& room = room_of(entry.room);
    if (room.state) return admit(entry.room, room, entry);
    room.entering.push_back(entry);
    if (room.entering.size() > 1) return;
    log_.state(entry.room, [this, name = entry.room](const Result<LogState>& state) {
        learn_state(name, state);
    });
}

void Sequencer::learn_state(const RoomName& name, const Result<LogState>& state) {
    if (!state) {
        admit_waiting(name, state.error());
        return close_if_empty(name);
    }
    Room& room = rooms_.at(name);
    room.learned = *state;
    room.settles_after = room.learned->head > room.delivered ? room.pending : 0;
    if (room.settles_after == 0) settle_state(name);
}

// The log may be ahead of what was handed over: who was let in at its head would be sent once more
// what is still on its way here. That is among what was pending when the log answered, and outcomes
// come in the order of the appends. And it may be behind: it was asked before that was stored.
void Sequencer::settle_state(const RoomName& name) {
    Room& room = rooms_.at(name);
    room.state = std::exchange(room.learned, std::nullopt);
    room.state->head = std::max(room.state->head, room.delivered);
    admit_waiting(name, std::nullopt);
    close_if_empty(name);
}

// Who is let in may leave before the call is over, and the last one takes the room along.
void Sequencer::admit_waiting(const RoomName& name, const std::optional<Error>& error) {
    for (auto left = rooms_.at(name).entering.size(); left > 0; --left) {
        Room& room = rooms_.at(name);
        const Entry entry = std::move(room.entering.front());
        room.entering.erase(room.entering.begin());
        error ? bus_.entered(entry, *error) : admit(name, room, entry);
    }
}

// A loop that lost a delivery is not told what the room says until its members are cut off, so that
// nobody can begin to listen there.
void Sequencer::admit(const RoomName& name, Room& room, const Entry& entry) {
    if (room.loops[entry.ticket.loop].lost) return bus_.entered(entry, log_busy());
    join(name, *entry.user, entry.ticket.loop, entry.wire);
    bus_.entered(entry, *room.state);
}

void Sequencer::ask(const RoomName& name, PageRequest request, const Ticket& ticket) {
    const auto found = rooms_.find(name);
    const bool is_known = found != rooms_.end() && found->second.state;
    // What is stored and not handed over yet comes to the members in its turn.
    const Seq head = is_known ? found->second.state->head : UINT64_MAX - 1;
    request.before = std::min(request.before, head + 1);
    log_.page(name, request, [this, name, ticket, head](Result<Page> page) {
        if (page) page->state.head = std::min(page->state.head, head);
        bus_.paged(ticket, name, std::move(page));
    });
}

void Sequencer::ask_present(const RoomName& name, const Ticket& ticket) {
    Present present;
    if (const auto found = rooms_.find(name); found != rooms_.end()) {
        const auto& users = found->second.users;
        present.people = users.size();
        present.some.reserve(std::min(users.size(), kPresentMax));
        for (const auto& [id, presence] : users) {
            if (present.some.size() == kPresentMax) break;
            present.some.push_back({id, presence.name});
        }
    }
    bus_.present(ticket, name, present);
}

void Sequencer::typing(const RoomName& name, const User& user) {
    const auto found = rooms_.find(name);
    if (found == rooms_.end()) return;
    Room& room = found->second;
    const auto present = room.users.find(user.id);
    const SteadyTime now = clock_.steady_now();
    if (present == room.users.end() || now < present->second.typed_at + kTypingInterval) return;
    constexpr Rate kRate(kTypingPerRoom, kTypingPerRoom);
    if (!room.typing.take(now, kRate)) return;
    present->second.typed_at = now;
    hand_over(name, room, encoder_.encode_typing(name, user, wires_of(room)));
}

void Sequencer::leave(const RoomName& name, const User& user, LoopIndex from, Wire wire) {
    const auto entry = rooms_.find(name);
    CONFAB_ASSERT(entry != rooms_.end());
    Room& room = entry->second;
    Interest& interest = room.loops[from];
    CONFAB_ASSERT(interest.connections > 0);
    --interest.connections;
    --room.on_wire[static_cast<std::size_t>(wire)];

    const auto present = room.users.find(user.id);
    CONFAB_ASSERT(present != room.users.end());
    if (--present->second.connections > 0) return;
    const std::string who = std::move(present->second.name);
    room.users.erase(present);
    metrics_.sub(Id::room_members);
    if (!room.users.empty()) return notice(name, room, Notice::Kind::left, who);
    close_if_empty(name);
}

void Sequencer::close_if_empty(const RoomName& name) {
    const auto found = rooms_.find(name);
    if (found == rooms_.end()) return;
    const Room& room = found->second;
    if (!room.users.empty() || !room.entering.empty() || room.pending > 0) return;
    log_.close(name);
    rooms_.erase(found);
    metrics_.sub(Id::rooms);
}

void Sequencer::publish(Append append) {
    if (append.from_outside) (void)room_of(append.room);  // until its outcome
    const auto found = rooms_.find(append.room);
    if (found == rooms_.end()) return;  // the sender was the last and has left meanwhile
    append.event.at = clock_.wall_now();
    append.event.id = ids_.next(append.event.at);
    ++found->second.pending;
    const Ticket ticket = append.ticket;
    const RoomName name = append.room;
    if (log_.append(std::move(append))) return;
    --found->second.pending;
    bus_.answer(ticket, {{name, {}, ticket}, false, log_busy()});
    close_if_empty(name);
}

void Sequencer::on_logged(std::vector<Outcome>& outcomes) {
    for (const Outcome& outcome : outcomes)
        take_outcome(outcome);
}

void Sequencer::take_outcome(const Outcome& outcome) {
    const Append& append = outcome.append;
    Room& room = rooms_.at(append.room);  // it stays while something is pending
    if (outcome.is_new()) {
        metrics_.add(Id::messages);
        room.delivered = append.event.seq;
        if (room.state) room.state->head = append.event.seq;
        hand_over(append.room, room, encoder_.encode(append.room, append.event, wires_of(room)));
    }
    const bool wanted = outcome.error || append.ticket.command != 0;
    if (wanted && append.ticket.connection != 0) bus_.answer(append.ticket, outcome);
    --room.pending;
    if (room.learned && --room.settles_after == 0) return settle_state(append.room);
    if (room.users.empty()) close_if_empty(append.room);
}

void Sequencer::evicted(const RoomName& name, LoopIndex loop) {
    const auto entry = rooms_.find(name);
    if (entry != rooms_.end()) entry->second.loops[loop].lost = false;
}

void Sequencer::notice(const RoomName& name, Room& room, Notice::Kind kind,
                       const std::string& who) {
    if (room.users.size() <= options_.notice_merge_users && !room.waiting) {
        metrics_.add(Id::notices);
        hand_over(name, room,
                  encoder_.encode(Notice{kind, who, 1, clock_.wall_now()}, wires_of(room)));
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
    hand_over(
        name, room,
        encoder_.encode(Notice{kind, sent.name, sent.people, clock_.wall_now()}, wires_of(room)));
}

Wires Sequencer::wires_of(const Room& room) {
    Wires wires;
    for (std::size_t wire = 0; wire < kWires; ++wire) {
        if (room.on_wire[wire] > 0) wires.add(static_cast<Wire>(wire));
    }
    return wires;
}

void Sequencer::hand_over(const RoomName& name, Room& room, const Frames& frames) {
    if (frames.empty()) return;  // nobody's protocol has a word for it
    for (LoopIndex loop = 0; loop < room.loops.size(); ++loop) {
        Interest& interest = room.loops[loop];
        if (interest.connections == 0 || interest.lost) continue;
        if (bus_.deliver(loop, name, frames)) continue;
        interest.lost = true;
        bus_.evict(loop, name);
    }
}

}  // namespace confab::chat
