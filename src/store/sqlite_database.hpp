// SqliteDatabase: the database file behind its connections, and the one place where the errors of
//                 SQLite become ours.
// Thread: any; calls block.
// Owns:   one connection that writes and kStoreReaders that read. Closes those first: the last one
//         to close tidies up the WAL.
// Limits: a write waits at most kStoreBusyTimeout for another process, and for the writes of this
//         process that came before it; who calls bounds their number. kStoreReaders reads at once.
// Invariants: (1) what write() has answered without an error is on the disk (WAL, FULL).
//             (2) reads wait for other reads only, never for a write to reach the disk.
//             (3) after an error that leaves the file in doubt no write is tried again. (4) writes
//             take turns in the order in which they came.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "store/sqlite_connection.hpp"

namespace confab::store {

class SqliteDatabase {
  public:
    struct Options {
        std::string path;
        bool server = true;
        std::function<void(std::string_view what)> on_fatal;
    };

    // Opens or creates the file and applies the migrations. Throws std::runtime_error.
    explicit SqliteDatabase(Options options);

    // Runs `work(SqliteConnection&) -> Result<T>` in one transaction: committed when it returns a
    // value, rolled back when it returns an error. Errors: those of `work`; `storage_full`,
    // `store_unavailable` (unavailable).
    template <class T, class Work>
    [[nodiscard]] Result<T> write(const Work& work) {
        std::optional<Result<T>> answer;
        auto failure = run_write([&](SqliteConnection& connection) {
            answer.emplace(work(connection));
            return answer->has_value();
        });
        if (failure) return std::move(*failure);
        return std::move(*answer);
    }

    // Runs `work(SqliteConnection&) -> T` on the latest committed state: all of it sees one state.
    template <class T, class Work>
    [[nodiscard]] Result<T> read(const Work& work) {
        std::optional<T> answer;
        auto failure =
            run_read([&](SqliteConnection& connection) { answer.emplace(work(connection)); });
        if (failure) return std::move(*failure);
        return std::move(*answer);
    }

    // True after an error that ended writing for good.
    [[nodiscard]] bool failed() const { return failed_.load(); }

  private:
    [[nodiscard]] std::optional<Error> run_write(
        const std::function<bool(SqliteConnection&)>& work);
    [[nodiscard]] std::optional<Error> run_read(const std::function<void(SqliteConnection&)>& work);

    // A lock that is taken in the order of asking.
    class Turns {
      public:
        void lock();
        void unlock();

      private:
        std::mutex mutex_;  // guards all below
        std::condition_variable next_;
        std::uint64_t asked_ = 0;
        std::uint64_t served_ = 0;
    };

    const Options options_;
    std::atomic<bool> failed_ = false;
    Turns writer_turns_;  // guards writer_
    std::unique_ptr<SqliteConnection> writer_;
    std::mutex readers_mutex_;  // guards idle_readers_
    std::condition_variable reader_is_idle_;
    std::vector<std::unique_ptr<SqliteConnection>> idle_readers_;
};

}  // namespace confab::store
