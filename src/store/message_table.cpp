#include "store/message_table.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "store/read_table.hpp"
#include "store/store_numbers.hpp"

namespace confab::store {
namespace {

using chat::EventKind;
using chat::LogEvent;
using chat::MessageState;

void look_up_message(SqliteConnection& connection, std::int64_t room, const LogEvent& event,
                     chat::Target& target) {
    Query row = connection.query("SELECT kind, sender FROM events WHERE room = ? AND seq = ?");
    if (!row.integer(room).integer(as_integer(event.target)).step()) return;
    target.is_kept = row.integer_at(0) == as_integer(EventKind::message);
    target.is_own = row.text_at(1) == event.from->id.text();
}

void look_up_changes(SqliteConnection& connection, std::int64_t room, const LogEvent& event,
                     chat::Target& target) {
    Query row =
        connection.query("SELECT count(*), max(kind) FROM changes WHERE room = ? AND target = ?");
    if (!row.integer(room).integer(as_integer(event.target)).step()) return;
    target.edits = static_cast<std::size_t>(row.integer_at(0));
    target.is_removed = target.edits > 0 && row.integer_at(1) == as_integer(EventKind::removal);
}

void look_up_reactions(SqliteConnection& connection, std::int64_t room, const LogEvent& event,
                       chat::Target& target) {
    Query same = connection.query(
        "SELECT r.seq, e.id, e.at FROM reactions r JOIN events e ON e.room = r.room AND "
        "e.seq = r.seq WHERE r.room = ? AND r.target = ? AND r.reaction = ? AND r.sender = ?");
    same.integer(room).integer(as_integer(event.target)).text(event.body.view());
    if (same.text(event.from->id.text()).step()) {
        LogEvent& given = target.given.emplace();
        given.seq = static_cast<Seq>(same.integer_at(0));
        given.id = Uuid::from_bytes(same.text_at(1));
        given.at = from_unix_milliseconds(same.integer_at(2));
        return;
    }
    // However many people there are, this looks at one row of each reaction.
    Query others = connection.query(
        "WITH RECURSIVE each (reaction) AS ("
        "SELECT min(reaction) FROM reactions WHERE room = ?1 AND target = ?2 "
        "UNION ALL SELECT (SELECT min(reaction) FROM reactions WHERE room = ?1 AND target = ?2 "
        "AND reaction > each.reaction) FROM each WHERE each.reaction IS NOT NULL) "
        "SELECT count(reaction), max(reaction = ?3) FROM each");
    others.integer(room).integer(as_integer(event.target)).text(event.body.view());
    if (!others.step()) return;
    target.reactions = static_cast<std::size_t>(others.integer_at(0));
    target.has_reaction = target.reactions > 0 && others.integer_at(1) == 1;
}

void erase_text(SqliteConnection& connection, std::int64_t room, Seq message) {
    connection.query("UPDATE events SET body = '', mentions = NULL WHERE room = ? AND seq = ?")
        .integer(room)
        .integer(as_integer(message))
        .run();
    connection
        .query(
            "UPDATE events SET body = '' WHERE room = ?1 AND seq IN "
            "(SELECT seq FROM changes WHERE room = ?1 AND target = ?2)")
        .integer(room)
        .integer(as_integer(message))
        .run();
    connection.query("DELETE FROM reactions WHERE room = ? AND target = ?")
        .integer(room)
        .integer(as_integer(message))
        .run();
    ReadTable::forget(connection, room, message);
}

// The states of the messages of one page.
class States {
  public:
    States(SqliteConnection& connection, std::int64_t room, const chat::Page& page,
           const chat::PageRequest& request)
        : connection_(connection), room_(room) {
        const std::int64_t as_of = as_integer(std::min(request.as_of, page.state.head));
        read_changes(page, as_of);
        read_reactions(page, *request.folded_for, as_of);
    }
    [[nodiscard]] MessageState of(LogEvent& message) {
        const auto found = states_.find(message.seq);
        if (found == states_.end()) return {};
        if (found->second.edited != 0) message.body = text_of(found->second);
        return std::move(found->second);
    }

