#include "store/event_table.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "base/planted_fault.hpp"
#include "chat/page_builder.hpp"
#include "store/message_table.hpp"

namespace confab::store {
namespace {

using chat::LogEvent;

constexpr Seq kSeqMax = std::numeric_limits<std::int64_t>::max();

std::int64_t as_integer(Seq seq) {
    return static_cast<std::int64_t>(std::min(seq, kSeqMax));
}

// Columns 0 to 8 of the row: seq, kind, id, sender, sender_name, cid, at, target, body.
LogEvent event_at(const Query& row) {
    LogEvent event;
    event.seq = static_cast<Seq>(row.integer_at(0));
    event.kind = static_cast<chat::EventKind>(row.integer_at(1));
    event.id = Uuid::from_bytes(row.text_at(2));
    event.from =
        std::make_shared<const chat::User>(chat::User{UserId(row.text_at(3)), row.text_at(4)});
    const std::string cid = row.text_at(5);
    if (!cid.empty()) event.cid = Uuid::from_bytes(cid);
    event.at = from_unix_milliseconds(row.integer_at(6));
    event.target = static_cast<Seq>(row.integer_at(7));
    event.body = SharedBytes::copy_of(row.text_at(8));
    return event;
}

// Zero: the event is there already, under the same cid.
std::size_t insert(SqliteConnection& connection, std::int64_t room, const LogEvent& event) {
    return connection
        .query(
            "INSERT INTO events (room, seq, kind, id, sender, sender_name, cid, at, target, body) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (cid, room, sender) WHERE cid IS NOT NULL DO NOTHING")
        .integer(room)
        .integer(as_integer(event.seq))
        .integer(static_cast<std::int64_t>(event.kind))
        .blob(event.id.bytes())
        .text(event.from->id.text())
        .text(event.from->name)
        .optional_blob(event.cid.is_nil() ? std::string_view() : event.cid.bytes())
        .integer(unix_milliseconds(event.at))
        .optional_integer(event.target == 0 ? std::nullopt
                                            : std::optional(as_integer(event.target)))
        .text(event.body.view())
        .run();
}

// Answers a repeated event like the first one. False: there is none with this cid.
bool repeat(SqliteConnection& connection, std::int64_t room, chat::Outcome& outcome) {
    LogEvent& event = outcome.append.event;
    Query row = connection.query(
        "SELECT seq, kind, id, sender, sender_name, cid, at, target, body FROM events "
        "WHERE cid = ? AND room = ? AND sender = ?");
    event.seq = 0;
    row.blob(event.cid.bytes()).integer(room).text(event.from->id.text());
    if (!row.step()) return false;
    const LogEvent first = event_at(row);
    if (chat::says_the_same(event, first)) {
        outcome.answer_like(first);
    } else {
        outcome.repeated = true;
        outcome.error = chat::cid_conflict();
    }
    return true;
}

// Whether the event may change its target. If not, the outcome says why, or what was there already.
bool may_change(SqliteConnection& connection, std::int64_t room, chat::Outcome& outcome) {
    LogEvent& event = outcome.append.event;
    if (!event.cid.is_nil() && repeat(connection, room, outcome)) return false;
    const chat::Target target = MessageTable::target_of(connection, room, event);
    outcome.error = chat::refusal(event, target);
    if (outcome.error) return false;
    const bool is_there = event.kind == chat::EventKind::reaction && target.given;
    if (is_there) outcome.answer_like(*target.given);
    return !is_there;
}

struct RoomRow {
    std::int64_t number = 0;
    chat::LogState state;
};

std::string epoch_of(SqliteConnection& connection) {
    Query row = connection.query("SELECT epoch FROM log_life");
    return row.step() ? row.text_at(0) : std::string();
}

// Number 0: there is no such room.
RoomRow find_room(SqliteConnection& connection, const RoomName& name) {
    RoomRow room;
    room.state.epoch = epoch_of(connection);
    Query row = connection.query("SELECT id, head, oldest FROM rooms WHERE name = ?");
    if (!row.text(name.text()).step()) return room;
    room.number = row.integer_at(0);
    room.state.head = static_cast<Seq>(row.integer_at(1));
    room.state.oldest = static_cast<Seq>(row.integer_at(2));
    return room;
}

// One more than asked for, so that the end shows.
void read_events(SqliteConnection& connection, std::int64_t room, const chat::PageRequest& request,
                 chat::PageBuilder& page) {
    const auto read = [&](Query rows) {
        rows.integer(room)
            .integer(as_integer(request.after))
            .integer(as_integer(request.before))
            .integer(static_cast<std::int64_t>(request.limit) + 1);
        while (rows.step()) {
            if (!page.add(event_at(rows))) return;
        }
    };
    if (request.newest) {
        return read(connection.query(
            "SELECT seq, kind, id, sender, sender_name, cid, at, target, body FROM events "
            "WHERE room = ? AND seq > ? AND seq < ? ORDER BY seq DESC LIMIT ?"));
    }
    read(connection.query(
        "SELECT seq, kind, id, sender, sender_name, cid, at, target, body FROM events "
        "WHERE room = ? AND seq > ? AND seq < ? ORDER BY seq LIMIT ?"));
}

}  // namespace

void EventTable::append(SqliteConnection& connection, std::span<chat::Outcome> outcomes) {
    if (rooms_.size() > kLogRoomsCached) rooms_.clear();
    for (chat::Outcome& outcome : outcomes)
        store(connection, outcome);
    update_heads(connection);
}

void EventTable::rolled_back() {
    rooms_.clear();
    changed_.clear();
}

void EventTable::store(SqliteConnection& connection, chat::Outcome& outcome) {
    LogEvent& event = outcome.append.event;
    const bool is_change = event.kind != chat::EventKind::message;
    const bool needs_another = is_change || event.target > 0;
    if (needs_another && !is_known(connection, outcome.append.room)) {
        outcome.error = chat::no_such_message(event.kind);
        return;
    }
    Room& room = room_of(connection, outcome.append);
    if (is_planted(PlantedFault::no_dedup)) event.cid = event.id;
    if (is_planted(PlantedFault::skip_seq) && room.head % 100 == 99) ++room.head;
    if (is_change && !may_change(connection, room.number, outcome)) return;
    if (!is_change && event.target > room.head) {
        outcome.error = chat::no_such_message(event.kind);
        return;
    }
    event.seq = room.head + 1;
    if (insert(connection, room.number, event) == 0) {
        (void)repeat(connection, room.number, outcome);
        return;
    }
    if (is_change) MessageTable::record(connection, room.number, event);
    ++room.head;
    if (!std::exchange(room.changed, true)) changed_.push_back(&room);
}

void EventTable::update_heads(SqliteConnection& connection) {
    for (Room* room : std::exchange(changed_, {})) {
        room->changed = false;
        connection.query("UPDATE rooms SET head = ? WHERE id = ?")
            .integer(as_integer(room->head))
            .integer(room->number)
            .run();
    }
}

// Whether there is a row for it. What is refused in any case must not make one.
bool EventTable::is_known(SqliteConnection& connection, const RoomName& room) const {
    return rooms_.contains(room) || find_room(connection, room).number != 0;
}

EventTable::Room& EventTable::room_of(SqliteConnection& connection, const chat::Append& append) {
    const auto known = rooms_.find(append.room);
    if (known != rooms_.end()) return known->second;
    connection
        .query(
            "INSERT INTO rooms (name, head, oldest, created_at) VALUES (?, 0, 1, ?) "
            "ON CONFLICT (name) DO NOTHING")
        .text(append.room.text())
        .integer(unix_milliseconds(append.event.at))
        .run();
    const RoomRow row = find_room(connection, append.room);
    return rooms_.emplace(append.room, Room{row.number, row.state.head}).first->second;
}

chat::LogState EventTable::state(SqliteConnection& connection, const RoomName& room) {
    return find_room(connection, room).state;
}

chat::Page EventTable::page(SqliteConnection& connection, const RoomName& room,
                            const chat::PageRequest& request) {
    const RoomRow row = find_room(connection, room);
    chat::PageBuilder builder(request);
    if (row.number != 0) read_events(connection, row.number, request, builder);
    chat::Page page = std::move(builder).finish(row.state);
    if (request.folded_for) MessageTable::fold(connection, row.number, request, page);
    return page;
}

}  // namespace confab::store
