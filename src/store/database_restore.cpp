#include "store/database_restore.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <stdexcept>

#include "store/data_directory.hpp"

namespace confab::store {
namespace {

std::string stamp(WallTime now) {
    const std::time_t seconds = unix_seconds(now);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    char text[32];
    const std::size_t size = std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts);
    return {text, size};
}

void unlink_if_there(const std::string& path) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) throw_system_error("cannot remove " + path);
}

// A second name first, so that at no moment is the database without the WAL that belongs to it.
std::string keep_aside(const std::string& database, WallTime now) {
    const std::string aside = database + ".before-restore-" + stamp(now);
    if (::link(database.c_str(), aside.c_str()) != 0) {
        throw_system_error("cannot keep the database as " + aside);
    }
    const std::string wal = database + "-wal";
    if (::link(wal.c_str(), (aside + "-wal").c_str()) != 0 && errno != ENOENT) {
        throw_system_error("cannot keep the database as " + aside);
    }
    sync_directory(parent_directory(database));
    return aside;
}

}  // namespace

RestoreReport restore_database(const std::string& directory, const std::string& backup,
                               bool replace, WallTime now) {
    const DataLock lock(directory);
    const std::string database = (std::filesystem::path(directory) / "confab.db").string();
    const bool is_there = std::filesystem::exists(database);
    if (is_there && !replace) {
        throw std::runtime_error(database +
                                 " is there; --force keeps it beside, under another "
                                 "name, and puts the backup in its place");
    }
    const std::string incoming = database + ".incoming";
    // Left of a restore that was cut off: with the lock nobody else can be at it.
    unlink_if_there(incoming);
    unlink_if_there(incoming + ".part");
    RestoreReport report;
    report.copy = copy_database(backup, incoming, Depth::full);
    if (is_there) report.kept_as = keep_aside(database, now);
    // A WAL would be taken for one of the new file.
    unlink_if_there(database + "-wal");
    unlink_if_there(database + "-shm");
    if (::rename(incoming.c_str(), database.c_str()) != 0) {
        throw_system_error("cannot put the backup in its place");
    }
    sync_directory(directory);
    return report;
}

}  // namespace confab::store
