#include "store/database_restore.hpp"

#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "store/data_directory.hpp"
#include "store/event_table.hpp"
#include "store/sqlite_database.hpp"
#include "support/damage.hpp"
#include "support/room_events.hpp"
#include "support/temp_directory.hpp"

namespace confab::store {
namespace {

const WallTime kNow = from_unix_seconds(1'700'000'000);

class DatabaseRestoreTest : public ::testing::Test {
  protected:
    DatabaseRestoreTest() {
        {
            SqliteDatabase database({file_, true, nullptr});
            EventTable table;
            test::RoomEvents(database, table).append("a", 300);
        }
        (void)copy_database(file_, backup_, Depth::quick);
    }
    RestoreReport restore(bool replace) {
        return restore_database(directory_.path(), backup_, replace, kNow);
    }
    std::string refused(bool replace) {
        try {
            (void)restore(replace);
        } catch (const std::runtime_error& error) {
            return error.what();
        }
        return "restored";
    }
    static std::int64_t number(const std::string& file, const std::string& sql) {
        SQLite::Database raw(file, SQLite::OPEN_READWRITE);
        return raw.execAndGet(sql).getInt64();
    }

    test::TempDirectory directory_;
    const std::string file_ = directory_.file("confab.db");
    test::TempDirectory elsewhere_;
    const std::string backup_ = elsewhere_.file("backup");
};

TEST_F(DatabaseRestoreTest, PutsTheBackupIntoAnEmptyDirectory) {
    std::filesystem::remove(file_);
    const RestoreReport report = restore(false);
    EXPECT_EQ(report.copy.events, 300U);
    EXPECT_TRUE(report.kept_as.empty());
    EXPECT_EQ(number(file_, "PRAGMA user_version"), kCopyMark);
    EXPECT_EQ(number(file_, "SELECT count(*) FROM events"), 300);
    EXPECT_TRUE(std::filesystem::exists(backup_));
}

TEST_F(DatabaseRestoreTest, DatabaseThatIsThereStaysUnlessForced) {
    EXPECT_NE(refused(false).find("--force"), std::string::npos);
    EXPECT_EQ(number(file_, "PRAGMA user_version"), 0);
}

TEST_F(DatabaseRestoreTest, OldDatabaseIsKeptWithItsWal) {
    const std::string crashed = elsewhere_.file("crashed");
    {
        SqliteDatabase database({file_, true, nullptr});
        EventTable table;
        test::RoomEvents(database, table).append("b", 5);
        // As a crash leaves them: what was said last is in the WAL alone.
        std::filesystem::copy_file(file_, crashed);
        std::filesystem::copy_file(file_ + "-wal", crashed + "-wal");
    }
    std::filesystem::rename(crashed, file_);
    std::filesystem::rename(crashed + "-wal", file_ + "-wal");

    const RestoreReport report = restore(true);
    EXPECT_EQ(report.kept_as, file_ + ".before-restore-20231114T221320Z");
    EXPECT_EQ(number(file_, "SELECT count(*) FROM events"), 300);
    EXPECT_EQ(number(report.kept_as, "SELECT count(*) FROM events"), 305);
    EXPECT_EQ(number(report.kept_as, "PRAGMA user_version"), 0);
}

TEST_F(DatabaseRestoreTest, DamagedBackupChangesNothing) {
    test::damage_a_leaf(backup_);
    EXPECT_THROW((void)restore(true), DamagedDatabase);
    EXPECT_EQ(number(file_, "SELECT count(*) FROM events"), 300);
    EXPECT_EQ(number(file_, "PRAGMA user_version"), 0);
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path()))
        EXPECT_EQ(entry.path().string().find("incoming"), std::string::npos) << entry.path();
}

TEST_F(DatabaseRestoreTest, NotWhileAServerRuns) {
    const DataLock server(directory_.path());
    EXPECT_NE(refused(true).find("already runs"), std::string::npos);
    EXPECT_EQ(number(file_, "PRAGMA user_version"), 0);
}

TEST_F(DatabaseRestoreTest, GoesOnAfterOneThatWasCutOff) {
    std::ofstream(file_ + ".incoming") << "half";
    std::ofstream(file_ + ".incoming.part") << "half";
    EXPECT_EQ(restore(true).copy.events, 300U);
}

}  // namespace
}  // namespace confab::store
