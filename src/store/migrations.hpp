// Migrations: the steps that bring a database file to the schema of this program.
// Thread: start-up, one thread; another process may do the same at the same time.
// Owns:   nothing; the texts are in the binary (migrations/sqlite/V<number>__<name>.sql).
// Limits: none.
// Invariants: (1) a step and its row in schema_migrations are one transaction: after a crash both
//             are there or neither. (2) a step that was applied is never changed: its SHA-256 is
//             kept and compared. (3) a file with steps this program does not know is not touched.
#pragma once

#include <span>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "base/embedded_file.hpp"

namespace SQLite {
class Database;
}

namespace confab::store {

struct Migration {
    int version = 0;  // 1, 2, 3, ... without a gap
    std::string_view name;
    std::string_view sql;
};

// Why a database cannot be used; the text is for the operator.
class MigrationError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// The migrations in these files, in order. Throws MigrationError for a name that is not
// V<number>__<name>.sql and for a gap.
[[nodiscard]] std::vector<Migration> parse_migrations(std::span<const EmbeddedFile> files);

// Those of this program for SQLite.
[[nodiscard]] std::vector<Migration> sqlite_migrations();

// Applies what is missing. Throws MigrationError when the file is of a newer program, was made by
// a changed step, or is somebody else's database; SQLite::Exception when SQLite fails.
void migrate(SQLite::Database& database, std::span<const Migration> migrations);

}  // namespace confab::store
