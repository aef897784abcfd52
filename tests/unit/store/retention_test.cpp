#include "store/retention.hpp"

#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "store/event_table.hpp"
#include "store/integrity.hpp"
#include "support/room_events.hpp"
#include "support/temp_directory.hpp"

namespace confab::store {
namespace {

using namespace std::chrono_literals;
using Rules = Retention::Rules;

class RetentionTest : public ::testing::Test {
  protected:
    std::uint64_t pass(const Rules& rules) {
        return retention_->pass({.public_rooms = rules}, now_).value();
    }
    // "oldest-head" of what the room's row says, which must be what is there.
    std::string kept(const std::string& room) {
        EXPECT_TRUE(examine(file_, Depth::full).faults.empty());
        const chat::LogState state = events_.state(room);
        return std::to_string(state.oldest) + '-' + std::to_string(state.head);
    }

    const WallTime now_ = from_unix_seconds(1'700'000'000);
    test::TempDirectory directory_;
    const std::string file_ = directory_.file("confab.db");
    SqliteDatabase database_{{file_, true, nullptr}};
    EventTable table_;
    test::RoomEvents events_{database_, table_};
    // A shard is aligned to a cache line: not on the stack.
    const std::unique_ptr<metrics::Metrics> metrics_ = std::make_unique<metrics::Metrics>(1, "t");
    const std::unique_ptr<Retention> retention_ =
        std::make_unique<Retention>(database_, metrics_->shared());
};

TEST_F(RetentionTest, WithoutARuleAllIsKept) {
    events_.append("a", 10);
    EXPECT_EQ(pass({}), 0U);
    EXPECT_EQ(kept("a"), "1-10");
}

TEST_F(RetentionTest, NewestEventsOfEachRoomAreKept) {
    events_.append("a", 10);
    events_.append("b", 3);
    EXPECT_EQ(pass({.events = 4}), 6U);
    EXPECT_EQ(kept("a"), "7-10");
    EXPECT_EQ(kept("b"), "1-3");
    EXPECT_EQ(pass({.events = 4}), 0U);
}

TEST_F(RetentionTest, EachKindOfRoomHasItsOwnRules) {
    const std::string closed = "~p" + std::string(kMadeRoomNameCharacters, 'a');
    const std::string direct = "~d" + std::string(kMadeRoomNameCharacters, 'a');
    for (const char* room : {"a", "b", "c"})
        events_.append(room, 10);
    SQLite::Database raw(file_, SQLite::OPEN_READWRITE);
    raw.exec("UPDATE rooms SET name = '" + closed + "' WHERE name = 'b'");
    raw.exec("UPDATE rooms SET name = '" + direct + "' WHERE name = 'c'");
    const Retention::Policy policy{.public_rooms = {.events = 4}, .direct_rooms = {.events = 1}};
    EXPECT_EQ(retention_->pass(policy, now_).value(), 15U);
    EXPECT_EQ(kept("a"), "7-10");
    EXPECT_EQ(kept(closed), "1-10");
    EXPECT_EQ(kept(direct), "10-10");
    EXPECT_EQ(retention_->pass({.private_rooms = {.events = 2}}, now_).value(), 8U);
    EXPECT_EQ(kept(closed), "9-10");
}

TEST_F(RetentionTest, EventsAreKeptUntilTheyAreTooOld) {
    events_.append("a", 3, now_ - 48h);
    events_.append("a", 2, now_ - 24h - 1ms);
    events_.append("a", 2, now_ - 24h);
    events_.append("a", 1, now_);
    EXPECT_EQ(pass({.age = 24h}), 5U);
    EXPECT_EQ(kept("a"), "6-8");
}

TEST_F(RetentionTest, OldTimeBehindANewerOneStays) {
    events_.append("a", 2, now_ - 48h);
    events_.append("a", 1, now_);
    events_.append("a", 3, now_ - 48h);  // the clock was put back
    EXPECT_EQ(pass({.age = 24h}), 2U);
    EXPECT_EQ(kept("a"), "3-6");
}

TEST_F(RetentionTest, AnEventOfTheFutureKeepsNothingThatIsOldBehindIt) {
    events_.append("a", 2, now_ - 48h);
    events_.append("a", 1, now_ + 240h);  // the clock was ahead
    events_.append("a", 2, now_ - 48h);
    events_.append("a", 1, now_ + 240h);
    events_.append("a", 1, now_ - 1h);
    EXPECT_EQ(pass({.age = 24h}), 5U);
    EXPECT_EQ(kept("a"), "6-7");
}

TEST_F(RetentionTest, AClockThatIsBehindDeletesNothing) {
    events_.append("a", 3, now_ + 240h);
    EXPECT_EQ(pass({.age = 24h}), 0U);
    EXPECT_EQ(kept("a"), "1-3");
}

TEST_F(RetentionTest, NewestTextsThatFitAreKept) {
    events_.append("a", 5, now_, std::string(100, 'x'));
    EXPECT_EQ(pass({.bytes = 500}), 0U);
    EXPECT_EQ(pass({.bytes = 499}), 1U);
    EXPECT_EQ(pass({.bytes = 250}), 2U);
    EXPECT_EQ(kept("a"), "4-5");
}

TEST_F(RetentionTest, TextIsMeasuredInBytes) {
    events_.append("a", 4, now_, "\xF0\x9F\x8E\x89");  // one character
    EXPECT_EQ(pass({.bytes = 8}), 2U);
    EXPECT_EQ(kept("a"), "3-4");
}

TEST_F(RetentionTest, StrictestRuleDecides) {
    events_.append("a", 10, now_ - 2h);
    events_.append("a", 10, now_);
    EXPECT_EQ(pass({.age = 1h, .events = 15}), 10U);
    EXPECT_EQ(pass({.age = 1h, .events = 5}), 5U);
    EXPECT_EQ(pass({.age = 1h, .events = 5, .bytes = 8}), 3U);
    EXPECT_EQ(kept("a"), "19-20");
}

TEST_F(RetentionTest, RoomOfWhichAllIsGoneGoesOnWhereItStood) {
    events_.append("a", 7, now_ - 2h);
    EXPECT_EQ(pass({.age = 1h}), 7U);
    EXPECT_EQ(kept("a"), "8-7");
    EXPECT_EQ(pass({.age = 1h, .events = 1, .bytes = 1}), 0U);
    table_ = EventTable();  // another start
    events_.append("a", 1, now_);
    EXPECT_EQ(kept("a"), "8-8");
}

TEST_F(RetentionTest, ManyAreLookedAtAndDeletedInParts) {
    constexpr auto kMany = static_cast<int>(3 * kRetentionRowsPerRead + 7);
    for (const char* room : {"count", "age", "bytes"})
        events_.append(room, kMany, now_ - 2h);
    events_.append("age", 5, now_);
    events_.append("bytes", 5, now_);
    EXPECT_EQ(retention_->pass({.public_rooms = {.age = 1h}}, now_ - 2h).value(), 0U);
    EXPECT_EQ(pass({.bytes = 4 * (kMany - 1)}), 13U);
    EXPECT_EQ(pass({.age = 1h}), 3U * kMany - 13U);
    EXPECT_EQ(kept("age"), std::to_string(kMany + 1) + '-' + std::to_string(kMany + 5));
}

TEST_F(RetentionTest, NobodyWaitsForMoreThanOneSmallTransaction) {
    struct Counts {
        int now = 0;
        std::vector<int> transactions;
    } counts;
    (void)database_.write<void>([&](SqliteConnection& connection) -> Result<void> {
        sqlite3* const handle = connection.database().getHandle();
        sqlite3_update_hook(
            handle,
            [](void* context, int what, const char*, const char*, sqlite3_int64) {
                if (what == SQLITE_DELETE) ++static_cast<Counts*>(context)->now;
            },
            &counts);
        sqlite3_commit_hook(
            handle,
            [](void* context) {
                auto& all = *static_cast<Counts*>(context);
                all.transactions.push_back(std::exchange(all.now, 0));
                return 0;
            },
            &counts);
        return Error(ErrorKind::internal, "nothing_to_commit");
    });
    constexpr int kMany = static_cast<int>(4 * kRetentionEventsPerWrite);
    events_.append("a", kMany + 10);
    counts = {};
    EXPECT_EQ(pass({.events = 10}), static_cast<std::uint64_t>(kMany));
    EXPECT_EQ(counts.transactions, std::vector<int>(4, kRetentionEventsPerWrite));

    events_.append(std::vector<std::string>{"b", "c", "d", "b", "c", "d"});
    counts = {};
    EXPECT_EQ(pass({.events = 1}), 9U + 3U);
    EXPECT_EQ(counts.transactions, std::vector<int>{12}) << "rooms share a transaction";
}

TEST_F(RetentionTest, EveryRoomIsVisited) {
    constexpr std::size_t kRooms = kRetentionRowsPerRead + 10;
    std::vector<std::string> rooms;
    for (std::size_t i = 0; i < 3 * kRooms; ++i)
        rooms.push_back("room" + std::to_string(i % kRooms));
    events_.append(rooms);
    EXPECT_EQ(pass({.events = 1}), 2 * kRooms);
    EXPECT_EQ(kept("room7"), "3-3");
    EXPECT_EQ(pass({.events = 1}), 0U);
}

TEST_F(RetentionTest, DeletedEventsAreCounted) {
    events_.append("a", 10);
    EXPECT_EQ(pass({.events = 4}), 6U);
    EXPECT_NE(metrics_->render().find("confab_log_deleted_events_total 6"), std::string::npos);
}

TEST_F(RetentionTest, NothingIsDeletedAfterStop) {
    events_.append("a", 10, now_ - 2h);
    retention_->stop();
    EXPECT_EQ(pass({.age = 1h, .events = 4, .bytes = 1}), 0U);
    EXPECT_EQ(kept("a"), "1-10");
}

}  // namespace
}  // namespace confab::store
