#include "store/database_copy.hpp"

#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

#include "store/event_table.hpp"
#include "store/sqlite_database.hpp"
#include "support/damage.hpp"
#include "support/room_events.hpp"
#include "support/temp_directory.hpp"

namespace confab::store {
namespace {

class DatabaseCopyTest : public ::testing::Test {
  protected:
    CopyReport copy() { return copy_database(file_, target_, Depth::quick); }
    // Why nothing was copied.
    std::string refused(const std::string& source, const std::string& target) {
        try {
            (void)copy_database(source, target, Depth::quick);
        } catch (const std::runtime_error& error) {
            return error.what();
        }
        return "copied";
    }
    static std::int64_t number(const std::string& file, const std::string& sql) {
        SQLite::Database raw(file, SQLite::OPEN_READONLY);
        return raw.execAndGet(sql).getInt64();
    }

    test::TempDirectory directory_;
    const std::string file_ = directory_.file("confab.db");
    const std::string target_ = directory_.file("copy");
    SqliteDatabase database_{{file_, true, nullptr}};
    EventTable table_;
    test::RoomEvents events_{database_, table_};
};

TEST_F(DatabaseCopyTest, HoldsWhatWasCommittedAlsoInTheWal) {
    events_.append("a", 40);
    events_.append("b", 2);
    const CopyReport report = copy();
    EXPECT_EQ(report.rooms, 2U);
    EXPECT_EQ(report.events, 42U);
    EXPECT_EQ(report.bytes, std::filesystem::file_size(target_));
    EXPECT_EQ(number(target_, "SELECT count(*) FROM events"), 42);
    EXPECT_TRUE(examine(target_, Depth::full).faults.empty());
}

TEST_F(DatabaseCopyTest, IsOneFileOfItsOwnerAlone) {
    events_.append("a", 1);
    (void)copy();
    struct stat status {};
    ASSERT_EQ(::stat(target_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path()))
        if (entry.path().filename().string().starts_with("copy")) ++files;
    EXPECT_EQ(files, 1U) << "a WAL or a temporary file is left";
}

TEST_F(DatabaseCopyTest, CopySaysThatItIsOneTheOriginalDoesNot) {
    (void)copy();
    EXPECT_EQ(number(target_, "PRAGMA user_version"), kCopyMark);
    EXPECT_EQ(number(file_, "PRAGMA user_version"), 0);
}

// Also what a server that was killed has left: nobody else may bring its WAL home.
TEST_F(DatabaseCopyTest, SourceIsOnlyRead) {
    events_.append("a", 40);
    const std::string left = directory_.file("left.db");
    std::filesystem::copy_file(file_, left);
    std::filesystem::copy_file(file_ + "-wal", left + "-wal");
    const auto content = [](const std::string& path) {
        std::ostringstream bytes;
        bytes << std::ifstream(path, std::ios::binary).rdbuf();
        return bytes.str();
    };
    const std::string database = content(left);
    const std::string wal = content(left + "-wal");
    EXPECT_EQ(copy_database(left, target_, Depth::quick).events, 40U);
    EXPECT_EQ(content(left), database);
    EXPECT_EQ(content(left + "-wal"), wal);
}

TEST_F(DatabaseCopyTest, NothingIsOverwritten) {
    std::ofstream(target_) << "precious";
    EXPECT_NE(refused(file_, target_).find("nothing is overwritten"), std::string::npos);
    EXPECT_EQ(std::filesystem::file_size(target_), 8U);
    const std::string part = directory_.file("other.part");
    std::ofstream(part) << "of another";
    EXPECT_NE(refused(file_, directory_.file("other")).find("cut off"), std::string::npos);
    EXPECT_TRUE(std::filesystem::exists(part));
}

TEST_F(DatabaseCopyTest, NoCopyOfWhatIsNoDatabaseOfConfab) {
    EXPECT_NE(refused(directory_.file("absent"), target_).find("cannot read"), std::string::npos);
    std::ofstream(directory_.file("text")) << std::string(5000, 'x');
    EXPECT_THROW((void)copy_database(directory_.file("text"), target_, Depth::quick),
                 DamagedDatabase);
    SQLite::Database other(directory_.file("other.db"),
                           SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    other.exec("CREATE TABLE things (id INTEGER)");
    EXPECT_NE(refused(directory_.file("other.db"), target_).find("not a database of Confab"),
              std::string::npos);
    EXPECT_NE(refused(file_, directory_.file("no/such/directory")).find("cannot create"),
              std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(target_));
    EXPECT_FALSE(std::filesystem::exists(target_ + ".part"));
}

TEST_F(DatabaseCopyTest, DamageIsFoundBeforeTheCopyHasItsName) {
    events_.append("a", 500);
    (void)copy();
    test::damage_a_leaf(target_);
    EXPECT_THROW((void)copy_database(target_, directory_.file("second"), Depth::quick),
                 DamagedDatabase);
    EXPECT_FALSE(std::filesystem::exists(directory_.file("second")));
    EXPECT_FALSE(std::filesystem::exists(directory_.file("second.part")));
}

// Without one view for all steps the copy would begin anew with every commit, and never end.
TEST_F(DatabaseCopyTest, EndsWhileSomebodyWritesWithoutAPauseAndHoldsAPrefix) {
    constexpr int kEnough = 3000;
    events_.append("a", 40'000, {}, std::string(1000, 'x'));
    std::atomic<bool> stop = false;
    std::atomic<int> commits = 0;
    std::thread writer([&] {
        while (!stop && commits < kEnough) {
            events_.append("a", 5);
            events_.append("b", 5);
            ++commits;
        }
    });
    while (commits < 3)
        std::this_thread::yield();
    const int before = commits;
    const CopyReport report = copy();
    stop = true;
    writer.join();
    EXPECT_GT(commits, before) << "the writer waited for the copy";
    EXPECT_LT(commits, kEnough) << "the copy waited for the writer";
    EXPECT_GE(report.events, 40'000U + 10U * static_cast<unsigned>(before));
    EXPECT_TRUE(examine(target_, Depth::full).faults.empty());
}

}  // namespace
}  // namespace confab::store
