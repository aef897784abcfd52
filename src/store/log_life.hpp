// LogLife: when the log of this file begins a new life (epoch): when seqs may come again that
//          clients have already seen with other events behind them.
// Thread: begin() at start, before anybody reads the log; mark() afterwards, one thread at a time.
// Owns:   the mark: a small file beside the database that says how far its log has come.
// Limits: the mark is as old as the last call of mark().
// Invariants: (1) the mark never says more than what is stored. It is written without waiting for
//             the disk, and not at all when nothing was stored since. (2) the epoch changes in
//             begin() alone, in the transaction that takes away what it changed for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "store/sqlite_database.hpp"

namespace confab::store {

class LogLife {
  public:
    enum class Start {
        goes_on,
        was_a_copy,  // store/database_copy.hpp made the file
        went_back,   // the file holds less than it did: an older one was put in its place
    };

    LogLife(SqliteDatabase& database, std::string mark_path);

    // Throws std::runtime_error when the mark cannot be read. Errors: those of the database.
    [[nodiscard]] Result<Start> begin();
    // False: it could not be written.
    [[nodiscard]] bool mark();

  private:
    struct Position {
        std::string epoch;
        std::uint64_t events = 0;  // stored in all rooms so far, deleted ones too
        bool operator==(const Position&) const = default;
    };

    [[nodiscard]] static Position position_of(SqliteConnection& connection);
    [[nodiscard]] std::optional<Position> read_mark() const;

    SqliteDatabase& database_;
    const std::string mark_path_;
    Position marked_;
};

}  // namespace confab::store
