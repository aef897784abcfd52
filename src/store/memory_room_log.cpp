#include "store/memory_room_log.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "chat/page_builder.hpp"

namespace confab::store {

using chat::LogEvent;
using chat::LogState;

MemoryRoomLog::MemoryRoomLog(std::string epoch, Limits limits)
    : epoch_(std::move(epoch)), limits_(limits) {}

MemoryRoomLog::~MemoryRoomLog() {
    holding_.clear();
    closed_.clear();
}

bool MemoryRoomLog::append(chat::Append append) {
    Room& room = room_of(append.room);
    CONFAB_ASSERT(room.open);
    std::vector<chat::Outcome> outcomes = std::exchange(spare_, {});
    outcomes.push_back({std::move(append), false, std::nullopt});
    store(room, outcomes.front());
    sink_->on_logged(outcomes);
    outcomes.clear();
    spare_ = std::move(outcomes);
    return true;
}

void MemoryRoomLog::store(Room& room, chat::Outcome& outcome) {
    LogEvent& event = outcome.append.event;
    if (!event.cid.is_nil() && repeats(room, outcome)) return;
    if (event.kind == chat::EventKind::read_marker) return mark_read(room, outcome);
    outcome.error = room.access.refusal(outcome.append);
    if (outcome.error) return;
    if (chat::changes_a_message(event.kind)) {
        if (!may_change(room, outcome)) return;
    } else if (event.target > room.head) {
        outcome.error = chat::no_such_message(event.kind);
        return;
    }
    event.seq = ++room.head;
    room.access.apply(outcome.append);
    if (event.kind == chat::EventKind::removal) erase_text(room, event.target);
    room.changes.record(event);
    if (!event.cid.is_nil()) room.cids.emplace(std::pair(event.cid, event.from->id), event.seq);
    keep(room, event);
}

bool MemoryRoomLog::repeats(Room& room, chat::Outcome& outcome) {
    LogEvent& event = outcome.append.event;
    const auto found = room.cids.find({event.cid, event.from->id});
    if (found == room.cids.end()) return false;
    outcome.repeated = true;
    const LogEvent& first = *room.event_at(found->second);
    if (says_the_same(event, first)) {
        outcome.answer_like(first);
    } else {
        outcome.error = chat::cid_conflict();
    }
    return true;
}

// If not, the outcome says why, or what was there already.
bool MemoryRoomLog::may_change(Room& room, chat::Outcome& outcome) {
    const LogEvent& event = outcome.append.event;
    chat::Target target =
        room.changes.target_of(event, [&](Seq seq) { return room.event_at(seq); });
    target.is_in_charge = room.access.may_moderate(*event.from);
    outcome.error = chat::refusal(event, target);
    if (outcome.error) return false;
    const bool is_there = event.kind == chat::EventKind::reaction && target.given;
    if (is_there) outcome.answer_like(*target.given);
    return !is_there;
}

void MemoryRoomLog::mark_read(Room& room, chat::Outcome& outcome) {
    LogEvent& event = outcome.append.event;
    outcome.error = room.access.refusal(outcome.append);
    if (!outcome.error && room.head == 0) outcome.error = chat::no_such_room();
    if (outcome.error) return;
    const bool is_full = room.read.size() >= kMemoryLogReadersMax;
    if (is_full && !room.read.contains(event.from->id)) room.read.clear();
    Seq& read = room.read[event.from->id];
    read = std::max(read, std::min(event.target, room.head));
    event.seq = read;
}

std::vector<chat::RoomOverview> MemoryRoomLog::rooms_of(const UserId& user, WallTime now) const {
    std::vector<chat::RoomOverview> rooms;
    const chat::User asker{user, {}};
    for (const auto& [name, room] : rooms_) {
        const chat::Standing* standing = room.access.standing_of(user);
        const bool is_member = standing != nullptr && standing->role != chat::Role::none;
        if (!is_member && !room.read.contains(user)) continue;
        if (room.access.refusal(asker, chat::Right::hear, now)) continue;
        rooms.push_back(overview(room, user));
    }
    return rooms;
}

chat::RoomOverview MemoryRoomLog::overview(const Room& room, const UserId& user) const {
    LogState state = state_of(&room);
    chat::RoomOverview seen{.name = *room.name,
                            .title = room.access.settings().title,
                            .role = room.access.role_of({user, {}}),
                            .epoch = std::move(state.epoch),
                            .head = state.head};
    if (room.name->kind() == RoomKind::direct_room) {
        seen.with = user;
        for (const chat::Member& member : room.access.members({user, {}}, {}).some)
            if (member.user != user) seen.with = member.user;
    }
    if (!room.events.empty()) seen.newest_at = room.events.back().at;
    if (const auto read = room.read.find(user); read != room.read.end()) seen.read = read->second;
    for (const LogEvent& event : room.events) {
        const bool counts = event.kind == chat::EventKind::message && event.seq > seen.read &&
                            event.from->id != user && !room.changes.is_removed(event.seq);
        if (!counts || seen.unread == kUnreadShown) continue;
        ++seen.unread;
        if (!event.mentions) continue;
        const auto& named = *event.mentions;
        if (std::find(named.begin(), named.end(), user) != named.end()) ++seen.mentions;
    }
    return seen;
}

void MemoryRoomLog::erase_text(Room& room, Seq message) {
    for (const Seq seq : room.changes.texts_of(message)) {
        LogEvent& event = *room.event_at(seq);
        bytes_ -= event.body.size();
        event.body = {};
        event.mentions = nullptr;
    }
}

LogEvent* MemoryRoomLog::Room::event_at(Seq seq) {
    if (events.empty() || seq < events.front().seq || seq > events.back().seq) return nullptr;
    return &events[seq - events.front().seq];
}

void MemoryRoomLog::keep(Room& room, const LogEvent& event) {
    if (room.HoldsEvents::is_linked()) holding_.erase(holding_.iterator_to(room));
    holding_.push_back(room);
    room.events.push_back(event);
    bytes_ += size_of(event);
    if (room.events.size() > limits_.room_events_max) drop_oldest(room);
    while (bytes_ > limits_.bytes_max)
        drop_oldest(static_cast<Room&>(holding_.front()));
}

void MemoryRoomLog::drop_oldest(Room& room) {
    const LogEvent& event = room.events.front();
    // Its last text would outlive the message, and nobody could delete it.
    if (room.changes.knows(event.seq)) erase_text(room, event.seq);
    bytes_ -= size_of(event);
    if (!event.cid.is_nil()) room.cids.erase({event.cid, event.from->id});
    room.changes.forget(event.seq);
    room.events.pop_front();
    if (room.events.empty()) holding_.erase(holding_.iterator_to(room));
}

std::size_t MemoryRoomLog::size_of(const LogEvent& event) {
    return sizeof event + event.body.size();
}

void MemoryRoomLog::open(const RoomName& name) {
    Room& room = room_of(name);
    room.open = true;
    if (room.IsClosed::is_linked()) closed_.erase(closed_.iterator_to(room));
}

void MemoryRoomLog::close(const RoomName& name) {
    Room& room = room_of(name);
    CONFAB_ASSERT(room.open);
    room.open = false;
    closed_.push_back(room);
    if (room.head == 0 || rooms_.size() > limits_.rooms_max) forget_closed();
}

// The one just closed when nothing was ever said in it, otherwise the one closed longest ago.
void MemoryRoomLog::forget_closed() {
    Room& newest = static_cast<Room&>(closed_.back());
    Room& room = newest.head == 0 ? newest : static_cast<Room&>(closed_.front());
    closed_.erase(closed_.iterator_to(room));
    if (room.head > 0) ++life_;
    while (!room.events.empty())
        drop_oldest(room);
    rooms_.erase(rooms_.find(*room.name));
}

MemoryRoomLog::Room& MemoryRoomLog::room_of(const RoomName& name) {
    const auto [entry, made] = rooms_.try_emplace(name, name.kind());
    if (made) {
        entry->second.name = &entry->first;
        entry->second.life = life_;
    }
    return entry->second;
}

MemoryRoomLog::Room* MemoryRoomLog::find(const RoomName& name) {
    const auto found = rooms_.find(name);
    return found == rooms_.end() ? nullptr : &found->second;
}

void MemoryRoomLog::state(const RoomName& name, std::function<void(Result<chat::RoomState>)> done) {
    const Room* room = find(name);
    done(chat::RoomState{state_of(room),
                         std::make_shared<const chat::RoomAccess>(
                             room == nullptr ? chat::RoomAccess(name.kind()) : room->access)});
}

LogState MemoryRoomLog::state_of(const Room* room) const {
    const std::uint64_t life = room == nullptr ? life_ : room->life;
    LogState state;
    state.epoch = epoch_ + '.' + std::to_string(life);
    if (room != nullptr) {
        state.head = room->head;
        state.oldest = room->head + 1 - room->events.size();
    }
    return state;
}

void MemoryRoomLog::page(const RoomName& name, const chat::PageRequest& request,
                         std::function<void(Result<chat::Page>)> done) {
    Room* room = find(name);
    chat::PageBuilder builder(request);
    if (room == nullptr) return done(std::move(builder).finish(state_of(room)));
    const std::deque<LogEvent>& events = room->events;
    const auto begin =
        std::partition_point(events.begin(), events.end(),
                             [&](const LogEvent& event) { return event.seq <= request.after; });
    const auto end = std::partition_point(
        begin, events.end(), [&](const LogEvent& event) { return event.seq < request.before; });
    for (auto left = end - begin; left > 0; --left) {
        const auto next = request.newest ? begin + (left - 1) : end - left;
        if (!builder.add(*next)) break;
    }
    chat::Page page = std::move(builder).finish(state_of(room));
    if (request.folded_for) {
        chat::fold(page, request, [&](LogEvent& message) {
            return room->changes.fold(message, request,
                                      [&](Seq seq) { return room->event_at(seq); });
        });
    }
    done(std::move(page));
}

}  // namespace confab::store
