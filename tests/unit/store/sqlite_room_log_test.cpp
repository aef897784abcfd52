// SqliteRoomLog with several loops, and killed; the rest is in the contract of every log.
#include "store/sqlite_room_log.hpp"

#include <gtest/gtest.h>

#include <SQLiteCpp/Database.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "base/crypto.hpp"
#include "store/sqlite_database.hpp"
#include "support/manual_loops.hpp"
#include "support/temp_directory.hpp"
#include "unit/store/child_process.hpp"

namespace confab::store {
namespace {

using test::ChildProcess;

constexpr int kRounds = 20;
constexpr int kLinesMax = 60;

class Recorder final : public chat::RoomLog::Sink {
  public:
    void on_logged(std::vector<chat::Outcome>& outcomes) override {
        for (chat::Outcome& outcome : outcomes)
            got.push_back(std::move(outcome));
    }
    std::vector<chat::Outcome> got;
};

// Everything that a log of `loops` loops needs, in one place.
struct Running {
    Running(const std::string& path, std::size_t count)
        : database({path, true, nullptr}),
          log(database, loops, count, clock, metrics.shared()),
          sinks(count) {
        for (LoopIndex i = 0; i < count; ++i)
            log.side(i).set_sink(sinks[i]);
    }
    chat::Append append(const std::string& room, const std::string& body) {
        chat::Append made{*RoomName::parse(room), {}, {}};
        made.event.id = ids.next(clock.wall_now());
        made.event.cid = ids.next(clock.wall_now());
        made.event.at = clock.wall_now();
        made.event.from = ann;
        made.event.body = SharedBytes::copy_of(body);
        return made;
    }

    const std::shared_ptr<const chat::User> ann =
        std::make_shared<const chat::User>(chat::User{UserId("ann"), "Ann"});
    SystemClock clock;
    UuidSource ids;
    metrics::Metrics metrics{1, "test"};
    test::ManualLoops loops;
    SqliteDatabase database;
    SqliteRoomLog log;
    std::vector<Recorder> sinks;
};

TEST(SqliteRoomLogTest, EachLoopHearsOfItsOwnAppends) {
    const test::TempDirectory directory;
    Running running(directory.file("confab.db"), 2);
    for (int i = 0; i < 50; ++i) {
        for (LoopIndex loop = 0; loop < 2; ++loop)
            ASSERT_TRUE(running.log.side(loop).append(running.append("lobby", "x")));
    }
    running.loops.run_until(
        [&] { return running.sinks[0].got.size() + running.sinks[1].got.size() == 100; });
    EXPECT_EQ(running.sinks[0].got.size(), 50U);
    Seq last = 0;
    for (const auto& outcome : running.sinks[0].got) {
        EXPECT_GT(outcome.append.event.seq, last);
        last = outcome.append.event.seq;
    }
    EXPECT_EQ(running.metrics.total(metrics::Id::log_stored), 100);
}

TEST(SqliteRoomLogTest, WhatWaitsIsStoredBeforeTheEnd) {
    const test::TempDirectory directory;
    {
        Running running(directory.file("confab.db"), 1);
        for (int i = 0; i < 1000; ++i)
            ASSERT_TRUE(running.log.side(0).append(running.append("lobby", "x")));
        running.log.stop();
        EXPECT_EQ(running.log.waiting(), 0U);
        EXPECT_FALSE(running.log.side(0).append(running.append("lobby", "late")));
    }
    SQLite::Database raw(directory.file("confab.db"), SQLite::OPEN_READONLY);
    EXPECT_EQ(raw.execAndGet("SELECT count(*) FROM events").getInt(), 1000);
}

TEST(SqliteRoomLogTest, QuestionsAfterTheEndAreRefused) {
    const test::TempDirectory directory;
    Running running(directory.file("confab.db"), 1);
    running.log.stop();
    std::string code;
    running.log.side(0).page(*RoomName::parse("lobby"), {}, [&](const Result<chat::Page>& page) {
        code = page.has_value() ? "answered" : std::string(page.error().code);
    });
    running.loops.run_until([&] { return !code.empty(); });
    EXPECT_EQ(code, "log_busy");
}

// Says room and seq of each event once the log has acknowledged it.
int write_for_ever(const std::string& path, int round, const ChildProcess::Say& say) {
    Running running(path, 1);
    for (int i = 0;; ++i) {
        const std::string room = "r" + std::to_string(i % 3);
        const std::string body = std::to_string(round) + "-" + std::to_string(i);
        if (!running.log.side(0).append(running.append(room, body))) return 1;
        if (i % 7 != 0) continue;  // several in one transaction
        running.loops.run_until([&] { return !running.sinks[0].got.empty(); });
        for (const auto& outcome : std::exchange(running.sinks[0].got, {})) {
            if (!outcome.is_new()) return 2;
            const chat::LogEvent& event = outcome.append.event;
            say(std::string(outcome.append.room.text()) + " " + std::to_string(event.seq) + " " +
                std::string(event.body.view()));
        }
    }
}

void expect_all_there(const std::string& path, const std::vector<std::string>& acknowledged) {
    SQLite::Database raw(path, SQLite::OPEN_READONLY);
    ASSERT_EQ(raw.execAndGet("PRAGMA integrity_check").getString(), "ok");
    std::map<std::string, std::string> stored;
    SQLite::Statement rows(raw,
                           "SELECT r.name || ' ' || e.seq, e.body FROM events e "
                           "JOIN rooms r ON r.id = e.room");
    while (rows.executeStep())
        stored.emplace(rows.getColumn(0).getString(), rows.getColumn(1).getString());
    for (const std::string& line : acknowledged) {
        const std::size_t space = line.rfind(' ');
        const auto found = stored.find(line.substr(0, space));
        ASSERT_NE(found, stored.end()) << "lost: " << line;
        ASSERT_EQ(found->second, line.substr(space + 1)) << line;
    }
    EXPECT_EQ(raw.execAndGet("SELECT count(*) FROM rooms r WHERE head <> oldest - 1 + "
                             "(SELECT count(*) FROM events e WHERE e.room = r.id) OR head <> "
                             "(SELECT max(seq) FROM events e WHERE e.room = r.id)")
                  .getInt(),
              0)
        << "seqs are without holes, and the head is the last";
}

TEST(SqliteRoomLogTest, EveryAcknowledgedEventSurvivesKillNine) {
    const test::TempDirectory directory;
    const std::string path = directory.file("confab.db");
    std::vector<std::string> acknowledged;
    for (int round = 0; round < kRounds; ++round) {
        ChildProcess child([&](const auto& say) { return write_for_ever(path, round, say); });
        ASSERT_NO_FATAL_FAILURE(child.kill_after(random_below(kLinesMax) + 1, acknowledged));
        expect_all_there(path, acknowledged);
    }
}

}  // namespace
}  // namespace confab::store
