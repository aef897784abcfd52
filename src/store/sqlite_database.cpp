#include "store/sqlite_database.hpp"

#include <SQLiteCpp/Exception.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <stdexcept>

#include "base/limits.hpp"
#include "base/planted_fault.hpp"
#include "store/data_directory.hpp"
#include "store/migrations.hpp"
#include "store/private_files.hpp"

namespace confab::store {
namespace {

enum class Failure { busy, full, fatal };

// What a failed write means for the file.
Failure classify(const SQLite::Exception& error, int system_error) {
    switch (error.getErrorCode()) {
        case SQLITE_FULL:
            return Failure::full;
        case SQLITE_IOERR: {
            const int extended = error.getExtendedErrorCode();
            if (extended == SQLITE_IOERR_NOMEM) return Failure::busy;
            // After a failed sync the kernel may have dropped the bytes and report success next
            // time: going on would acknowledge what is not on the disk.
            if (extended == SQLITE_IOERR_FSYNC || extended == SQLITE_IOERR_DIR_FSYNC) {
                return Failure::fatal;
            }
            // A quota, and the file of the WAL index, report a full disk in this way.
            const bool full = system_error == ENOSPC || system_error == EDQUOT;
            return full ? Failure::full : Failure::fatal;
        }
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
        case SQLITE_READONLY:
            return Failure::fatal;
        default:
            return Failure::busy;
    }
}

Error to_error(Failure failure) {
    if (failure == Failure::full) {
        return Error(ErrorKind::unavailable, "storage_full", "the server's storage is full")
            .retry_in(kStorageFullRetryAfter);
    }
    return Error(ErrorKind::unavailable, "store_unavailable", "the store does not answer")
        .retry_in(kStoreRetryAfter);
}

// SQLite gives -wal and -shm the mode of the database file, so that one decides for all. The file
// is made here, never opened again: closing a second descriptor would drop SQLite's locks.
void make_private_file(const std::string& path) {
    const FileDescriptor created(
        ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kPrivateFile));
    if (created.valid()) return;
    if (errno != EEXIST) throw_system_error("cannot create the database " + path);
    for (const char* suffix : {"", "-wal", "-shm"}) {
        const std::string name = path + suffix;
        struct stat status {};
        if (::stat(name.c_str(), &status) != 0) continue;
        if (!S_ISREG(status.st_mode)) throw std::runtime_error(name + " is not a regular file");
        // A copy from a backup may have come with a wider mode.
        if ((status.st_mode & 0077) == 0) continue;
        if (::chmod(name.c_str(), kPrivateFile) != 0) {
            throw_system_error(name + " can be reached by other users, and its mode stays");
        }
    }
}

std::string describe(const SQLite::Exception& error) {
    return "SQLite error " + std::to_string(error.getExtendedErrorCode()) + " (" +
           sqlite3_errstr(error.getExtendedErrorCode()) + ")";
}

// Rolls back what was not committed, on every way out.
class Transaction {
  public:
    enum class Kind { write, read };
    Transaction(SqliteConnection& connection, Kind kind) : connection_(connection) {
        if (is_open()) return;
        if (kind == Kind::write) connection.query("BEGIN IMMEDIATE").run();
        if (kind == Kind::read) connection.query("BEGIN").run();
    }
    ~Transaction() {
        if (!left_open_) static_cast<void>(connection_.roll_back());
    }
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit() {
        static int calls = 0;
        left_open_ = is_planted(PlantedFault::ack_before_commit) && ++calls % 8 != 0;
        if (!left_open_) connection_.query("COMMIT").run();
    }

  private:
    // Only ever true with a planted fault.
    [[nodiscard]] bool is_open() {
        return is_planted(PlantedFault::ack_before_commit) &&
               sqlite3_get_autocommit(connection_.database().getHandle()) == 0;
    }

    SqliteConnection& connection_;
    bool left_open_ = false;
};

}  // namespace

SqliteDatabase::SqliteDatabase(Options options) : options_(std::move(options)) {
    // Absolute, so that a name such as ":memory:" or "file:..." stays a name.
    const std::string path = std::filesystem::absolute(options_.path).string();
    const std::string directory = parent_directory(path);
    static_cast<void>(prepare_data_directory(directory));  // its warning: app asks for it itself
    make_private_file(path);
    try {
        const auto role = options_.server ? SqliteRole::server_writer : SqliteRole::visitor_writer;
        writer_ = std::make_unique<SqliteConnection>(path, role);
        migrate(writer_->database(), sqlite_migrations());
        for (std::size_t i = 0; i < kStoreReaders; ++i) {
            auto reader = std::make_unique<SqliteConnection>(path, SqliteRole::reader);
            // Opens what it reads of the log, which may not be possible any more when clients have
            // taken all descriptors.
            static_cast<void>(reader->query("SELECT count(*) FROM sqlite_schema").step());
            idle_readers_.push_back(std::move(reader));
        }
    } catch (const SQLite::Exception& error) {
        throw std::runtime_error("cannot use the database " + path + ": " + describe(error));
    } catch (const MigrationError& error) {
        throw std::runtime_error("cannot use the database " + path + ": " + error.what());
    }
}

std::optional<Error> SqliteDatabase::run_write(const std::function<bool(SqliteConnection&)>& work) {
    std::string what;
    {
        const std::lock_guard turn(writer_turns_);
        if (failed_) return to_error(Failure::fatal);
        errno = 0;
        try {
            Transaction transaction(*writer_, Transaction::Kind::write);
            if (work(*writer_)) transaction.commit();
            return std::nullopt;
        } catch (const SQLite::Exception& error) {
            // Not sqlite3_system_errno(): it is not set when COMMIT fails.
            const Failure failure = classify(error, errno);
            // A transaction that cannot be ended would swallow every later write.
            const bool stuck = sqlite3_get_autocommit(writer_->database().getHandle()) == 0;
            if (failure != Failure::fatal && !stuck) return to_error(failure);
            failed_ = true;
            what = describe(error);
        }
    }
    if (options_.on_fatal) options_.on_fatal(what);
    // A commit that failed half-way may be found whole by the next start.
    return Error(ErrorKind::unavailable, "outcome_unknown",
                 "the store has failed; whether this was stored shows after the next start")
        .retry_in(kStoreRetryAfter);
}

std::optional<Error> SqliteDatabase::run_read(const std::function<void(SqliteConnection&)>& work) {
    std::unique_lock lock(readers_mutex_);
    reader_is_idle_.wait(lock, [this] { return !idle_readers_.empty(); });
    std::unique_ptr<SqliteConnection> reader = std::move(idle_readers_.back());
    idle_readers_.pop_back();
    lock.unlock();
    std::optional<Error> failure;
    try {
        Transaction snapshot(*reader, Transaction::Kind::read);
        work(*reader);
        snapshot.commit();
    } catch (const SQLite::Exception&) {
        failure = to_error(Failure::busy);
    }
    lock.lock();
    idle_readers_.push_back(std::move(reader));
    lock.unlock();
    reader_is_idle_.notify_one();
    return failure;
}

void SqliteDatabase::Turns::lock() {
    std::unique_lock lock(mutex_);
    const std::uint64_t mine = asked_++;
    next_.wait(lock, [&] { return served_ == mine; });
}

void SqliteDatabase::Turns::unlock() {
    {
        const std::lock_guard lock(mutex_);
        ++served_;
    }
    next_.notify_all();
}

}  // namespace confab::store
