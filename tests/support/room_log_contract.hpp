// The fixture of the contract of chat::RoomLog: one log of each kind, and what is said to it.
// Thread: the test's; the log's own threads answer through ManualLoops.
// Owns:   the log and its directory.
// Limits: none.
// Invariant: every log is asked in the same way.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "chat/room_log.hpp"
#include "metrics/metrics.hpp"
#include "store/memory_room_log.hpp"
#include "store/retention.hpp"
#include "store/sqlite_database.hpp"
#include "store/sqlite_room_log.hpp"
#include "support/manual_clock.hpp"
#include "support/manual_loops.hpp"
#include "support/temp_directory.hpp"

namespace confab::test {

enum class LogKind { memory, sqlite };

inline std::string kind_name(const ::testing::TestParamInfo<LogKind>& info) {
    return info.param == LogKind::memory ? "Memory" : "Sqlite";
}

inline RoomName room(std::string_view name) {
    return *RoomName::parse(name);
}

inline std::shared_ptr<const chat::User> person(const std::string& name) {
    return std::make_shared<const chat::User>(chat::User{UserId("id-" + name), name});
}

class RoomLogContract : public ::testing::TestWithParam<LogKind>, private chat::RoomLog::Sink {
  protected:
    RoomLogContract() { start(); }
    // Of each room no more than the newest events stay.
    explicit RoomLogContract(std::size_t kept) : kept_(kept) { start(); }

    void start() {
        if (GetParam() == LogKind::memory) {
            memory_ = std::make_unique<store::MemoryRoomLog>(
                "life", store::MemoryRoomLog::Limits{.room_events_max = kept_});
            log_ = memory_.get();
        } else {
            database_ = std::make_unique<store::SqliteDatabase>(
                store::SqliteDatabase::Options{directory_.file("confab.db"), true, nullptr});
            sqlite_ = std::make_unique<store::SqliteRoomLog>(*database_, loops_, 1, clock_,
                                                             metrics_.shared());
            log_ = &sqlite_->side(0);
        }
        log_->set_sink(*this);
    }
    // What a log on a disk does between two runs of the server.
    void restart() {
        sqlite_.reset();
        database_.reset();
        start();
    }

    chat::LogEvent event(const std::string& body, const std::string& who = "Ann") {
        chat::LogEvent made;
        made.id = ids_.next(clock_.wall_now());
        made.from = person(who);
        made.at = from_unix_milliseconds(unix_milliseconds(clock_.wall_now()));
        made.body = SharedBytes::copy_of(body);
        return made;
    }
    // Gives it to the log and waits for what comes of it.
    chat::Outcome append(const std::string& name, chat::LogEvent event) {
        const std::size_t before = outcomes_.size();
        EXPECT_TRUE(log_->append({room(name), std::move(event), {}}));
        loops_.run_until([&] { return outcomes_.size() > before; });
        return outcomes_.back();
    }
    // Opens the room, if it is not open; says where it stands.
    chat::LogState open(const std::string& name) {
        log_->open(room(name));
        return state(name).log;
    }
    chat::RoomState state(const std::string& name) {
        std::optional<Result<chat::RoomState>> answer;
        log_->state(room(name),
                    [&](Result<chat::RoomState> result) { answer = std::move(result); });
        loops_.run_until([&] { return answer.has_value(); });
        EXPECT_TRUE(answer->has_value());
        return **answer;
    }
    chat::Page page(const std::string& name, const chat::PageRequest& request = {}) {
        std::optional<Result<chat::Page>> answer;
        log_->page(room(name), request,
                   [&](Result<chat::Page> result) { answer = std::move(result); });
        loops_.run_until([&] { return answer.has_value(); });
        EXPECT_TRUE(answer->has_value());
        return **answer;
    }
    std::vector<Seq> seqs(const chat::PageRequest& request) {
        std::vector<Seq> list;
        for (const chat::LogEvent& event : page("lobby", request).events)
            list.push_back(event.seq);
        return list;
    }
    // What the log of a disk does by the hour, and the one in memory at every append.
    void let_the_oldest_go() {
        if (!sqlite_) return;
        store::Retention retention(*database_, metrics_.shared());
        EXPECT_TRUE(
            retention.pass({.public_rooms = {.events = kept_}}, clock_.wall_now()).has_value());
    }
    void fill(int count) {
        open("lobby");
        for (int i = 0; i < count; ++i)
            append("lobby", event("text " + std::to_string(i)));
    }

    // 0: nothing is on a disk.
    std::int64_t rooms_on_disk() {
        if (!database_) return 0;
        return database_
            ->read<std::int64_t>([](store::SqliteConnection& connection) {
                store::Query row = connection.query("SELECT count(*) FROM rooms");
                return row.step() ? row.integer_at(0) : 0;
            })
            .value();
    }
    chat::RoomLog& log() { return *log_; }
    std::vector<chat::Outcome>& outcomes() { return outcomes_; }
    ManualLoops& loops() { return loops_; }
    Uuid new_cid() { return ids_.next(clock_.wall_now()); }

    ManualClock clock_;

  private:
    void on_logged(std::vector<chat::Outcome>& batch) override {
        outcomes_.insert(outcomes_.end(), batch.begin(), batch.end());
    }

    const std::size_t kept_ = kMemoryLogRoomEventsMax;
    TempDirectory directory_;
    ManualLoops loops_;
    metrics::Metrics metrics_{1, "test"};
    UuidSource ids_;
    std::vector<chat::Outcome> outcomes_;
    std::unique_ptr<store::MemoryRoomLog> memory_;
    std::unique_ptr<store::SqliteDatabase> database_;
    std::unique_ptr<store::SqliteRoomLog> sqlite_;
    chat::RoomLog* log_ = nullptr;
};

}  // namespace confab::test
