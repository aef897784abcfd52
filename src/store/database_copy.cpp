#include "store/database_copy.hpp"

#include <SQLiteCpp/Backup.h>
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <stdexcept>

#include "base/limits.hpp"
#include "store/private_files.hpp"
#include "store/sqlite_connection.hpp"

namespace confab::store {
namespace {

// The file under its temporary name: removed on every way out but that through keep_as().
class PartFile {
  public:
    explicit PartFile(std::string path) : path_(std::move(path)) {
        const FileDescriptor made(::open(
            path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kPrivateFile));
        if (made.valid()) return;
        if (errno == EEXIST) {
            throw std::runtime_error(path_ +
                                     " is left of a copy that was cut off, or of one that "
                                     "is being made; remove it when nobody makes one");
        }
        throw_system_error("cannot create " + path_);
    }
    ~PartFile() {
        if (path_.empty()) return;
        ::unlink(path_.c_str());
        ::unlink((path_ + "-journal").c_str());
    }
    PartFile(const PartFile&) = delete;
    PartFile& operator=(const PartFile&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }

    void sync() const {
        const FileDescriptor file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
        if (!file.valid() || ::fsync(file.get()) != 0) throw_system_error("cannot sync " + path_);
    }
    void keep_as(const std::string& name) {
        int failed = ::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, name.c_str(), RENAME_NOREPLACE);
        // Some file systems cannot do that, and can do this.
        if (failed != 0 && errno == EINVAL) failed = ::link(path_.c_str(), name.c_str());
        if (failed != 0) throw_system_error("cannot give the copy its name " + name);
        ::unlink(path_.c_str());
        path_.clear();
        sync_directory(parent_directory(name));
    }

  private:
    std::string path_;
};

void copy_pages(const std::string& source, const std::string& part) {
    SqliteConnection from(source, SqliteRole::reader);
    // One view of the file for all steps: otherwise each commit of the server starts them over.
    from.database().exec("BEGIN");
    if (!from.database().tableExists("schema_migrations")) {
        throw std::runtime_error(source + " is not a database of Confab");
    }
    SQLite::Database to(part, SQLite::OPEN_READWRITE);
    to.exec("PRAGMA synchronous = OFF");  // synced as a whole, at the end
    SQLite::Backup backup(to, from.database());
    int step = SQLITE_OK;
    while (step == SQLITE_OK)
        step = backup.executeStep(kBackupPagesPerStep);
    if (step != SQLITE_DONE) throw SQLite::Exception("the copy does not go on", step);
}

// Makes it one file without a WAL, and says in it what it is.
CopyReport seal(const std::string& part) {
    SQLite::Database copy(part, SQLite::OPEN_READWRITE);
    if (copy.execAndGet("PRAGMA journal_mode = DELETE").getString() != "delete") {
        throw std::runtime_error("the copy keeps its WAL");
    }
    copy.exec("PRAGMA user_version = " + std::to_string(kCopyMark));
    CopyReport report;
    if (!copy.tableExists("rooms")) return report;
    report.rooms =
        static_cast<std::uint64_t>(copy.execAndGet("SELECT count(*) FROM rooms").getInt64());
    report.events =
        static_cast<std::uint64_t>(copy.execAndGet("SELECT count(*) FROM events").getInt64());
    return report;
}

void refuse_damaged(const std::string& source, const std::string& part, Depth depth) {
    const Examination found = examine(part, depth);
    if (found.faults.empty()) return;
    throw DamagedDatabase("the database " + source +
                          " is damaged, no copy was made: " + found.faults.front());
}

std::uint64_t size_of(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) throw_system_error("cannot look at " + path);
    return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace

CopyReport copy_database(const std::string& source, const std::string& target, Depth depth) {
    if (::access(source.c_str(), R_OK) != 0) throw_system_error("cannot read " + source);
    struct stat status {};
    if (::lstat(target.c_str(), &status) == 0) {
        throw std::runtime_error(target + " is there already; nothing is overwritten");
    }
    PartFile part(target + ".part");
    CopyReport report;
    try {
        copy_pages(source, part.path());
        report = seal(part.path());
    } catch (const SQLite::Exception& error) {
        const int code = error.getErrorCode();
        const std::string what =
            "cannot copy " + source + ": " + sqlite3_errstr(error.getExtendedErrorCode());
        if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB) throw DamagedDatabase(what);
        throw std::runtime_error(what);
    }
    refuse_damaged(source, part.path(), depth);
    report.bytes = size_of(part.path());
    part.sync();
    part.keep_as(target);
    return report;
}

}  // namespace confab::store
