// SqliteStore when the disk is slow or fails. The system calls of SQLite are replaced: writing
// through its own hook, syncing by the functions below, which this program has instead of those of
// the C library.
#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "store/sqlite_database.hpp"
#include "store/sqlite_store.hpp"
#include "support/temp_directory.hpp"

namespace {

std::atomic<int> sync_error = 0;  // 0: syncing works
std::atomic<int> syncs = 0;
std::atomic<int> write_error = 0;  // 0: writing works
std::atomic<bool> hold_syncs = false;
std::atomic<bool> sync_held = false;

int sync_or_fail(long call, int descriptor) {
    ++syncs;
    if (hold_syncs) {
        sync_held = true;
        sync_held.notify_all();
        hold_syncs.wait(true);
    }
    if (sync_error == 0) return static_cast<int>(::syscall(call, descriptor));
    errno = sync_error;
    return -1;
}

ssize_t write_or_fail(int descriptor, const void* bytes, std::size_t count, off_t offset) {
    if (write_error == 0) return ::pwrite(descriptor, bytes, count, offset);
    errno = write_error;
    return -1;
}

}  // namespace

extern "C" int fdatasync(int descriptor) {
    return sync_or_fail(SYS_fdatasync, descriptor);
}

extern "C" int fsync(int descriptor) {
    return sync_or_fail(SYS_fsync, descriptor);
}

namespace confab::store {
namespace {

using namespace std::chrono_literals;

class SqliteFailure : public ::testing::Test {
  protected:
    SqliteFailure() {
        set_writing(reinterpret_cast<sqlite3_syscall_ptr>(&write_or_fail));
        open();
    }
    ~SqliteFailure() override {
        sync_error = 0;
        write_error = 0;
        store_.reset();
        set_writing(nullptr);  // back to the C library's
    }
    void open() {
        store_.reset();
        store_ = std::make_unique<SqliteStore>(
            SqliteStore::Options{directory_.file("confab.db"), true,
                                 [this](std::string_view what) { fatal_.emplace_back(what); }});
    }
    void close() { store_.reset(); }
    Result<void> create(const std::string& id) {
        auth::Account account;
        account.id = UserId(id);
        account.email = id;
        return store_->create_account(account);
    }
    // The stable code of the answer, "" for success.
    std::string code_of(const Result<void>& answer) {
        return answer.has_value() ? "" : std::string(answer.error().code);
    }
    bool known(const std::string& id) {
        return store_->find_account(UserId(id)).value().has_value();
    }
    SqliteStore& store() { return *store_; }
    std::string path() { return directory_.file("confab.db"); }
    const std::vector<std::string>& fatal() { return fatal_; }

  private:
    static void set_writing(sqlite3_syscall_ptr call) {
        sqlite3_vfs* const vfs = sqlite3_vfs_find(nullptr);
        for (const char* name : {"pwrite", "pwrite64"})
            vfs->xSetSystemCall(vfs, name, call);
    }

