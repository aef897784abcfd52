#include "store/retention.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "store/message_table.hpp"

namespace confab::store {
namespace {

constexpr auto kRowsPerRead = static_cast<std::int64_t>(kRetentionRowsPerRead);
constexpr auto kEventsPerWrite = static_cast<std::int64_t>(kRetentionEventsPerWrite);

}  // namespace

Retention::Retention(SqliteDatabase& database, metrics::Shard& metrics)
    : database_(database), metrics_(metrics) {}

Result<std::uint64_t> Retention::pass(const Policy& policy, WallTime now) {
    deleted_ = 0;
    cuts_.clear();
    events_cut_ = 0;
    if (policy == Policy{}) return deleted_;
    std::int64_t last = 0;
    while (!stopped_) {
        const auto rooms = database_.read<std::vector<Room>>([&](SqliteConnection& connection) {
            std::vector<Room> list;
            Query row = connection.query(
                "SELECT id, name, head, oldest FROM rooms WHERE id > ? AND head >= oldest "
                "ORDER BY id LIMIT ?");
            row.integer(last).integer(kRowsPerRead);
            while (row.step()) {
                const auto name = RoomName::parse(row.text_at(1));
                const RoomKind kind = name ? name->kind() : RoomKind::public_room;
                list.push_back({row.integer_at(0), kind, row.integer_at(2), row.integer_at(3)});
            }
            return list;
        });
        if (!rooms) return rooms.error();
        for (const Room& room : *rooms) {
            const auto begin = begin_of_kept(policy.of(room.kind), now, room);
            if (!begin) return begin.error();
            if (const auto done = cut(room, *begin); !done) return done.error();
            last = room.number;
        }
        if (rooms->size() < kRetentionRowsPerRead) break;
    }
    if (const auto done = remove(); !done) return done.error();
    return deleted_;
}

// The cheapest rule first: what it takes away need not be looked at by the others.
Result<std::int64_t> Retention::begin_of_kept(const Rules& rules, WallTime now, Room room) {
    const auto kept = static_cast<std::uint64_t>(room.head - room.oldest + 1);
    if (rules.events != 0 && kept > rules.events) {
        room.oldest = room.head + 1 - static_cast<std::int64_t>(rules.events);
    }
    if (rules.age.count() != 0) {
        const auto first = first_since(now - rules.age, now, room);
        if (!first) return first;
        room.oldest = *first;
    }
    return rules.bytes == 0 ? room.oldest : first_within(rules.bytes, room);
}

// Where the room is to begin: at the first event that is not older. Clocks go back at times, so
// what is behind it may be; and one that was ahead has left events of the future, which end
// nothing, but are kept unless something old is behind them.
Result<std::int64_t> Retention::first_since(WallTime time, WallTime now, const Room& room) {
    std::int64_t begin = room.oldest;
    std::int64_t next = room.oldest;
    const std::int64_t since = unix_milliseconds(time);
    const std::int64_t today = unix_milliseconds(now);
    bool found = false;
    while (!found && next <= room.head && !stopped_) {
        const auto end = database_.read<std::int64_t>([&](SqliteConnection& connection) {
            std::int64_t seq = next;
            Query row = connection.query(
                "SELECT seq, at FROM events WHERE room = ? AND seq >= ? AND seq <= ? "
                "ORDER BY seq LIMIT ?");
            row.integer(room.number).integer(next).integer(room.head).integer(kRowsPerRead);
            while (!found && row.step()) {
                const std::int64_t at = row.integer_at(1);
                found = at >= since && at <= today;
                seq = row.integer_at(0) + 1;
                if (at < since) begin = seq;
            }
            return seq;
        });
        if (!end) return end;
        if (*end == next) break;
        next = *end;
    }
    return begin;
}

// The first of the newest events that together have no more text.
Result<std::int64_t> Retention::first_within(std::uint64_t bytes, const Room& room) {
    std::int64_t first = room.head + 1;
    std::uint64_t sum = 0;
    while (first > room.oldest && !stopped_) {
        bool full = false;
        const auto begin = database_.read<std::int64_t>([&](SqliteConnection& connection) {
            std::int64_t seq = first;
            Query row = connection.query(
                "SELECT seq, length(CAST(body AS BLOB)) FROM events WHERE room = ? AND seq < ? "
                "ORDER BY seq DESC LIMIT ?");
            row.integer(room.number).integer(first).integer(kRowsPerRead);
            while (!full && row.step()) {
                sum += static_cast<std::uint64_t>(row.integer_at(1));
                full = sum > bytes;
                if (!full) seq = row.integer_at(0);
            }
            return seq;
        });
        if (!begin) return begin;
        if (full || *begin == first) return *begin;
        first = *begin;
    }
    // Stopped before it was known: nothing is to go.
    return stopped_ ? room.oldest : first;
}

// Notes that the room is to begin there. As soon as there is enough for a transaction it is done.
Result<void> Retention::cut(Room room, std::int64_t begin) {
    while (room.oldest < begin && !stopped_) {
        const std::int64_t next = std::min(begin, room.oldest + kEventsPerWrite - events_cut_);
        events_cut_ += next - room.oldest;
        room.oldest = next;
        cuts_.push_back({room.number, next});
        if (events_cut_ < kEventsPerWrite) continue;
        if (const auto done = remove(); !done) return done;
    }
    return {};
}

Result<void> Retention::remove() {
    if (cuts_.empty() || stopped_) return {};
    const auto gone =
        database_.write<std::size_t>([&](SqliteConnection& connection) -> Result<std::size_t> {
            std::size_t count = 0;
            for (const Cut& cut : cuts_) {
                count += connection.query("DELETE FROM events WHERE room = ? AND seq < ?")
                             .integer(cut.room)
                             .integer(cut.begin)
                             .run();
                MessageTable::forget(connection, cut.room, cut.begin);
                connection.query("UPDATE rooms SET oldest = ? WHERE id = ?")
                    .integer(cut.begin)
                    .integer(cut.room)
                    .run();
            }
            return count;
        });
    if (!gone) return gone.error();
    cuts_.clear();
    events_cut_ = 0;
    deleted_ += *gone;
    metrics_.add(metrics::Id::log_deleted, static_cast<std::int64_t>(*gone));
    return {};
}

}  // namespace confab::store
