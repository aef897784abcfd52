#include "store/room_table.hpp"

#include <optional>
#include <string>

#include "base/planted_fault.hpp"
#include "store/store_numbers.hpp"

namespace confab::store {
namespace {

using Action = chat::RoomChange::Action;

std::string epoch_of(SqliteConnection& connection) {
    Query row = connection.query("SELECT epoch FROM log_life");
    return row.step() ? row.text_at(0) : std::string();
}

// Of nothing: 0.
std::int64_t as_milliseconds(WallTime at) {
    return at == WallTime{} ? 0 : unix_milliseconds(at);
}

void note(SqliteConnection& connection, const chat::Append& append, std::string_view action,
          std::string_view detail) {
    connection
        .query(
            "INSERT INTO audit (at, actor, actor_name, room, seq, action, detail) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)")
        .integer(unix_milliseconds(append.event.at))
        .text(append.event.from->id.text())
        .text(append.event.from->name)
        .text(append.room.text())
        .integer(as_integer(append.event.seq))
        .text(action)
        .text(detail)
        .run();
}

void write_settings(SqliteConnection& connection, std::int64_t room,
                    const chat::RoomSettings& settings) {
    connection.query("UPDATE rooms SET title = ?, read_only = ?, slow_mode_s = ? WHERE id = ?")
        .text(settings.title)
        .integer(settings.is_read_only ? 1 : 0)
        .integer(settings.slow_mode.count())
        .integer(room)
        .run();
}

void write_standing(SqliteConnection& connection, std::int64_t room, const UserId& user,
                    const chat::Standing* standing) {
    if (standing == nullptr) {
        connection.query("DELETE FROM standings WHERE room = ? AND user = ?")
            .integer(room)
            .text(user.text())
            .run();
        return;
    }
    connection
        .query(
            "INSERT INTO standings (room, user, role, banned_until, muted_until) "
            "VALUES (?, ?, ?, ?, ?) ON CONFLICT (room, user) DO UPDATE SET role = excluded.role, "
            "banned_until = excluded.banned_until, muted_until = excluded.muted_until")
        .integer(room)
        .text(user.text())
        .integer(static_cast<std::int64_t>(standing->role))
        .integer(as_milliseconds(standing->banned_until))
        .integer(as_milliseconds(standing->muted_until))
        .run();
}

void forget_past(SqliteConnection& connection, std::int64_t room, WallTime now) {
    connection
        .query(
            "DELETE FROM standings WHERE room = ?1 AND role = 0 AND banned_until <= ?2 AND "
            "muted_until <= ?2")
        .integer(room)
        .integer(unix_milliseconds(now))
        .run();
}

}  // namespace

RoomTable::Row RoomTable::find(SqliteConnection& connection, const RoomName& name) {
    Row room;
    room.state.epoch = epoch_of(connection);
    Query row = connection.query(
        "SELECT id, head, oldest, title, read_only, slow_mode_s FROM rooms WHERE name = ?");
    if (!row.text(name.text()).step()) return room;
    room.number = row.integer_at(0);
    room.state.head = static_cast<Seq>(row.integer_at(1));
    room.state.oldest = static_cast<Seq>(row.integer_at(2));
    room.settings.title = row.text_at(3);
    room.settings.is_read_only = row.integer_at(4) != 0;
    room.settings.slow_mode = std::chrono::seconds(row.integer_at(5));
    return room;
}

chat::RoomAccess RoomTable::access(SqliteConnection& connection, const RoomName& name,
                                   const Row& room) {
    chat::RoomAccess access(name.kind());
    if (room.number == 0) return access;
    access.restore(room.settings);
    Query row = connection.query(
        "SELECT user, role, banned_until, muted_until FROM standings WHERE room = ?");
    row.integer(room.number);
    while (row.step()) {
        access.restore(UserId(row.text_at(0)),
                       {.role = static_cast<chat::Role>(row.integer_at(1)),
                        .banned_until = from_unix_milliseconds(row.integer_at(2)),
                        .muted_until = from_unix_milliseconds(row.integer_at(3))});
    }
    return access;
}

std::int64_t RoomTable::make(SqliteConnection& connection, const chat::Append& first) {
    std::optional<std::string> maker;  // none of a room that is there once somebody speaks in it
    if (first.change && first.change->action == Action::create) maker = first.event.from->id.text();
    Query row = connection.query(
        "INSERT INTO rooms (name, head, oldest, created_at, made_by) VALUES (?, 0, 1, ?, ?) "
        "RETURNING id");
    row.text(first.room.text()).integer(unix_milliseconds(first.event.at)).optional_text(maker);
    return row.step() ? row.integer_at(0) : 0;
}

std::size_t RoomTable::made_by(SqliteConnection& connection, const UserId& user, std::size_t most) {
    Query row = connection.query(
        "SELECT count(*) FROM (SELECT 1 FROM rooms r WHERE made_by = ? AND EXISTS "
        "(SELECT 1 FROM standings WHERE room = r.id AND role > 0) LIMIT ?)");
    row.text(user.text()).integer(static_cast<std::int64_t>(most));
    return row.step() ? static_cast<std::size_t>(row.integer_at(0)) : 0;
}

void RoomTable::record(SqliteConnection& connection, std::int64_t room,
                       const chat::RoomAccess& access, const chat::Append& append) {
    const chat::RoomChange& change = *append.change;
    note(connection, append, name_of(change.action), append.event.body.view());
    const bool removes = chat::RoomAccess::removes(access.kind(), change);
    if (removes && is_planted(PlantedFault::forget_removal)) return;
    const auto write = [&](const UserId& user) {
        write_standing(connection, room, user, access.standing_of(user));
    };
    switch (change.action) {
        case Action::create:
            write(append.event.from->id);
            if (access.kind() == RoomKind::direct_room) write(change.subject);
            [[fallthrough]];
        case Action::configure:
            return write_settings(connection, room, access.settings());
        case Action::ban:
        case Action::mute:
        case Action::set_role:
            forget_past(connection, room, append.event.at);
            [[fallthrough]];
        case Action::kick:
        case Action::unban:
        case Action::unmute:
            return write(change.subject);
    }
}

void RoomTable::note_removal(SqliteConnection& connection, const chat::Append& append) {
    note(connection, append, "delete", "{\"target\":" + std::to_string(append.event.target) + '}');
}

void RoomTable::set_head(SqliteConnection& connection, std::int64_t room, Seq head) {
    connection.query("UPDATE rooms SET head = ? WHERE id = ?")
        .integer(as_integer(head))
        .integer(room)
        .run();
}

}  // namespace confab::store
