// What the disk costs any program: rows of the room log are inserted in a bare loop, `--batch` of
// them in a transaction, into a new file with the schema and the pragmas of the server. Prints one
// line of JSON. bench/README.md.
#include <sqlite3.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/uuid.hpp"
#include "bench/histogram.hpp"
#include "bench/process_probe.hpp"
#include "store/migrations.hpp"
#include "store/sqlite_connection.hpp"

namespace confab::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct FloorOptions {
    std::string file;
    std::uint64_t batch = 1;
    std::uint64_t rooms = 1000;
    std::size_t payload_bytes = 128;
    double warmup_s = 0.5;
    double seconds = 2;
    bool heads = false;
};

// A statement of SQLite itself: this is a floor, so nothing of Confab is between.
class Statement {
  public:
    Statement(sqlite3* database, const char* sql) : database_(database) {
        check(sqlite3_prepare_v2(database, sql, -1, &statement_, nullptr));
    }
    ~Statement() { sqlite3_finalize(statement_); }
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    void integer(int at, std::uint64_t value) {
        check(sqlite3_bind_int64(statement_, at, static_cast<sqlite3_int64>(value)));
    }
    // The bytes stay where they are until run() has returned.
    void text(int at, std::string_view value) {
        check(sqlite3_bind_text(statement_, at, value.data(), static_cast<int>(value.size()),
                                SQLITE_STATIC));
    }
    void blob(int at, std::string_view value) {
        check(sqlite3_bind_blob(statement_, at, value.data(), static_cast<int>(value.size()),
                                SQLITE_STATIC));
    }
    void run() {
        if (sqlite3_step(statement_) != SQLITE_DONE) fail();
        check(sqlite3_reset(statement_));
    }

  private:
    void check(int code) {
        if (code != SQLITE_OK) fail();
    }
    [[noreturn]] void fail() { throw std::runtime_error(sqlite3_errmsg(database_)); }

    sqlite3* database_;
    sqlite3_stmt* statement_ = nullptr;
};

// The schema and the settings of a connection are the server's own, so that they cannot differ.
store::SqliteConnection& prepared(store::SqliteConnection& connection, std::uint64_t rooms) {
    store::migrate(connection.database(), store::sqlite_migrations());
    connection.database().exec("BEGIN");
    for (std::uint64_t room = 0; room < rooms; ++room) {
        connection.query("INSERT INTO rooms (name, head, oldest, created_at) VALUES (?, 0, 1, 0)")
            .text("bench-" + std::to_string(room))
            .run();
    }
    connection.database().exec("COMMIT");
    return connection;
}

class InsertLoop {
  public:
    InsertLoop(sqlite3* database, const FloorOptions& options)
        : options_(options),
          begin_(database, "BEGIN IMMEDIATE"),
          commit_(database, "COMMIT"),
          insert_(database,
                  "INSERT INTO events (room, seq, kind, id, sender, sender_name, cid, at, target, "
                  "body) VALUES (?, ?, 1, ?, ?, ?, ?, ?, NULL, ?)"),
          head_(database, "UPDATE rooms SET head = ? WHERE id = ?"),
          body_(options.payload_bytes, 'x') {}

    // One transaction, the rooms in turn.
    void transaction() {
        const auto start = Clock::now();
        begin_.run();
        for (std::uint64_t i = 0; i < options_.batch; ++i)
            insert(rows_ + i);
        for (std::uint64_t i = 0; options_.heads && i < std::min(options_.batch, options_.rooms);
             ++i) {
            const std::uint64_t row = rows_ + options_.batch - 1 - i;
            head_.integer(1, row / options_.rooms + 1);
            head_.integer(2, row % options_.rooms + 1);
            head_.run();
        }
        commit_.run();
        rows_ += options_.batch;
        took_ns_.add(
            static_cast<std::uint64_t>((Clock::now() - start) / std::chrono::nanoseconds(1)));
    }
    [[nodiscard]] std::uint64_t rows() const { return rows_; }
    [[nodiscard]] const Histogram& took_ns() const { return took_ns_; }
    void forget_times() { took_ns_ = {}; }

  private:
    void insert(std::uint64_t row) {
        const WallTime now = std::chrono::system_clock::now();
        const Uuid id = ids_.next(now);
        const Uuid cid = ids_.next(now);
        insert_.integer(1, row % options_.rooms + 1);
        insert_.integer(2, row / options_.rooms + 1);
        insert_.blob(3, id.bytes());
        insert_.text(4, "00000000-0000-4000-8000-000000000000");
        insert_.text(5, "User_00000000");
        insert_.blob(6, cid.bytes());
        insert_.integer(7, static_cast<std::uint64_t>(unix_milliseconds(now)));
        insert_.text(8, body_);
        insert_.run();
    }

    const FloorOptions options_;
    Statement begin_;
    Statement commit_;
    Statement insert_;
    Statement head_;
    const std::string body_;
    UuidSource ids_;
    std::uint64_t rows_ = 0;
    Histogram took_ns_;
};

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

void run(const FloorOptions& options) {
    if (std::ifstream(options.file)) throw std::runtime_error("the file is there already");
    std::ofstream(options.file).close();
    store::SqliteConnection connection(options.file, store::SqliteRole::server_writer);
    sqlite3* const database = prepared(connection, options.rooms).database().getHandle();
    InsertLoop loop(database, options);
    for (const auto start = Clock::now(); seconds_since(start) < options.warmup_s;)
        loop.transaction();
    loop.forget_times();
    const std::uint64_t before = loop.rows();
    const double cpu_before = cost_of(::getpid()).cpu_s;
    const auto start = Clock::now();
    while (seconds_since(start) < options.seconds)
        loop.transaction();
    const double took = seconds_since(start);
    const double cpu = cost_of(::getpid()).cpu_s - cpu_before;
    const auto rows = static_cast<double>(loop.rows() - before);
    const auto microseconds = [&](double share) {
        return static_cast<double>(loop.took_ns().quantile(share)) * 1e-3;
    };
    std::printf(
        "{\"batch\":%llu,\"rows_per_s\":%.1f,\"cpu_us_per_row\":%.3f,\"busy\":%.4f,"
        "\"transaction_p50_us\":%.1f,\"transaction_p99_us\":%.1f,\"sqlite\":\"%s\"}\n",
        static_cast<unsigned long long>(options.batch), rows / took, cpu * 1e6 / rows, cpu / took,
        microseconds(0.5), microseconds(0.99), sqlite3_libversion());
}

}  // namespace
}  // namespace confab::bench

int main(int argc, char** argv) {
    confab::bench::FloorOptions options;
    CLI::App app("Inserts rows of the room log as fast as SQLite and the disk can.");
    app.add_option("--file", options.file, "Database to be made; must not exist")->required();
    app.add_option("--batch", options.batch, "Rows in a transaction")->check(CLI::Range(1, 100000));
    app.add_option("--rooms", options.rooms, "Rooms they are of, in turn")
        ->check(CLI::Range(1, 1'000'000));
    app.add_option("--payload", options.payload_bytes, "Bytes of a text");
    app.add_option("--warmup", options.warmup_s, "Seconds before measuring");
    app.add_option("--seconds", options.seconds, "Seconds measured");
    app.add_flag("--heads", options.heads, "Update the row of each room as well, as the server");
    CLI11_PARSE(app, argc, argv);
    try {
        confab::bench::run(options);
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "insert_floor: %s\n", error.what());
        return 1;
    }
}