    test::TempDirectory directory_;
    std::vector<std::string> fatal_;
    std::unique_ptr<SqliteStore> store_;
};

TEST_F(SqliteFailure, EveryWriteIsSyncedBeforeItIsAnsweredAndNoReadIs) {
    ASSERT_EQ(code_of(create("first")), "");
    for (int i = 0; i < 10; ++i) {
        const int before = syncs;
        ASSERT_EQ(code_of(create(std::to_string(i))), "");
        EXPECT_GT(syncs, before);
    }
    const int before = syncs;
    EXPECT_TRUE(known("first"));
    EXPECT_EQ(syncs, before);
}

TEST_F(SqliteFailure, ReadsDoNotWaitForAWriteOnItsWayToTheDisk) {
    ASSERT_EQ(code_of(create("before")), "");
    hold_syncs = true;
    auto writing = std::async(std::launch::async, [&] { return code_of(create("slow")); });
    sync_held.wait(false);
    auto reading =
        std::async(std::launch::async, [&] { return known("before") && !known("slow"); });
    const bool read_was_quick = reading.wait_for(10s) == std::future_status::ready;
    hold_syncs = false;
    hold_syncs.notify_all();
    EXPECT_TRUE(read_was_quick);
    EXPECT_TRUE(reading.get());
    EXPECT_EQ(writing.get(), "");
    EXPECT_TRUE(known("slow"));
}

TEST_F(SqliteFailure, ReadsGoOnWhenThereAreNoDescriptorsLeft) {
    const test::TempDirectory directory;
    SqliteDatabase database({directory.file("confab.db"), true, nullptr});
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    const rlimit none{0, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
    // Each inside of the other, so that all connections that read are in use.
    const std::function<bool(std::size_t)> read_with = [&](std::size_t readers) {
        if (readers == 0) return true;
        const auto rooms = database.read<bool>([&](SqliteConnection& connection) {
            Query row = connection.query("SELECT count(*) FROM rooms");
            return row.step() && row.integer_at(0) == 0 && read_with(readers - 1);
        });
        return rooms && *rooms;
    };
    const bool all_read = read_with(kStoreReaders);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    EXPECT_TRUE(all_read);
}

TEST_F(SqliteFailure, FullDiskRefusesWritesUntilThereIsRoomAgain) {
    ASSERT_EQ(code_of(create("before")), "");
    for (const int error : {ENOSPC, EDQUOT}) {
        write_error = error;
        const auto refused = create("during");
        ASSERT_TRUE(refused.has_error());
        EXPECT_EQ(refused.error().code, "storage_full");
        EXPECT_EQ(refused.error().kind, ErrorKind::unavailable);
        EXPECT_GT(refused.error().retry_after.count(), 0);
        EXPECT_FALSE(store().failed());
        EXPECT_TRUE(known("before"));
        EXPECT_FALSE(known("during"));

        write_error = 0;
        EXPECT_EQ(code_of(create("after " + std::to_string(error))), "");
    }
    EXPECT_TRUE(fatal().empty());
    close();
    SQLite::Database raw(path(), SQLite::OPEN_READONLY);
    EXPECT_EQ(raw.execAndGet("PRAGMA integrity_check").getString(), "ok");
}

TEST_F(SqliteFailure, FailedSyncEndsWritingForGood) {
    ASSERT_EQ(code_of(create("before")), "");
    sync_error = EIO;
    EXPECT_EQ(code_of(create("during")), "outcome_unknown");
    EXPECT_TRUE(store().failed());
    ASSERT_EQ(fatal().size(), 1U);

    // The kernel says that all is well again; it is not believed.
    sync_error = 0;
    const auto refused = create("after");
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().code, "store_unavailable");
    EXPECT_EQ(refused.error().kind, ErrorKind::unavailable);
    EXPECT_TRUE(known("before"));
    EXPECT_FALSE(known("after"));
    EXPECT_EQ(fatal().size(), 1U);

    open();
    EXPECT_TRUE(known("before"));
    EXPECT_EQ(code_of(create("after")), "");
}

TEST_F(SqliteFailure, FailedWriteThatIsNoFullDiskEndsWritingForGood) {
    ASSERT_EQ(code_of(create("before")), "");
    write_error = EIO;
    EXPECT_EQ(code_of(create("during")), "outcome_unknown");
    EXPECT_TRUE(store().failed());
    write_error = 0;
    EXPECT_EQ(code_of(create("after")), "store_unavailable");
    EXPECT_EQ(fatal().size(), 1U);
}

TEST_F(SqliteFailure, DamagedFileEndsWritingForGood) {
    ASSERT_EQ(code_of(create("before")), "");
    close();
    {
        SQLite::Database raw(path(), SQLite::OPEN_READONLY);
        const int page =
            raw.execAndGet("SELECT rootpage FROM sqlite_schema WHERE name = 'accounts'").getInt();
        const int size = raw.execAndGet("PRAGMA page_size").getInt();
        std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(static_cast<std::streamoff>(page - 1) * size);
        file << std::string(static_cast<std::size_t>(size), '\x5A');
    }
    open();
    EXPECT_TRUE(store().find_account(UserId("before")).has_error());
    EXPECT_FALSE(store().failed()) << "reading alone loses nothing";
    EXPECT_EQ(code_of(create("after")), "outcome_unknown");
    EXPECT_TRUE(store().failed());
    EXPECT_EQ(fatal().size(), 1U);
}

TEST_F(SqliteFailure, WhatIsReportedNamesNoPathAndNoStatement) {
    sync_error = EIO;
    const auto refused = create("during");
    ASSERT_TRUE(refused.has_error());
    ASSERT_EQ(fatal().size(), 1U);
    for (const std::string& text : {refused.error().detail, fatal().front()}) {
        EXPECT_FALSE(text.empty());
        for (const char* forbidden : {"confab", "tmp", "INSERT", "COMMIT", "accounts"}) {
            EXPECT_EQ(text.find(forbidden), std::string::npos) << text;
        }
    }
    EXPECT_EQ(refused.error().detail.find("SQL"), std::string::npos);
}

}  // namespace
}  // namespace confab::store
