#include "store/migrations.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

#include "base/crypto.hpp"
#include "embedded/sqlite_migrations.hpp"

namespace confab::store {
namespace {

constexpr std::string_view kSuffix = ".sql";
constexpr std::string_view kSeparator = "__";

struct Applied {
    int version = 0;
    std::string checksum;
};

std::optional<Migration> parse_migration(const EmbeddedFile& file) {
    std::string_view rest = file.name;
    if (!rest.starts_with('V') || !rest.ends_with(kSuffix)) return std::nullopt;
    rest.remove_prefix(1);
    rest.remove_suffix(kSuffix.size());
    const std::size_t separator = rest.find(kSeparator);
    if (separator == std::string_view::npos) return std::nullopt;
    Migration migration{0, rest.substr(separator + kSeparator.size()), file.content};
    const char* const end = rest.data() + separator;
    const auto [stopped, error] = std::from_chars(rest.data(), end, migration.version);
    if (error != std::errc{} || stopped != end || migration.name.empty()) return std::nullopt;
    return migration;
}

bool has_history(SQLite::Database& database) {
    // Counted first: meanwhile another process may be making the file.
    const int entries = database.execAndGet("SELECT count(*) FROM sqlite_schema").getInt();
    if (database.tableExists("schema_migrations")) return true;
    if (entries > 0) throw MigrationError("it was not made by Confab");
    return false;
}

std::vector<Applied> read_history(SQLite::Database& database) {
    std::vector<Applied> history;
    if (!has_history(database)) return history;
    SQLite::Statement rows(database,
                           "SELECT version, checksum FROM schema_migrations ORDER BY version");
    while (rows.executeStep()) {
        history.push_back({rows.getColumn(0).getInt(), rows.getColumn(1).getString()});
    }
    return history;
}

// The history must be the beginning of what this program knows.
void check_history(const std::vector<Applied>& history, std::span<const Migration> migrations) {
    if (!history.empty() && history.back().version > static_cast<int>(migrations.size())) {
        throw MigrationError("it is of a newer Confab (schema " +
                             std::to_string(history.back().version) + ", this program knows " +
                             std::to_string(migrations.size()) + "); run that one, or a newer one");
    }
    for (std::size_t i = 0; i < history.size(); ++i) {
        if (history[i].version != migrations[i].version) {
            throw MigrationError("its list of migrations has a gap before " +
                                 std::to_string(history[i].version));
        }
        if (history[i].checksum != sha256(migrations[i].sql)) {
            throw MigrationError("migration " + std::to_string(migrations[i].version) + " (" +
                                 std::string(migrations[i].name) +
                                 ") is not the one it was made with");
        }
    }
}

void apply(SQLite::Database& database, const Migration& migration) {
    database.exec(std::string(migration.sql));
    SQLite::Statement row(database,
                          "INSERT INTO schema_migrations (version, name, checksum, applied_at) "
                          "VALUES (?, ?, ?, unixepoch())");
    const std::string checksum = sha256(migration.sql);
    row.bind(1, migration.version);
    row.bind(2, std::string(migration.name));
    row.bind(3, static_cast<const void*>(checksum.data()), static_cast<int>(checksum.size()));
    row.exec();
}

}  // namespace

std::vector<Migration> parse_migrations(std::span<const EmbeddedFile> files) {
    std::vector<Migration> migrations;
    for (const EmbeddedFile& file : files) {
        const auto migration = parse_migration(file);
        if (!migration)
            throw MigrationError("not the name of a migration: " + std::string(file.name));
        migrations.push_back(*migration);
    }
    std::sort(migrations.begin(), migrations.end(),
              [](const Migration& a, const Migration& b) { return a.version < b.version; });
    for (std::size_t i = 0; i < migrations.size(); ++i) {
        if (migrations[i].version != static_cast<int>(i) + 1) {
            throw MigrationError("migration " + std::to_string(i + 1) +
                                 " is missing or twice there");
        }
    }
    return migrations;
}

std::vector<Migration> sqlite_migrations() {
    return parse_migrations(embedded::sqlite_migrations());
}

void migrate(SQLite::Database& database, std::span<const Migration> migrations) {
    // Mostly nothing is missing; then no lock is taken.
    auto history = read_history(database);
    check_history(history, migrations);
    while (history.size() < migrations.size()) {
        SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
        // Another process may have been faster until we had the lock.
        history = read_history(database);
        check_history(history, migrations);
        if (history.size() < migrations.size()) {
            database.exec(
                "CREATE TABLE IF NOT EXISTS schema_migrations (version INTEGER NOT NULL PRIMARY "
                "KEY, name TEXT NOT NULL, checksum BLOB NOT NULL, applied_at INTEGER NOT NULL) "
                "STRICT");
            const Migration& next = migrations[history.size()];
            apply(database, next);
            history.push_back({next.version, sha256(next.sql)});
        }
        transaction.commit();
    }
}

}  // namespace confab::store
