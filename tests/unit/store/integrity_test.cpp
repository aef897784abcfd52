#include "store/integrity.hpp"

#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <string>

#include "store/event_table.hpp"
#include "store/sqlite_database.hpp"
#include "support/damage.hpp"
#include "support/room_events.hpp"
#include "support/temp_directory.hpp"

namespace confab::store {
namespace {

class IntegrityTest : public ::testing::Test {
  protected:
    // A closed file: room "a" with ten events, room "b" with three.
    void SetUp() override {
        SqliteDatabase database({file_, true, nullptr});
        EventTable table;
        test::RoomEvents events(database, table);
        events.append("a", 10);
        events.append("b", 3);
    }
    void change(const std::string& sql) {
        SQLite::Database raw(file_, SQLite::OPEN_READWRITE);
        raw.exec(sql);
    }
    std::string first_fault(Depth depth) {
        const Examination found = examine(file_, depth);
        EXPECT_TRUE(found.complete);
        return found.faults.empty() ? "none" : found.faults.front();
    }

    test::TempDirectory directory_;
    const std::string file_ = directory_.file("confab.db");
};

TEST_F(IntegrityTest, WholeFileHasNoFaults) {
    for (const Depth depth : {Depth::quick, Depth::full})
        EXPECT_EQ(first_fault(depth), "none");
}

TEST_F(IntegrityTest, DamagedPageIsFound) {
    test::damage_a_leaf(file_);
    for (const Depth depth : {Depth::quick, Depth::full})
        EXPECT_NE(first_fault(depth), "none");
}

TEST_F(IntegrityTest, FileThatIsNoDatabaseIsDamaged) {
    std::fstream(file_, std::ios::in | std::ios::out) << "This is not what it was, not at all.";
    for (const Depth depth : {Depth::quick, Depth::full})
        EXPECT_NE(first_fault(depth), "none");
}

TEST_F(IntegrityTest, RoomMustEndAtItsHeadAndBeginAtItsOldest) {
    for (const std::string wrong : {"head = 11", "head = 9", "oldest = 2"}) {
        change("UPDATE rooms SET " + wrong + " WHERE name = 'a'");
        for (const Depth depth : {Depth::quick, Depth::full})
            EXPECT_EQ(first_fault(depth).rfind("room a: ", 0), 0U) << wrong;
        change("UPDATE rooms SET head = 10, oldest = 1 WHERE name = 'a'");
    }
    EXPECT_EQ(first_fault(Depth::quick), "none");
}

TEST_F(IntegrityTest, RoomOfWhichAllWasDeletedIsInOrder) {
    change("DELETE FROM events WHERE room = (SELECT id FROM rooms WHERE name = 'b')");
    EXPECT_EQ(first_fault(Depth::quick).rfind("room b: ", 0), 0U);
    change("UPDATE rooms SET oldest = head + 1 WHERE name = 'b'");
    for (const Depth depth : {Depth::quick, Depth::full})
        EXPECT_EQ(first_fault(depth), "none");
}

TEST_F(IntegrityTest, FullLookFindsPeopleWhoCannotBe) {
    const auto fault_after = [&](const std::string& sql) {
        change(sql);
        const std::string fault = first_fault(Depth::full);
        change("DELETE FROM standings; DELETE FROM read_markers; DELETE FROM mentions");
        return fault;
    };
    const std::string room = "(SELECT id FROM rooms WHERE name = 'a')";
    const std::string standing = "INSERT INTO standings VALUES (";
    EXPECT_EQ(fault_after(standing + room + ", 'u', 2, 0, 0)"), "none");
    EXPECT_EQ(fault_after(standing + "99, 'u', 2, 0, 0)"),
              "1 roles, bans or mutes belong to no room");
    EXPECT_EQ(fault_after(standing + room + ", 'u', 4, 0, 0)"), "1 roles are none that there are");
    EXPECT_EQ(fault_after("INSERT INTO read_markers VALUES ('u', " + room + ", 10)"), "none");
    EXPECT_EQ(fault_after("INSERT INTO read_markers VALUES ('u', " + room + ", 11)"),
              "1 users have read more of a room than there is");
    EXPECT_EQ(fault_after("INSERT INTO mentions VALUES ('u', " + room + ", 11)"),
              "1 mentions belong to no message");
    change("UPDATE rooms SET name = '~pabcdefghijklmnopqrstuvwxyz' WHERE name = 'b'");
    const std::string member = standing + "(SELECT id FROM rooms WHERE name LIKE '~p%'), 'u', ";
    EXPECT_EQ(fault_after(member + "1, 0, 0)"), "1 private rooms have members and no owner");
    EXPECT_EQ(fault_after(member + "3, 0, 0)"), "none");
    EXPECT_EQ(fault_after(member + "0, 5, 0)"), "none") << "who is banned is no member";
}

TEST_F(IntegrityTest, FullLookFindsHolesAndStrays) {
    change("DELETE FROM events WHERE seq = 5");
    EXPECT_EQ(first_fault(Depth::full), "room a: it should hold 10 events, there are 9");
    change("UPDATE rooms SET id = 99 WHERE name = 'b'");
    EXPECT_EQ(examine(file_, Depth::full).faults.back(), "3 events belong to no room");
}

TEST_F(IntegrityTest, FullLookFindsChangesOfNoMessage) {
    const std::string row = "(1, 4, 'yes', 'u', 5)";
    change("INSERT INTO reactions (room, target, reaction, sender, seq) VALUES " + row);
    EXPECT_EQ(first_fault(Depth::full), "none");
    change("UPDATE reactions SET target = 40");
    change("INSERT INTO changes (room, target, seq, kind) VALUES (99, 1, 2, 2)");
    EXPECT_EQ(first_fault(Depth::full), "2 edits or reactions belong to no message");
}

TEST_F(IntegrityTest, FullLookFindsTokensOfNoFamily) {
    change(
        "PRAGMA foreign_keys = OFF; INSERT INTO refresh_tokens (hash, family_id, issued_at) "
        "VALUES (x'01', 'gone', 0)");
    EXPECT_EQ(first_fault(Depth::full),
              "a row of refresh_tokens belongs to none of refresh_families");
}

TEST_F(IntegrityTest, OutOfTimeIsNotDamage) {
    const Examination found = examine(file_, Depth::full, std::chrono::milliseconds(0));
    EXPECT_FALSE(found.complete);
    EXPECT_TRUE(found.faults.empty());
    EXPECT_TRUE(examine(file_, Depth::full, std::chrono::minutes(1)).complete);
}

// It ends before it comes to the token of no family, and misses no page that it has not come to.
TEST_F(IntegrityTest, WalkThatIsCutShortEndsAndFindsNothingWrong) {
    change(
        "PRAGMA foreign_keys = OFF; INSERT INTO refresh_tokens (hash, family_id, issued_at) "
        "VALUES (x'01', 'gone', 0)");
    {
        SqliteDatabase database({file_, true, nullptr});
        EventTable table;
        test::RoomEvents events(database, table);
        events.append("large", 20'000, {}, std::string(1000, 'x'));
    }
    for (const int time : {1, 2, 4})
        EXPECT_TRUE(examine(file_, Depth::full, std::chrono::milliseconds(time)).faults.empty());
    EXPECT_NE(first_fault(Depth::full), "none");
}

TEST_F(IntegrityTest, FileBesideAWriterIsSeenAtOneMoment) {
    SqliteDatabase database({file_, true, nullptr});
    EventTable table;
    test::RoomEvents events(database, table);
    events.append("c", 7);
    EXPECT_EQ(first_fault(Depth::full), "none");
}

TEST_F(IntegrityTest, FileThatCannotBeReadIsNoDamage) {
    EXPECT_THROW((void)examine(directory_.file("absent"), Depth::full), std::runtime_error);
}

}  // namespace
}  // namespace confab::store
