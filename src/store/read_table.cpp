#include "store/read_table.hpp"

#include <algorithm>
#include <utility>

#include "store/store_numbers.hpp"

namespace confab::store {
namespace {

// A room where nobody but the user has spoken for so long has nothing unread.
constexpr std::size_t kUnreadScanned = 1000;
// In all rooms of one answer. In those behind that all that is new counts as unread: a user of
// very many rooms must not keep others from reading.
constexpr std::size_t kUnreadScannedInAll = 20'000;

std::size_t count(Query row) {
    return row.step() ? static_cast<std::size_t>(row.integer_at(0)) : 0;
}

std::size_t unread_in(SqliteConnection& connection, std::int64_t room, const UserId& user,
                      Seq read) {
    Query row = connection.query(
        "SELECT count(*) FROM (SELECT 1 FROM (SELECT seq, kind, sender FROM events WHERE room = ?1 "
        "AND seq > ?2 ORDER BY seq LIMIT ?3) e WHERE e.kind = 1 AND e.sender <> ?4 AND NOT EXISTS "
        "(SELECT 1 FROM changes c WHERE c.room = ?1 AND c.target = e.seq AND c.kind = 3) "
        "LIMIT ?5)");
    row.integer(room)
        .integer(as_integer(read))
        .integer(static_cast<std::int64_t>(kUnreadScanned))
        .text(user.text())
        .integer(static_cast<std::int64_t>(kUnreadShown));
    return count(std::move(row));
}

std::size_t mentions_in(SqliteConnection& connection, std::int64_t room, const UserId& user,
                        Seq read) {
    Query row = connection.query(
        "SELECT count(*) FROM (SELECT 1 FROM mentions WHERE user = ? AND room = ? AND seq > ? "
        "LIMIT ?)");
    row.text(user.text())
        .integer(room)
        .integer(as_integer(read))
        .integer(static_cast<std::int64_t>(kUnreadShown));
    return count(std::move(row));
}

}  // namespace

ReadTable::Mentions ReadTable::mentions_of(const std::string& text) {
    if (text.empty()) return nullptr;
    auto users = std::make_shared<std::vector<UserId>>();
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        users->emplace_back(std::string_view(text).substr(begin, end - begin));
        begin = end + 1;
    }
    return users;
}

std::optional<std::string> ReadTable::text_of(const Mentions& mentions) {
    if (!mentions) return std::nullopt;
    std::string text;
    for (const UserId& user : *mentions) {
        if (!text.empty()) text += '\n';
        text += user.text();
    }
    return text;
}

Seq ReadTable::mark(SqliteConnection& connection, std::int64_t room, const UserId& user, Seq seq) {
    Query row = connection.query(
        "INSERT INTO read_markers (user, room, seq) VALUES (?, ?, ?) ON CONFLICT (user, room) "
        "DO UPDATE SET seq = max(seq, excluded.seq) RETURNING seq");
    row.text(user.text()).integer(room).integer(as_integer(seq));
    return row.step() ? static_cast<Seq>(row.integer_at(0)) : seq;
}

// Who names himself need not be told.
void ReadTable::mention(SqliteConnection& connection, std::int64_t room,
                        const chat::LogEvent& message) {
    for (const UserId& user : *message.mentions) {
        if (user == message.from->id) continue;
        connection.query("INSERT INTO mentions (user, room, seq) VALUES (?, ?, ?)")
            .text(user.text())
            .integer(room)
            .integer(as_integer(message.seq))
            .run();
    }
}

void ReadTable::forget(SqliteConnection& connection, std::int64_t room, Seq message) {
    connection.query("DELETE FROM mentions WHERE room = ? AND seq = ?")
        .integer(room)
        .integer(as_integer(message))
        .run();
}

void ReadTable::forget_before(SqliteConnection& connection, std::int64_t room, std::int64_t begin) {
    connection.query("DELETE FROM mentions WHERE room = ? AND seq < ?")
        .integer(room)
        .integer(begin)
        .run();
}

std::vector<chat::RoomOverview> ReadTable::rooms_of(SqliteConnection& connection,
                                                    const UserId& user, WallTime now) {
    std::vector<chat::RoomOverview> rooms;
    std::vector<std::int64_t> numbers;
    Query row = connection.query(
        "WITH mine (room) AS (SELECT room FROM standings WHERE user = ?1 AND role > 0 "
        "UNION SELECT room FROM read_markers WHERE user = ?1) "
        "SELECT r.id, r.name, r.title, coalesce(s.role, 0), r.head, coalesce(m.seq, 0), "
        "(SELECT epoch FROM log_life), "
        "coalesce((SELECT at FROM events WHERE room = r.id AND seq = r.head), 0) AS newest, "
        "coalesce(o.user, ?1), coalesce(a.full_name, '') "
        "FROM mine JOIN rooms r ON r.id = mine.room "
        "LEFT JOIN standings s ON s.room = r.id AND s.user = ?1 "
        "LEFT JOIN standings o ON r.name LIKE '~d%' AND o.room = r.id AND o.user <> ?1 "
        "LEFT JOIN accounts a ON r.name LIKE '~d%' AND a.id = coalesce(o.user, ?1) "
        "LEFT JOIN read_markers m ON m.room = r.id AND m.user = ?1 "
        "WHERE (coalesce(s.role, 0) > 0 OR r.name NOT LIKE '~%') "
        "AND coalesce(s.banned_until, 0) <= ?2 ORDER BY newest DESC LIMIT ?3");
    row.text(user.text())
        .integer(unix_milliseconds(now))
        .integer(static_cast<std::int64_t>(kRoomsPerUserShown));
    while (row.step()) {
        auto name = RoomName::parse(row.text_at(1));
        if (!name) continue;
        auto role = static_cast<chat::Role>(row.integer_at(3));
        const bool is_public = name->kind() == RoomKind::public_room;
        const bool is_direct = name->kind() == RoomKind::direct_room;
        if (is_public && role == chat::Role::none) role = chat::Role::member;
        numbers.push_back(row.integer_at(0));
        rooms.push_back({.name = *std::move(name),
                         .title = row.text_at(2),
                         .with = is_direct ? UserId(row.text_at(8)) : UserId(),
                         .with_name = row.text_at(9),
                         .role = role,
                         .epoch = row.text_at(6),
                         .head = static_cast<Seq>(row.integer_at(4)),
                         .newest_at = from_unix_milliseconds(row.integer_at(7)),
                         .read = static_cast<Seq>(row.integer_at(5))});
    }
    std::size_t scanned = 0;
    for (std::size_t i = 0; i < rooms.size(); ++i) {
        chat::RoomOverview& room = rooms[i];
        if (room.read == room.head) continue;
        const auto behind = static_cast<std::size_t>(room.head - room.read);
        if (scanned < kUnreadScannedInAll) {
            scanned += std::min(behind, kUnreadScanned);
            room.unread = unread_in(connection, numbers[i], user, room.read);
        } else {
            room.unread = std::min(behind, kUnreadShown);
        }
        room.mentions = mentions_in(connection, numbers[i], user, room.read);
    }
    return rooms;
}

chat::RoomList::Names ReadTable::names_of(SqliteConnection& connection,
                                          const std::vector<UserId>& users) {
    chat::RoomList::Names names;
    for (const UserId& user : users) {
        Query row = connection.query("SELECT full_name FROM accounts WHERE id = ?");
        names.push_back(row.text(user.text()).step() ? row.text_at(0) : std::string());
    }
    return names;
}

}  // namespace confab::store
