#include "store/read_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "store/sqlite_database.hpp"
#include "support/temp_directory.hpp"

namespace confab::store {
namespace {

class ReadTableTest : public ::testing::Test {
  protected:
    // Rooms `first` to `last`, of which "u" is a member who has read nothing; all that is said in
    // them, `head` messages each, `speaker` says.
    void fill(int first, int last, int head, const std::string& speaker) {
        SQLite::Database raw(directory_.file("confab.db"), SQLite::OPEN_READWRITE);
        const auto numbers = [](int from, int to) {
            return "WITH RECURSIVE n (i) AS (SELECT " + std::to_string(from) +
                   " UNION ALL SELECT i + 1 FROM n WHERE i < " + std::to_string(to) + ") ";
        };
        raw.exec(numbers(first, last) +
                 "INSERT INTO rooms (id, name, head, oldest, created_at) "
                 "SELECT i, '~paaaaaaaaaaaaaaaaaaaaaaaaa' || char(97 + i), " +
                 std::to_string(head) + ", 1, 0 FROM n");
        raw.exec(numbers(first, last) + "INSERT INTO standings SELECT i, 'u', 1, 0, 0 FROM n");
        raw.exec(numbers(1, head) +
                 "INSERT INTO events (room, seq, kind, id, sender, sender_name, at, body) "
                 "SELECT r.id, i, 1, randomblob(16), '" +
                 speaker + "', 'S', 0, 'x' FROM n JOIN rooms r ON r.id BETWEEN " +
                 std::to_string(first) + " AND " + std::to_string(last));
    }
    std::vector<std::size_t> unread() {
        const auto rooms =
            database_.read<std::vector<chat::RoomOverview>>([](SqliteConnection& connection) {
                return ReadTable::rooms_of(connection, UserId("u"), WallTime{});
            });
        std::vector<std::size_t> counts;
        for (const chat::RoomOverview& room : rooms.value())
            counts.push_back(room.unread);
        return counts;
    }

    test::TempDirectory directory_;
    SqliteDatabase database_{{directory_.file("confab.db"), true, nullptr}};
};

TEST_F(ReadTableTest, WhatOneSaidIsNotUnreadAndNoMoreThanAHundredAreCounted) {
    fill(1, 1, 500, "u");
    EXPECT_EQ(unread(), std::vector<std::size_t>{0});
    fill(2, 2, 500, "v");
    EXPECT_THAT(unread(), ::testing::UnorderedElementsAre(0, kUnreadShown));
}

TEST_F(ReadTableTest, BehindTwentyThousandEventsAllThatIsNewCountsAsUnread) {
    fill(1, 22, 1000, "u");
    const auto counts = unread();
    EXPECT_EQ(std::count(counts.begin(), counts.end(), 0), 20);
    EXPECT_EQ(std::count(counts.begin(), counts.end(), kUnreadShown), 2);
}

}  // namespace
}  // namespace confab::store
