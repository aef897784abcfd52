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

void Sequencer::when_known(const RoomName& name, Then then) {
    Room& room = room_of(name);
    if (room.known) return then(std::nullopt);
    room.waiting_for_it.push_back(std::move(then));
    if (room.waiting_for_it.size() > 1) return;
    log_.state(name, [this, name](const Result<RoomState>& state) { learn_state(name, state); });
}

void Sequencer::learn_state(const RoomName& name, const Result<RoomState>& state) {
    Room& room = rooms_.at(name);
    const std::vector<Append> missed = std::exchange(room.missed, {});
    if (!state) return go_on(name, state.error());
    room.learned = Known{state->log, *state->access};
    for (const Append& change : missed) {
        if (change.event.seq > state->log.head) room.learned->access.apply(change);
    }
    room.settles_after = room.learned->log.head > room.delivered ? room.pending : 0;
    if (room.settles_after == 0) settle_state(name);
}

// The log may be ahead of what was handed over: who was let in at its head would be sent once more
// what is still on its way here. That is among what was pending when the log answered, and outcomes
// come in the order of the appends. And it may be behind: it was asked before that was stored, and
// what changed the room meanwhile was missed.
void Sequencer::settle_state(const RoomName& name) {
    Room& room = rooms_.at(name);
    room.known = std::exchange(room.learned, std::nullopt);
    room.known->log.head = std::max(room.known->log.head, room.delivered);
    go_on(name, std::nullopt);
}

// Who is let in may leave before the call is over, and the last one takes the room along, but for
// those who wait. Who was refused may ask again at once: he waits for an answer of his own.
void Sequencer::go_on(const RoomName& name, const std::optional<Error>& error) {
    Room& room = rooms_.at(name);
    const std::vector<Then> waiting = std::exchange(room.waiting_for_it, {});
    ++room.going_on;
    for (const Then& then : waiting)
        then(error);
    --rooms_.at(name).going_on;
    close_if_empty(name);
}

std::optional<Error> Sequencer::refusal(const Asker& asker) const {
    const RoomAccess& access = rooms_.at(asker.room).known->access;
    return access.refusal(*asker.user, Right::hear, clock_.wall_now());
}

void Sequencer::enter(const Entry& entry) {
    when_known(entry.asker.room, [this, entry](const std::optional<Error>& error) {
        error ? bus_.entered(entry, *error) : admit(entry);
    });
}

// A loop that lost a delivery is not told what the room says until its members are cut off, so that
// nobody can begin to listen there.
void Sequencer::admit(const Entry& entry) {
    const Asker& asker = entry.asker;
    Room& room = rooms_.at(asker.room);
    auto refused = refusal(asker);
    if (!refused && room.loops[asker.ticket.loop].lost) refused = log_busy();
    if (refused) {
        bus_.entered(entry, *refused);
        return close_if_empty(asker.room);
    }
    count(room, entry);
    bus_.entered(entry, LogState(room.known->log));
    announce(asker.room, asker.user->id);
}

void Sequencer::count(Room& room, const Entry& entry) {
    const LoopIndex from = entry.asker.ticket.loop;
    CONFAB_ASSERT(from < options_.loops);
    ++room.loops[from].connections;
    ++room.on_wire[static_cast<std::size_t>(entry.wire)];
    Presence& presence = room.users[entry.asker.user->id];
    if (++presence.connections > 1) return;
    presence.name = entry.asker.user->name;
    metrics_.add(Id::room_members);
}

// Behind the answer, so that who has come hears it as well. He may have left again meanwhile.
void Sequencer::announce(const RoomName& name, const UserId& user) {
    const auto room = rooms_.find(name);
    if (room == rooms_.end()) return;
    const auto present = room->second.users.find(user);
    if (present == room->second.users.end()) return;
    Presence& who = present->second;
    if (std::exchange(who.is_announced, true)) return;
    PresenceChanges& changes = room->second.changes;
    who.came_in = changes.untold();
    if (hears_presence(room->second)) {
        who.came_in = changes.came({user, who.name});
        changed_.insert(name);
    }
    notice(name, room->second, Notice::Kind::joined, who.name);
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
    const Presence gone = std::move(present->second);
    room.users.erase(present);
    metrics_.sub(Id::room_members);
    if (gone.is_announced && (hears_presence(room) || !room.changes.empty())) {
        room.changes.went({user.id, gone.name}, gone.came_in);
        changed_.insert(name);
    }
    if (room.users.empty()) return close_if_empty(name);
    if (gone.is_announced) notice(name, room, Notice::Kind::left, gone.name);
}

void Sequencer::close_if_empty(const RoomName& name) {
    const auto found = rooms_.find(name);
    if (found == rooms_.end()) return;
    const Room& room = found->second;
    const bool is_waited_for = !room.waiting_for_it.empty() || room.going_on > 0;
    if (!room.users.empty() || is_waited_for || room.pending > 0) return;
    log_.close(name);
    changed_.erase(name);
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
    bus_.answer(ticket, {{.room = name, .event = {}, .ticket = ticket}, false, log_busy()});
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
        if (room.known) room.known->log.head = append.event.seq;
        hand_over(append.room, room, encoder_.encode(append.room, append.event, wires_of(room)));
        if (append.change) take_change(room, append);
    }
    if (append.event.kind == EventKind::read_marker && !outcome.error) tell_subject(append);
    const bool wanted = outcome.error || append.ticket.command != 0;
    if (wanted && append.ticket.connection != 0) bus_.answer(append.ticket, outcome);
    --room.pending;
    if (room.learned && --room.settles_after == 0) return settle_state(append.room);
    if (room.users.empty()) close_if_empty(append.room);
}

// Whoever may not stay hears the event itself as the last one, or not even that.
void Sequencer::take_change(Room& room, const Append& append) {
    for (std::optional<Known>* known : {&room.known, &room.learned}) {
        if (*known) (*known)->access.apply(append);
    }
    const bool is_asked_for = !room.known && !room.learned && !room.waiting_for_it.empty();
    if (is_asked_for) room.missed.push_back(append);
    tell_subject(append);
    const RoomChange& change = *append.change;
    if (!RoomAccess::removes(append.room.kind(), change)) return;
    for (LoopIndex loop = 0; loop < room.loops.size(); ++loop) {
        if (room.loops[loop].connections == 0) continue;
        bus_.remove(loop, append.room, change.subject, {change.action, append.event.seq});
    }
}

// Whom it concerns need not be in the room, nor know that there is one.
void Sequencer::tell_subject(const Append& append) {
    using Action = RoomChange::Action;
    if (append.event.kind == EventKind::read_marker) {
        return bus_.tell(
            append.event.from->id,
            {.kind = UserNotice::Kind::read, .room = append.room, .seq = append.event.seq});
    }
    const RoomChange& change = *append.change;
    const bool is_direct = append.room.kind() == RoomKind::direct_room;
    const bool gets_a_role = change.action == Action::set_role && change.role != Role::none;
    if (!gets_a_role && !(is_direct && change.action == Action::create)) return;
    const Role role = is_direct ? Role::member : change.role;
    bus_.tell(change.subject, {.kind = UserNotice::Kind::added, .room = append.room, .role = role});
}

void Sequencer::evicted(const RoomName& name, LoopIndex loop) {
    const auto entry = rooms_.find(name);
    if (entry != rooms_.end()) entry->second.loops[loop].lost = false;
}

bool Sequencer::hears_presence(const Room& room) {
    const auto on = [&](Wire wire) { return room.on_wire[static_cast<std::size_t>(wire)]; };
    return on(Wire::v2) + on(Wire::v2_deflated) > 0;
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
