#include "store/event_table.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "base/planted_fault.hpp"
#include "chat/page_builder.hpp"
#include "store/message_table.hpp"
#include "store/read_table.hpp"
#include "store/room_table.hpp"
#include "store/store_numbers.hpp"

namespace confab::store {
namespace {

using chat::LogEvent;

// Columns 0 to 9 of the row: seq, kind, id, sender, sender_name, cid, at, target, body, mentions.
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
    event.mentions = ReadTable::mentions_of(row.text_at(9));
    return event;
}

// Zero: the event is there already, under the same cid.
std::size_t insert(SqliteConnection& connection, std::int64_t room, const LogEvent& event) {
    return connection
        .query(
            "INSERT INTO events (room, seq, kind, id, sender, sender_name, cid, at, target, body, "
            "mentions) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
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
        .optional_text(ReadTable::text_of(event.mentions))
        .run();
}

// Answers a repeated event like the first one. False: there is none with this cid.
bool repeat(SqliteConnection& connection, std::int64_t room, chat::Outcome& outcome) {
    LogEvent& event = outcome.append.event;
    Query row = connection.query(
        "SELECT seq, kind, id, sender, sender_name, cid, at, target, body, mentions FROM events "
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

Error too_many_rooms() {
    return {ErrorKind::conflict, "too_many_rooms", "you have made as many rooms as one may"};
}

// Whether the event may change its target. If not, the outcome says why, or what was there already.
bool may_change(SqliteConnection& connection, std::int64_t room, const chat::RoomAccess& access,
                chat::Outcome& outcome) {
    const LogEvent& event = outcome.append.event;
    chat::Target target = MessageTable::target_of(connection, room, event);
    target.is_in_charge = access.may_moderate(*event.from);
    outcome.error = chat::refusal(event, target);
    if (outcome.error) return false;
    const bool is_there = event.kind == chat::EventKind::reaction && target.given;
    if (is_there) outcome.answer_like(*target.given);
    return !is_there;
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
        return read(
            connection.query("SELECT seq, kind, id, sender, sender_name, cid, at, target, body, "
                             "mentions FROM events "
                             "WHERE room = ? AND seq > ? AND seq < ? ORDER BY seq DESC LIMIT ?"));
    }
    read(connection.query(
        "SELECT seq, kind, id, sender, sender_name, cid, at, target, body, mentions FROM events "
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
    Room* room = find(connection, outcome.append.room);
    if (room == nullptr) {
        outcome.error = refusal_of_first(connection, outcome.append);
        if (outcome.error) return;
        room = &make(connection, outcome.append);
    }
    if (event.kind == chat::EventKind::read_marker) return mark_read(connection, *room, outcome);
    if (is_planted(PlantedFault::no_dedup)) event.cid = event.id;
    if (is_planted(PlantedFault::skip_seq) && room->head % 100 == 99) ++room->head;
    if (!may_store(connection, *room, outcome)) return;
    event.seq = room->head + 1;
    if (insert(connection, room->number, event) == 0) {
        (void)repeat(connection, room->number, outcome);
        return;
    }
    ++room->head;
    if (!std::exchange(room->changed, true)) changed_.push_back(room);
    record(connection, *room, outcome.append);
}

void EventTable::mark_read(SqliteConnection& connection, const Room& room, chat::Outcome& outcome) {
    LogEvent& event = outcome.append.event;
    outcome.error = room.access.refusal(outcome.append);
    if (outcome.error) return;
    const Seq seq = std::min(event.target, room.head);
    event.seq = ReadTable::mark(connection, room.number, event.from->id, seq);
}

// If not, the outcome says why, or what was there already: who could say something once is told so
// when he repeats it, whatever he may say by now.
bool EventTable::may_store(SqliteConnection& connection, const Room& room, chat::Outcome& outcome) {
    const LogEvent& event = outcome.append.event;
    auto refused = room.access.refusal(outcome.append);
    if (is_planted(PlantedFault::store_after_removal) && !outcome.append.change) refused.reset();
    const bool is_change = chat::changes_a_message(event.kind);
    const bool looks_first = refused || event.kind != chat::EventKind::message;
    if (looks_first && !event.cid.is_nil() && repeat(connection, room.number, outcome))
        return false;
    if (refused) {
        outcome.error = std::move(refused);
        return false;
    }
    if (is_change) return may_change(connection, room.number, room.access, outcome);
    if (event.target > room.head) outcome.error = chat::no_such_message(event.kind);
    return !outcome.error;
}

// What the tables besides that of the events say of it.
void EventTable::record(SqliteConnection& connection, Room& room, const chat::Append& append) {
    const LogEvent& event = append.event;
    room.access.apply(append);
    if (event.mentions) ReadTable::mention(connection, room.number, event);
    if (append.change) return RoomTable::record(connection, room.number, room.access, append);
    if (!chat::changes_a_message(event.kind)) return;
    const bool is_removal = event.kind == chat::EventKind::removal;
    if (is_removal && !MessageTable::target_of(connection, room.number, event).is_own) {
        RoomTable::note_removal(connection, append);
    }
    MessageTable::record(connection, room.number, event);
}

void EventTable::update_heads(SqliteConnection& connection) {
    for (Room* room : std::exchange(changed_, {})) {
        room->changed = false;
        RoomTable::set_head(connection, room->number, room->head);
    }
}

// What is refused in any case must not make a room.
std::optional<Error> EventTable::refusal_of_first(SqliteConnection& connection,
                                                  const chat::Append& append) {
    if (auto refused = chat::RoomAccess(append.room.kind()).refusal(append)) return refused;
    const LogEvent& event = append.event;
    if (event.kind == chat::EventKind::read_marker) return chat::no_such_room();
    const bool is_made = append.change && append.change->action == chat::RoomChange::Action::create;
    if (is_made && RoomTable::made_by(connection, event.from->id, kRoomsMadeMax) >= kRoomsMadeMax) {
        return too_many_rooms();
    }
    if (!chat::changes_a_message(event.kind) && event.target == 0) return std::nullopt;
    return chat::no_such_message(event.kind);
}

EventTable::Room* EventTable::find(SqliteConnection& connection, const RoomName& name) {
    const auto known = rooms_.find(name);
    if (known != rooms_.end()) return &known->second;
    const RoomTable::Row row = RoomTable::find(connection, name);
    if (row.number == 0) return nullptr;
    Room room{row.number, row.state.head, false, RoomTable::access(connection, name, row)};
    return &rooms_.emplace(name, std::move(room)).first->second;
}

// Who is what in it follows from its first event.
EventTable::Room& EventTable::make(SqliteConnection& connection, const chat::Append& append) {
    const RoomName& name = append.room;
    Room room{RoomTable::make(connection, append), 0, false, chat::RoomAccess(name.kind())};
    return rooms_.emplace(name, std::move(room)).first->second;
}

chat::RoomState EventTable::state(SqliteConnection& connection, const RoomName& name) {
    RoomTable::Row row = RoomTable::find(connection, name);
    auto access =
        std::make_shared<const chat::RoomAccess>(RoomTable::access(connection, name, row));
    return {std::move(row.state), std::move(access)};
}

chat::Page EventTable::page(SqliteConnection& connection, const RoomName& room,
                            const chat::PageRequest& request) {
    RoomTable::Row row = RoomTable::find(connection, room);
    chat::PageBuilder builder(request);
    if (row.number != 0) read_events(connection, row.number, request, builder);
    chat::Page page = std::move(builder).finish(std::move(row.state));
    if (request.folded_for) MessageTable::fold(connection, row.number, request, page);
    return page;
}

}  // namespace confab::store