  private:
    void read_changes(const chat::Page& page, std::int64_t as_of) {
        Query rows = connection_.query(
            "SELECT c.target, c.seq, c.kind, e.at FROM changes c JOIN events e ON "
            "e.room = c.room AND e.seq = c.seq WHERE c.room = ? AND c.target BETWEEN ? AND ? "
            "AND (c.seq <= ? OR c.kind = 3) ORDER BY c.target, c.seq");
        rows.integer(room_).integer(as_integer(page.first)).integer(as_integer(page.last));
        rows.integer(as_of);
        while (rows.step()) {
            MessageState& state = states_[static_cast<Seq>(rows.integer_at(0))];
            const bool is_edit = rows.integer_at(2) == as_integer(EventKind::edit);
            (is_edit ? state.edited : state.removed) = static_cast<Seq>(rows.integer_at(1));
            (is_edit ? state.edited_at : state.removed_at) =
                from_unix_milliseconds(rows.integer_at(3));
        }
    }
    void read_reactions(const chat::Page& page, const UserId& reader, std::int64_t as_of) {
        Query rows = connection_.query(
            "SELECT target, reaction, count(*), max(sender = ?) FROM reactions WHERE room = ? AND "
            "target BETWEEN ? AND ? AND seq <= ? GROUP BY target, reaction "
            "ORDER BY target, reaction");
        rows.text(reader.text()).integer(room_);
        rows.integer(as_integer(page.first)).integer(as_integer(page.last)).integer(as_of);
        while (rows.step()) {
            states_[static_cast<Seq>(rows.integer_at(0))].reactions.push_back(
                {.text = SharedBytes::copy_of(rows.text_at(1)),
                 .count = static_cast<std::size_t>(rows.integer_at(2)),
                 .is_own = rows.integer_at(3) == 1});
        }
    }
    [[nodiscard]] SharedBytes text_of(const MessageState& state) {
        Query row = connection_.query("SELECT body FROM events WHERE room = ? AND seq = ?");
        row.integer(room_).integer(as_integer(state.edited));
        return row.step() ? SharedBytes::copy_of(row.text_at(0)) : SharedBytes();
    }

    SqliteConnection& connection_;
    const std::int64_t room_;
    std::unordered_map<Seq, MessageState> states_;
};

}  // namespace

chat::Target MessageTable::target_of(SqliteConnection& connection, std::int64_t room,
                                     const LogEvent& event) {
    chat::Target target;
    look_up_message(connection, room, event, target);
    if (!target.is_kept) return target;
    look_up_changes(connection, room, event, target);
    const bool reacts = event.kind == EventKind::reaction || event.kind == EventKind::unreaction;
    if (reacts) look_up_reactions(connection, room, event, target);
    return target;
}

void MessageTable::record(SqliteConnection& connection, std::int64_t room, const LogEvent& event) {
    switch (event.kind) {
        case EventKind::read_marker:
        case EventKind::message:
        case EventKind::room:
        case EventKind::member:
        case EventKind::moderation:
            return;
        case EventKind::removal:
            erase_text(connection, room, event.target);
            [[fallthrough]];
        case EventKind::edit:
            connection.query("INSERT INTO changes (room, target, seq, kind) VALUES (?, ?, ?, ?)")
                .integer(room)
                .integer(as_integer(event.target))
                .integer(as_integer(event.seq))
                .integer(as_integer(event.kind))
                .run();
            return;
        case EventKind::reaction:
            connection
                .query(
                    "INSERT INTO reactions (room, target, reaction, sender, seq) "
                    "VALUES (?, ?, ?, ?, ?)")
                .integer(room)
                .integer(as_integer(event.target))
                .text(event.body.view())
                .text(event.from->id.text())
                .integer(as_integer(event.seq))
                .run();
            return;
        case EventKind::unreaction:
            connection
                .query(
                    "DELETE FROM reactions WHERE room = ? AND target = ? AND reaction = ? AND "
                    "sender = ?")
                .integer(room)
                .integer(as_integer(event.target))
                .text(event.body.view())
                .text(event.from->id.text())
                .run();
            return;
    }
}

// What happened to a message came behind it, so its seq alone decides.
void MessageTable::forget(SqliteConnection& connection, std::int64_t room, std::int64_t begin) {
    // Its last text would outlive the message, and nobody could delete it.
    connection
        .query(
            "UPDATE events SET body = '' WHERE room = ?1 AND seq IN "
            "(SELECT seq FROM changes WHERE room = ?1 AND target < ?2)")
        .integer(room)
        .integer(begin)
        .run();
    connection.query("DELETE FROM changes WHERE room = ? AND target < ?")
        .integer(room)
        .integer(begin)
        .run();
    connection.query("DELETE FROM reactions WHERE room = ? AND target < ?")
        .integer(room)
        .integer(begin)
        .run();
    ReadTable::forget_before(connection, room, begin);
}

void MessageTable::fold(SqliteConnection& connection, std::int64_t room,
                        const chat::PageRequest& request, chat::Page& page) {
    if (page.events.empty()) return;
    States states(connection, room, page, request);
    chat::fold(page, request, [&](LogEvent& message) { return states.of(message); });
}

}  // namespace confab::store
