#include "store/audit_trail.hpp"

#include "store/sqlite_connection.hpp"

namespace confab::store {

void read_audit(const std::string& database, const std::string& room, std::uint32_t count,
                const std::function<void(const AuditEntry&)>& give) {
    SqliteConnection connection(database, SqliteRole::reader);
    Query row = connection.query(
        "SELECT at, actor, actor_name, room, seq, action, detail FROM (SELECT * FROM audit "
        "WHERE ?1 = '' OR room = ?1 ORDER BY n DESC LIMIT ?2) ORDER BY n");
    row.text(room).integer(count);
    while (row.step()) {
        give({.at = from_unix_milliseconds(row.integer_at(0)),
              .actor = row.text_at(1),
              .actor_name = row.text_at(2),
              .room = row.text_at(3),
              .seq = static_cast<std::uint64_t>(row.integer_at(4)),
              .action = row.text_at(5),
              .detail = row.text_at(6)});
    }
}

}  // namespace confab::store
