#include "store/event_table.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "store/sqlite_database.hpp"
#include "support/temp_directory.hpp"

namespace confab::store {
namespace {

class EventTableTest : public ::testing::Test {
  protected:
    chat::Outcome outcome(const std::string& room, const std::string& body) {
        chat::Append append{*RoomName::parse(room), {}, {}};
        append.event.id = ids_.next({});
        append.event.from = std::make_shared<const chat::User>(chat::User{UserId("u"), "U"});
        append.event.body = SharedBytes::copy_of(body);
        return {std::move(append), false, std::nullopt};
    }
    std::vector<Seq> append(std::vector<chat::Outcome> batch, bool commit = true) {
        const auto done = database_.write<void>([&](SqliteConnection& connection) -> Result<void> {
            table_.append(connection, batch);
            if (commit) return {};
            return Error(ErrorKind::internal, "not_now");
        });
        EXPECT_EQ(done.has_value(), commit);
        std::vector<Seq> seqs;
        for (const auto& each : batch)
            seqs.push_back(each.append.event.seq);
        return seqs;
    }
    chat::LogState state(const std::string& room) {
        return database_
            .read<chat::LogState>([&](SqliteConnection& connection) {
                return EventTable::state(connection, *RoomName::parse(room)).log;
            })
            .value();
    }
    std::int64_t number(const std::string& sql) {
        SQLite::Database raw(directory_.file("confab.db"), SQLite::OPEN_READONLY);
        return raw.execAndGet(sql).getInt64();
    }

    test::TempDirectory directory_;
    UuidSource ids_;
    SqliteDatabase database_{{directory_.file("confab.db"), true, nullptr}};
    EventTable table_;
};

TEST_F(EventTableTest, RoomsOfOneTransactionAreNumberedEachForItself) {
    EXPECT_EQ(append({outcome("a", "1"), outcome("b", "1"), outcome("a", "2"), outcome("a", "3")}),
              (std::vector<Seq>{1, 1, 2, 3}));
    EXPECT_EQ(state("a").head, 3U);
    EXPECT_EQ(state("b").head, 1U);
    EXPECT_EQ(number("SELECT count(*) FROM rooms"), 2);
}

TEST_F(EventTableTest, WhatWasRolledBackLeavesNoHole) {
    append({outcome("a", "1")});
    EXPECT_EQ(append({outcome("a", "lost"), outcome("new", "lost")}, false),
              (std::vector<Seq>{2, 1}));
    table_.rolled_back();
    EXPECT_EQ(append({outcome("a", "2"), outcome("new", "1")}), (std::vector<Seq>{2, 1}));
    EXPECT_EQ(state("a").head, 2U);
    EXPECT_EQ(state("new").head, 1U);
    EXPECT_EQ(number("SELECT count(*) FROM events"), 3);
}

TEST_F(EventTableTest, AnotherTableGoesOnWhereTheFileStands) {
    append({outcome("a", "1"), outcome("a", "2")});
    table_ = EventTable();
    EXPECT_EQ(append({outcome("a", "3")}), std::vector<Seq>{3});
}

TEST_F(EventTableTest, MoreRoomsThanItRemembers) {
    constexpr std::size_t kRooms = kLogRoomsCached + 10;
    for (int round = 1; round <= 2; ++round) {
        for (std::size_t first = 0; first < kRooms; first += 1000) {
            std::vector<chat::Outcome> batch;
            for (std::size_t i = first; i < std::min(first + 1000, kRooms); ++i)
                batch.push_back(outcome("r" + std::to_string(i), "x"));
            for (const Seq seq : append(std::move(batch)))
                ASSERT_EQ(seq, static_cast<Seq>(round));
        }
    }
    EXPECT_EQ(number("SELECT count(*) FROM rooms WHERE head = 2"),
              static_cast<std::int64_t>(kRooms));
}

TEST_F(EventTableTest, PagesSeekInTheIndex) {
    SQLite::Database raw(directory_.file("confab.db"), SQLite::OPEN_READONLY);
    for (const char* order : {"seq", "seq DESC"}) {
        SQLite::Statement plan(raw, std::string("EXPLAIN QUERY PLAN SELECT body FROM events WHERE "
                                                "room = 1 AND seq > 2 AND seq < 9 ORDER BY ") +
                                        order + " LIMIT 5");
        ASSERT_TRUE(plan.executeStep());
        const std::string text = plan.getColumn(3).getString();
        EXPECT_NE(text.find("USING INDEX events_by_seq"), std::string::npos) << text;
        EXPECT_FALSE(plan.executeStep()) << "nothing is sorted";
    }
}

TEST_F(EventTableTest, WhoMadeVeryManyRoomsMakesNoMore) {
    const auto make = [&](const char* name) {
        chat::Outcome made = outcome(name, "{}");
        made.append.event.kind = chat::EventKind::room;
        made.append.change = std::make_shared<const chat::RoomChange>(
            chat::RoomChange{.action = chat::RoomChange::Action::create});
        std::vector<chat::Outcome> batch = {std::move(made)};
        const auto done = database_.write<void>([&](SqliteConnection& connection) -> Result<void> {
            table_.append(connection, batch);
            return {};
        });
        EXPECT_TRUE(done);
        return batch.front().error ? batch.front().error->code : "made";
    };
    SQLite::Database raw(directory_.file("confab.db"), SQLite::OPEN_READWRITE);
    const std::string others = std::to_string(kRoomsMadeMax - 1);
    raw.exec("WITH RECURSIVE n (i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 999 + " +
             others +
             ") INSERT INTO rooms (id, name, head, oldest, created_at, made_by) "
             "SELECT i, '~p' || i, 0, 1, 0, 'somebody else' FROM n");
    raw.exec("INSERT INTO standings SELECT id, 'u', 1, 0, 0 FROM rooms");
    EXPECT_EQ(make("~paaaaaaaaaaaaaaaaaaaaaaaaaa"), "made");
    EXPECT_EQ(make("~pbbbbbbbbbbbbbbbbbbbbbbbbbb"), "made") << "he is in more, but made only two";

    raw.exec("UPDATE rooms SET made_by = 'u' WHERE id <> 1000");
    EXPECT_EQ(make("~pcccccccccccccccccccccccccc"), "too_many_rooms");
    EXPECT_EQ(number("SELECT count(*) FROM rooms WHERE name LIKE '~pc%'"), 0);
    EXPECT_EQ(make("~paaaaaaaaaaaaaaaaaaaaaaaaaa"), "room_exists") << "one that is there is found";
    raw.exec("DELETE FROM standings WHERE room = 1001");
    EXPECT_EQ(make("~pcccccccccccccccccccccccccc"), "made") << "nobody is in one of them any more";
    EXPECT_EQ(make("~pdddddddddddddddddddddddddd"), "too_many_rooms");
    EXPECT_EQ(make("somewhere"), "not_allowed");
    append({outcome("somewhere", "public")});
    EXPECT_EQ(number("SELECT count(*) FROM rooms WHERE made_by = 'u'"), 10'001);
}

}  // namespace
}  // namespace confab::store
