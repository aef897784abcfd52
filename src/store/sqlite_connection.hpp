// SqliteConnection: one connection to the database file, with its prepared statements.
// Thread: one at a time; the owner holds a mutex.
// Owns:   the connection, and one prepared statement per SQL text of the source.
// Limits: kStoreBusyTimeout, kStoreJournalBytesMax.
// Invariants: (1) values reach SQL as bound parameters only. (2) a statement is reset as soon as
//             its Query ends, so no connection holds an old snapshot of the file.
// Errors: SQLite::Exception; sqlite_database.cpp translates it.
#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.hpp"

namespace confab::store {

// One use of a prepared statement: bind in the order of the '?', then run() or step().
class Query {
  public:
    explicit Query(SQLite::Statement& statement);
    ~Query();
    Query(Query&& other) noexcept;
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;

    Query& text(std::string_view value);
    Query& blob(std::string_view value);
    Query& integer(std::int64_t value);
    Query& optional_blob(std::string_view value);  // empty: NULL
    Query& optional_text(const std::optional<std::string>& value);
    Query& optional_integer(std::optional<std::int64_t> value);
    Query& time(WallTime value);
    Query& optional_time(const std::optional<WallTime>& value);

    // Runs to the end. Returns how many rows were inserted, changed or deleted.
    std::size_t run();
    // True: there is a row, readable until the next step.
    [[nodiscard]] bool step();

    [[nodiscard]] std::string text_at(int column) const;
    [[nodiscard]] std::int64_t integer_at(int column) const;
    [[nodiscard]] WallTime time_at(int column) const;
    [[nodiscard]] std::optional<WallTime> optional_time_at(int column) const;

  private:
    SQLite::Statement* statement_;  // null: moved away
    int next_ = 1;
};

enum class SqliteRole {
    server_writer,   // writes and checkpoints
    visitor_writer,  // writes beside a server that may be running; never checkpoints
    reader,
};

class SqliteConnection {
  public:
    // The file must be there; it may be empty. Turns on WAL, when the role writes.
    SqliteConnection(const std::string& path, SqliteRole role);

    // `sql` must be a literal: it is the key of the prepared statement.
    template <std::size_t size>
    [[nodiscard]] Query query(const char (&sql)[size]) {
        return Query(prepared(std::string_view(sql, size - 1)));
    }

    // Ends a transaction that was not committed; false when SQLite cannot.
    [[nodiscard]] bool roll_back() noexcept;

    [[nodiscard]] SQLite::Database& database() { return database_; }

  private:
    [[nodiscard]] SQLite::Statement& prepared(std::string_view sql);
    void configure(SqliteRole role);
    void turn_on_wal();

    SQLite::Database database_;
    std::unordered_map<std::string_view, std::unique_ptr<SQLite::Statement>> statements_;
};

}  // namespace confab::store
