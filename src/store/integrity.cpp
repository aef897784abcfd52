#include "store/integrity.hpp"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include "base/limits.hpp"
#include "store/sqlite_connection.hpp"

namespace confab::store {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kInterruptInterval(5);

// Interrupts a connection when its time is over. Not a progress handler: SQLite 3.40 calls none
// while it walks through the pages of a table, and that is most of the work.
class Watchdog {
  public:
    Watchdog(sqlite3* connection, std::optional<milliseconds> time) : connection_(connection) {
        if (!time) return;
        if (*time <= milliseconds(0)) {
            fired_ = true;
            return;
        }
        thread_ = std::thread([this, time = *time] { wait(time); });
    }
    ~Watchdog() {
        {
            const std::lock_guard lock(mutex_);
            over_ = true;
        }
        changed_.notify_all();
        if (thread_.joinable()) thread_.join();
    }
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

    [[nodiscard]] bool fired() const { return fired_; }

  private:
    void wait(milliseconds time) {
        std::unique_lock lock(mutex_);
        if (changed_.wait_for(lock, time, [this] { return over_; })) return;
        fired_ = true;
        // One that comes between two statements is lost.
        do
            sqlite3_interrupt(connection_);
        while (!changed_.wait_for(lock, kInterruptInterval, [this] { return over_; }));
    }

    sqlite3* const connection_;
    std::atomic<bool> fired_ = false;
    std::mutex mutex_;  // guards over_
    std::condition_variable changed_;
    bool over_ = false;
    std::thread thread_;
};

class Examiner {
  public:
    Examiner(const std::string& path, std::optional<milliseconds> time)
        : connection_(path, SqliteRole::reader),
          watchdog_(connection_.database().getHandle(), time) {}

    Examination examine(Depth depth) && {
        if (!watchdog_.fired()) look(depth);
        result_.complete = !watchdog_.fired();
        return std::move(result_);
    }

  private:
    void look(Depth depth) {
        try {
            connection_.database().exec("BEGIN");
            if (connection_.database().tableExists("rooms")) look_at_log(depth);
            if (depth == Depth::quick) {
                add_rows(connection_.query("PRAGMA quick_check"));
            } else {
                add_rows(connection_.query("PRAGMA integrity_check"));
                if (connection_.database().tableExists("changes")) look_at_changes();
                if (connection_.database().tableExists("standings")) look_at_people();
                look_at_references();
            }
        } catch (const SQLite::Exception& error) {
            const int code = error.getErrorCode();
            if (code == SQLITE_INTERRUPT && watchdog_.fired()) return;
            if (code != SQLITE_CORRUPT && code != SQLITE_NOTADB) throw;
            add(sqlite3_errstr(error.getExtendedErrorCode()));
        }
    }

    void look_at_log(Depth depth) {
        Query rooms = connection_.query(
            "SELECT name, head, oldest, (SELECT min(seq) FROM events WHERE room = rooms.id), "
            "(SELECT max(seq) FROM events WHERE room = rooms.id), id FROM rooms");
        while (rooms.step()) {
            const std::string where = "room " + rooms.text_at(0) + ": ";
            const std::int64_t head = rooms.integer_at(1);
            const std::int64_t oldest = rooms.integer_at(2);
            const std::int64_t last = rooms.integer_at(4);  // 0: there are no events
            const bool is_empty = last == 0;
            const std::int64_t kept = head - oldest + 1;
            if (is_empty ? kept != 0 : last != head || rooms.integer_at(3) != oldest) {
                add(where + "it should hold the events " + std::to_string(oldest) + " to " +
                    std::to_string(head) + ", there are " + std::to_string(rooms.integer_at(3)) +
                    " to " + std::to_string(last));
            }
            if (depth == Depth::quick) continue;
            Query count = connection_.query("SELECT count(*) FROM events WHERE room = ?");
            const bool counted = count.integer(rooms.integer_at(5)).step();
            if (counted && count.integer_at(0) != kept) {
                add(where + "it should hold " + std::to_string(kept) + " events, there are " +
                    std::to_string(count.integer_at(0)));
            }
        }
        if (depth == Depth::quick) return;
        add_if_any("events WHERE room NOT IN (SELECT id FROM rooms)", "events belong to no room");
    }

    void look_at_changes() {
        add_if_any(
            "(SELECT room, target FROM changes UNION ALL "
            "SELECT room, target FROM reactions) AS c "
            "WHERE NOT EXISTS (SELECT 1 FROM events WHERE room = c.room AND seq = c.target)",
            "edits or reactions belong to no message");
    }

    void look_at_people() {
        add_if_any("standings WHERE room NOT IN (SELECT id FROM rooms)",
                   "roles, bans or mutes belong to no room");
        add_if_any("standings WHERE role NOT BETWEEN 0 AND 3", "roles are none that there are");
        add_if_any(
            "rooms WHERE name LIKE '~p%' "
            "AND EXISTS (SELECT 1 FROM standings WHERE room = id AND role > 0) "
            "AND NOT EXISTS (SELECT 1 FROM standings WHERE room = id AND role = 3)",
            "private rooms have members and no owner");
        add_if_any(
            "read_markers AS m "
            "WHERE NOT EXISTS (SELECT 1 FROM rooms WHERE id = m.room AND head >= m.seq)",
            "users have read more of a room than there is");
        add_if_any(
            "mentions AS m "
            "WHERE NOT EXISTS (SELECT 1 FROM events WHERE room = m.room AND seq = m.seq)",
            "mentions belong to no message");
    }

    // How many rows there are of those that must not be.
    void add_if_any(const std::string& rows, const std::string& what) {
        const std::int64_t count =
            connection_.database().execAndGet("SELECT count(*) FROM " + rows).getInt64();
        if (count > 0) add(std::to_string(count) + ' ' + what);
    }

    void add_rows(Query rows) {
        while (rows.step()) {
            if (rows.text_at(0) != "ok") add(rows.text_at(0));
        }
    }

    void look_at_references() {
        Query rows = connection_.query("PRAGMA foreign_key_check");
        while (rows.step())
            add("a row of " + rows.text_at(0) + " belongs to none of " + rows.text_at(2));
    }

    void add(std::string fault) {
        if (result_.faults.size() < kStoreFaultsShown) result_.faults.push_back(std::move(fault));
    }

    SqliteConnection connection_;
    Watchdog watchdog_;  // ends before the connection
    Examination result_;
};

}  // namespace

Examination examine(const std::string& path, Depth depth, std::optional<milliseconds> time) {
    try {
        return Examiner(path, time).examine(depth);
    } catch (const SQLite::Exception& error) {
        if (error.getErrorCode() == SQLITE_NOTADB) return {{"it is not a database"}, true};
        throw std::runtime_error("cannot read the database " + path + ": " +
                                 sqlite3_errstr(error.getExtendedErrorCode()));
    }
}

}  // namespace confab::store
