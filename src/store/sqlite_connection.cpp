#include "store/sqlite_connection.hpp"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include <chrono>
#include <stdexcept>
#include <utility>

#include "base/limits.hpp"

namespace confab::store {
namespace {

constexpr int kBusyMilliseconds =
    static_cast<int>(std::chrono::milliseconds(kStoreBusyTimeout).count());
constexpr int kWalRetryMilliseconds = 20;

int open_flags(SqliteRole role) {
    // The owner's mutex replaces the one of SQLite.
    return SQLITE_OPEN_NOMUTEX |
           (role == SqliteRole::reader ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
}

void set_option(SQLite::Database& database, int option) {
    const int code = sqlite3_db_config(database.getHandle(), option, 1, nullptr);
    if (code != SQLITE_OK) throw SQLite::Exception(database.getHandle(), code);
}

}  // namespace

Query::Query(SQLite::Statement& statement) : statement_(&statement) {}

Query::Query(Query&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)), next_(other.next_) {}

Query::~Query() {
    if (statement_ != nullptr) statement_->tryReset();
}

Query& Query::text(std::string_view value) {
    statement_->bind(next_++, std::string(value));
    return *this;
}

Query& Query::blob(std::string_view value) {
    statement_->bind(next_++, static_cast<const void*>(value.data()),
                     static_cast<int>(value.size()));
    return *this;
}

Query& Query::integer(std::int64_t value) {
    statement_->bind(next_++, value);
    return *this;
}

Query& Query::optional_blob(std::string_view value) {
    if (!value.empty()) return blob(value);
    statement_->bind(next_++);
    return *this;
}

Query& Query::optional_text(const std::optional<std::string>& value) {
    if (value) return text(*value);
    statement_->bind(next_++);
    return *this;
}

Query& Query::optional_integer(std::optional<std::int64_t> value) {
    if (value) return integer(*value);
    statement_->bind(next_++);
    return *this;
}

Query& Query::time(WallTime value) {
    return integer(unix_seconds(value));
}

Query& Query::optional_time(const std::optional<WallTime>& value) {
    if (value) return time(*value);
    statement_->bind(next_++);
    return *this;
}

std::size_t Query::run() {
    return static_cast<std::size_t>(statement_->exec());
}

bool Query::step() {
    return statement_->executeStep();
}

std::string Query::text_at(int column) const {
    return statement_->getColumn(column).getString();
}

std::int64_t Query::integer_at(int column) const {
    return statement_->getColumn(column).getInt64();
}

WallTime Query::time_at(int column) const {
    return from_unix_seconds(integer_at(column));
}

std::optional<WallTime> Query::optional_time_at(int column) const {
    if (statement_->isColumnNull(column)) return std::nullopt;
    return time_at(column);
}

SqliteConnection::SqliteConnection(const std::string& path, SqliteRole role)
    : database_(path, open_flags(role), kBusyMilliseconds) {
    // SQLite opens a write-protected file for reading without a word.
    if (role != SqliteRole::reader && sqlite3_db_readonly(database_.getHandle(), "main") != 0) {
        throw std::runtime_error("the database " + path + " is write-protected");
    }
    configure(role);
}

void SqliteConnection::configure(SqliteRole role) {
    set_option(database_, SQLITE_DBCONFIG_DEFENSIVE);
    database_.exec("PRAGMA trusted_schema = OFF");
    database_.exec("PRAGMA foreign_keys = ON");
    database_.exec("PRAGMA temp_store = MEMORY");
    // SQLite before 3.51.3 can damage the file when two processes checkpoint at once, so only the
    // server ever does.
    if (role != SqliteRole::server_writer) {
        set_option(database_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE);
    }
    if (role == SqliteRole::reader) return;
    turn_on_wal();
    database_.exec("PRAGMA synchronous = FULL");
    database_.exec("PRAGMA secure_delete = ON");  // what was deleted is not left in the file
    database_.exec("PRAGMA journal_size_limit = " + std::to_string(kStoreJournalBytesMax));
    if (role == SqliteRole::visitor_writer) {
        database_.exec("PRAGMA wal_autocheckpoint = 0");
    }
}

void SqliteConnection::turn_on_wal() {
    // The switch does not always wait for a second process that opens the same new file, so we do.
    const SystemClock clock;
    const SteadyTime deadline = clock.steady_now() + kStoreBusyTimeout;
    while (true) {
        try {
            if (database_.execAndGet("PRAGMA journal_mode = WAL").getString() == "wal") return;
            throw std::runtime_error("the file system cannot hold a WAL database");
        } catch (const SQLite::Exception& error) {
            if (error.getErrorCode() != SQLITE_BUSY || clock.steady_now() >= deadline) throw;
        }
        sqlite3_sleep(kWalRetryMilliseconds);
    }
}

bool SqliteConnection::roll_back() noexcept {
    // Some errors make SQLite end the transaction by itself.
    if (sqlite3_get_autocommit(database_.getHandle()) != 0) return true;
    return database_.tryExec("ROLLBACK") == SQLITE_OK;
}

SQLite::Statement& SqliteConnection::prepared(std::string_view sql) {
    auto& statement = statements_[sql];
    if (!statement) statement = std::make_unique<SQLite::Statement>(database_, std::string(sql));
    statement->clearBindings();
    return *statement;
}

}  // namespace confab::store
