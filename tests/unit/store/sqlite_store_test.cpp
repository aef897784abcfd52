// SqliteStore and its file: modes, reopening, what is refused, who checkpoints, who waits.
#include "store/sqlite_store.hpp"

#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/crypto.hpp"
#include "support/temp_directory.hpp"

namespace confab::store {
namespace {

auth::Account account(const std::string& id) {
    auth::Account made;
    made.id = UserId(id);
    made.email = id + "@example.org";
    made.full_name = "Name of " + id;
    made.password_hash = Secret("hash of " + id);
    made.created_at = from_unix_seconds(1'700'000'000);
    return made;
}

std::unique_ptr<SqliteStore> open(const std::string& path, bool server = true) {
    return std::make_unique<SqliteStore>(SqliteStore::Options{path, server, nullptr});
}

// Why the file cannot be used; "" when it can.
std::string refusal(const std::string& path) {
    try {
        open(path);
        return "";
    } catch (const std::runtime_error& error) {
        return error.what();
    }
}

mode_t mode_of(const std::string& path) {
    struct stat status {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 07777;
}

// Sets the umask for one test: the widest one, which would let every bit through.
class WideUmask {
  public:
    WideUmask() : before_(::umask(0)) {}
    ~WideUmask() { ::umask(before_); }
    WideUmask(const WideUmask&) = delete;
    WideUmask& operator=(const WideUmask&) = delete;

  private:
    mode_t before_;
};

class SqliteStoreTest : public ::testing::Test {
  protected:
    test::TempDirectory directory_;
    const std::string path_ = directory_.file("confab.db");

    void change(const std::string& sql) {
        SQLite::Database raw(path_, SQLite::OPEN_READWRITE);
        raw.exec(sql);
    }
};

TEST_F(SqliteStoreTest, FilesAndDirectoriesAreForTheirOwnerOnly) {
    const WideUmask umask;
    const std::string path = directory_.file("new/deep/confab.db");
    const auto store = open(path);
    ASSERT_TRUE(store->create_account(account("u1")).has_value());
    EXPECT_EQ(mode_of(directory_.file("new")), 0700U);
    EXPECT_EQ(mode_of(directory_.file("new/deep")), 0700U);
    for (const char* suffix : {"", "-wal", "-shm"})
        EXPECT_EQ(mode_of(path + suffix), 0600U);
}

TEST_F(SqliteStoreTest, WiderModeOfACopiedFileIsNarrowed) {
    open(path_);
    ASSERT_EQ(::chmod(path_.c_str(), 0644), 0);
    const auto store = open(path_);
    EXPECT_EQ(mode_of(path_), 0600U);
    EXPECT_EQ(mode_of(path_ + "-wal"), 0600U);
}

TEST_F(SqliteStoreTest, ReopeningKeepsEverything) {
    auth::RefreshFamily family;
    family.id = "f1";
    family.user = UserId("u1");
    family.expires_at = from_unix_seconds(2'000'000'000);
    {
        const auto store = open(path_);
        ASSERT_TRUE(store->create_account(account("u1")).has_value());
        ASSERT_TRUE(store->create_account(account("u2")).has_value());
        ASSERT_TRUE(store->set_disabled(UserId("u2"), true).has_value());
        ASSERT_TRUE(store->create_family(family, sha256("t0"), WallTime{}).has_value());
        ASSERT_TRUE(store->rotate(sha256("t0"), sha256("t1"), from_unix_seconds(7)).value());
        ASSERT_TRUE(store->revoke_family("f1", from_unix_seconds(9)).has_value());
    }
    const auto store = open(path_);
    const auto found = store->find_account(UserId("u1")).value();
    ASSERT_TRUE(found);
    EXPECT_EQ(found->full_name, "Name of u1");
    EXPECT_TRUE(found->password_hash.same_as("hash of u1"));
    EXPECT_TRUE(store->find_account(UserId("u2")).value()->disabled);
    const auto token = store->find_token(sha256("t0")).value();
    ASSERT_TRUE(token);
    EXPECT_EQ(token->used_at, from_unix_seconds(7));
    EXPECT_EQ(token->family.revoked_at, from_unix_seconds(9));
    EXPECT_TRUE(store->find_token(sha256("t1")).value());
}

TEST_F(SqliteStoreTest, PathIsAlwaysTheNameOfAFile) {
    for (const char* name : {":memory:", "file:x?mode=memory", "with 'quote' \"and\" %41.db"}) {
        open(directory_.file(name));
        EXPECT_TRUE(std::filesystem::exists(directory_.file(name))) << name;
    }
}

TEST_F(SqliteStoreTest, ChangedMigrationIsRefused) {
    open(path_);
    change("UPDATE schema_migrations SET checksum = zeroblob(32) WHERE version = 1");
    EXPECT_NE(refusal(path_).find("migration 1 (accounts)"), std::string::npos) << refusal(path_);
}

TEST_F(SqliteStoreTest, DatabaseOfANewerProgramIsRefusedAndLeftAlone) {
    open(path_);
    change("INSERT INTO schema_migrations VALUES (900, 'later', zeroblob(32), 0)");
    EXPECT_NE(refusal(path_).find("newer Confab (schema 900"), std::string::npos) << refusal(path_);
    change("DELETE FROM schema_migrations WHERE version = 900");
    EXPECT_EQ(refusal(path_), "");
}

TEST_F(SqliteStoreTest, DatabaseOfAnotherProgramIsRefusedAndLeftAlone) {
    {
        SQLite::Database(path_, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
            .exec("CREATE TABLE t (a)");
    }
    EXPECT_NE(refusal(path_).find("not made by Confab"), std::string::npos) << refusal(path_);
    SQLite::Database raw(path_, SQLite::OPEN_READONLY);
    EXPECT_FALSE(raw.tableExists("accounts"));
}

TEST_F(SqliteStoreTest, FileThatIsNoDatabaseIsRefusedWithItsName) {
    std::ofstream(path_) << std::string(4096, 'x');
    EXPECT_NE(refusal(path_).find(path_), std::string::npos) << refusal(path_);
}

TEST_F(SqliteStoreTest, UnusablePlacesAreRefusedWithTheirName) {
    std::ofstream(directory_.file("plain")) << "x";
    EXPECT_NE(refusal(directory_.file("plain/confab.db")).find(directory_.file("plain")),
              std::string::npos);
    std::filesystem::create_directory(directory_.file("folder"));
    EXPECT_NE(refusal(directory_.file("folder")).find("not a regular file"), std::string::npos);
    EXPECT_NE(refusal("/proc/confab/confab.db").find("/proc/confab"), std::string::npos);
}

TEST_F(SqliteStoreTest, OnlyTheServerCheckpoints) {
    {
        const auto visitor = open(path_, false);
        // More pages than the automatic checkpoint of SQLite waits for.
        const std::string page(4000, 'x');
        for (int i = 0; i < 1100; ++i) {
            auth::Account large = account(std::to_string(i));
            large.full_name = page;
            ASSERT_TRUE(visitor->create_account(large).has_value());
        }
    }
    ASSERT_TRUE(std::filesystem::exists(path_ + "-wal"));
    EXPECT_LT(std::filesystem::file_size(path_), 64U * 1024);
    EXPECT_GT(std::filesystem::file_size(path_ + "-wal"), 4U * 1024 * 1024);

    open(path_);
    EXPECT_FALSE(std::filesystem::exists(path_ + "-wal")) << "the server left the log behind";
    EXPECT_GT(std::filesystem::file_size(path_), 4U * 1024 * 1024);
    EXPECT_TRUE(open(path_)->find_account(UserId("1099")).value());
}

TEST_F(SqliteStoreTest, WriteGivesUpWhenAnotherProcessHoldsTheFileTooLong) {
    const auto store = open(path_);
    SQLite::Database other(path_, SQLite::OPEN_READWRITE);
    other.exec("BEGIN IMMEDIATE");
    const auto refused = store->create_account(account("u1"));
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().code, "store_unavailable");
    EXPECT_GT(refused.error().retry_after.count(), 0);
    EXPECT_FALSE(store->failed());
    other.exec("ROLLBACK");
    EXPECT_TRUE(store->create_account(account("u1")).has_value());
}

TEST_F(SqliteStoreTest, OpeningGivesUpWhenAnotherProcessKeepsTheNewFileLocked) {
    SQLite::Database other(path_, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    for (const char* lock : {"BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"}) {
        other.exec(lock);
        EXPECT_NE(refusal(path_).find("database is locked"), std::string::npos) << lock;
        other.exec("ROLLBACK");
    }
    EXPECT_EQ(refusal(path_), "");
}

TEST_F(SqliteStoreTest, NoAnswerHoldsAnOldStateOfTheFile) {
    const auto store = open(path_);
    for (const char* id : {"u1", "u2"})
        ASSERT_TRUE(store->create_account(account(id)).has_value());
    // A statement that stops before its end would keep the reader on what it saw.
    EXPECT_TRUE(store->find_account(UserId("u1")).value());
    ASSERT_TRUE(store->set_disabled(UserId("u1"), true).has_value());
    EXPECT_TRUE(store->find_account(UserId("u1")).value()->disabled);
    SQLite::Database other(path_, SQLite::OPEN_READWRITE);
    // All of the log can be moved into the file only when nobody reads an old state.
    EXPECT_EQ(other.execAndGet("PRAGMA wal_checkpoint(TRUNCATE)").getInt(), 0);
    EXPECT_EQ(std::filesystem::file_size(path_ + "-wal"), 0U);
}

}  // namespace
}  // namespace confab::store
