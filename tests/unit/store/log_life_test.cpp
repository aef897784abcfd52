#include "store/log_life.hpp"

#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "store/database_copy.hpp"
#include "store/event_table.hpp"
#include "support/room_events.hpp"
#include "support/temp_directory.hpp"

namespace confab::store {
namespace {

using Start = LogLife::Start;

class LogLifeTest : public ::testing::Test {
  protected:
    LogLifeTest() { open(); }

    void open() {
        database_ = std::make_unique<SqliteDatabase>(SqliteDatabase::Options{file_, true, nullptr});
        life_ = std::make_unique<LogLife>(*database_, mark_);
    }
    void close() {
        life_.reset();
        database_.reset();
    }
    // A new server on the same files.
    Start restart() {
        close();
        open();
        return life_->begin().value();
    }
    void append(const std::string& room, int count) {
        EventTable table;
        test::RoomEvents(*database_, table).append(room, count);
    }
    std::string epoch() {
        return database_
            ->read<std::string>([](SqliteConnection& connection) {
                return EventTable::state(connection, *RoomName::parse("a")).log.epoch;
            })
            .value();
    }
    void put_back(const std::string& saved) {
        close();
        std::filesystem::copy_file(saved, file_, std::filesystem::copy_options::overwrite_existing);
    }
    // A copy as `cp` makes it of a server that does not run.
    std::string save() {
        close();
        const std::string saved = directory_.file("saved");
        std::filesystem::copy_file(file_, saved);
        open();
        return saved;
    }
    std::string mark() {
        std::ostringstream text;
        text << std::ifstream(mark_).rdbuf();
        return text.str();
    }

    test::TempDirectory directory_;
    const std::string file_ = directory_.file("confab.db");
    const std::string mark_ = directory_.file("confab.mark");
    std::unique_ptr<SqliteDatabase> database_;
    std::unique_ptr<LogLife> life_;
};

TEST_F(LogLifeTest, GoesOnInTheSameFile) {
    EXPECT_EQ(life_->begin().value(), Start::goes_on);
    const std::string before = epoch();
    append("a", 3);
    EXPECT_TRUE(life_->mark());
    append("a", 3);  // not marked: a crash
    EXPECT_EQ(restart(), Start::goes_on);
    EXPECT_EQ(epoch(), before);
}

TEST_F(LogLifeTest, CopyBeginsANewEpochOnce) {
    append("a", 3);
    const std::string before = epoch();
    const std::string copy = directory_.file("copy");
    (void)copy_database(file_, copy, Depth::quick);
    EXPECT_EQ(restart(), Start::goes_on) << "the original";
    EXPECT_EQ(epoch(), before);
    put_back(copy);
    EXPECT_EQ(restart(), Start::was_a_copy);
    const std::string after = epoch();
    EXPECT_NE(after, before);
    EXPECT_EQ(after.size(), before.size());
    EXPECT_EQ(restart(), Start::goes_on);
    EXPECT_EQ(epoch(), after);
}

TEST_F(LogLifeTest, OlderFileThatIsPutBackBeginsANewEpoch) {
    append("a", 3);
    const std::string saved = save();
    const std::string before = epoch();
    append("b", 1);
    EXPECT_TRUE(life_->mark());
    put_back(saved);
    EXPECT_EQ(restart(), Start::went_back);
    EXPECT_NE(epoch(), before);
    EXPECT_TRUE(life_->mark());
    EXPECT_EQ(restart(), Start::goes_on);
}

TEST_F(LogLifeTest, FileThatHoldsAsMuchAsWasMarkedGoesOn) {
    append("a", 3);
    EXPECT_TRUE(life_->mark());
    const std::string saved = save();
    put_back(saved);
    EXPECT_EQ(restart(), Start::goes_on);
}

TEST_F(LogLifeTest, MarkOfAnotherFileSaysNothing) {
    append("a", 1);
    std::ofstream(mark_) << "0123456789abcdef 00000000000000000099\n";
    EXPECT_EQ(life_->begin().value(), Start::goes_on);
}

TEST_F(LogLifeTest, MarkThatACrashHasLeftSaysNothing) {
    append("a", 1);
    for (const std::string& left : {std::string(), std::string(38, '\0'), epoch() + " 9",
                                    epoch() + " 000000000000000000x9\n"}) {
        std::ofstream(mark_, std::ios::trunc) << left;
        EXPECT_EQ(life_->begin().value(), Start::goes_on) << left;
    }
}

TEST_F(LogLifeTest, MarkCountsWhatWasEverStored) {
    append("a", 7);
    append("b", 5);
    EXPECT_TRUE(life_->mark());
    EXPECT_EQ(mark(), epoch() + " 00000000000000000012\n");
    struct stat status {};
    ASSERT_EQ(::stat(mark_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0077U, 0U);
}

TEST_F(LogLifeTest, MarkIsWrittenOnlyWhenSomethingWasStored) {
    append("a", 1);
    EXPECT_TRUE(life_->mark());
    std::filesystem::remove(mark_);
    EXPECT_TRUE(life_->mark());
    EXPECT_FALSE(std::filesystem::exists(mark_));
    append("a", 1);
    EXPECT_TRUE(life_->mark());
    EXPECT_TRUE(std::filesystem::exists(mark_));
}

TEST_F(LogLifeTest, MarkThatCannotBeWrittenIsSaid) {
    LogLife elsewhere(*database_, directory_.file("no/such/mark"));
    EXPECT_FALSE(elsewhere.mark());
}

}  // namespace
}  // namespace confab::store
