#include "store/data_directory.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

#include "auth/secret_strength.hpp"
#include "base/crypto.hpp"
#include "base/limits.hpp"

namespace confab::store {
namespace {

constexpr mode_t kPrivateDirectory = 0700;
constexpr mode_t kGroupAndOthers = 0077;
constexpr std::size_t kSecretRandomBytes = 32;
constexpr std::size_t kLockFileBytesMax = 64;

// True when it was made now. mkdir(2) takes the mode less the umask, never more.
bool make_private_directory(const std::string& path) {
    if (::mkdir(path.c_str(), kPrivateDirectory) == 0) {
        sync_directory(parent_directory(path));
        return true;
    }
    if (errno == EEXIST) return false;
    if (errno != ENOENT) throw_system_error("cannot create the directory " + path);
    const std::string parent = parent_directory(path);
    if (parent == path || !make_private_directory(parent)) {
        errno = ENOENT;
        throw_system_error("cannot create the directory " + path);
    }
    return make_private_directory(path);
}

std::string without_trailing_slashes(std::string path) {
    while (path.size() > 1 && path.back() == '/')
        path.pop_back();
    return path;
}

FileDescriptor open_secret(const std::string& path) {
    // O_NONBLOCK: a pipe put there must not hang the start; it is refused below.
    return FileDescriptor(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
}

Secret read_secret(const FileDescriptor& file, const std::string& path) {
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) throw_system_error("cannot look at " + path);
    if (!S_ISREG(status.st_mode)) throw std::runtime_error(path + " is not a regular file");
    if ((status.st_mode & kGroupAndOthers) != 0) {
        throw std::runtime_error(path + " can be reached by other users; run: chmod 600 " + path);
    }
    const uid_t self = ::geteuid();
    if (status.st_uid != self && status.st_uid != 0 && self != 0) {
        throw std::runtime_error(path + " belongs to another user, who could change it");
    }
    std::string text = read_all(file.get(), kSecretFileBytesMax, path);
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
        text.pop_back();
    Secret secret(std::move(text));
    if (auth::is_weak_secret(secret.reveal())) {
        throw std::runtime_error(path + " holds a weak secret: at least " +
                                 std::to_string(kTokenSecretBytesMin) +
                                 " bytes that nobody can guess are needed");
    }
    return secret;
}

// Writes a secret under a temporary name, then gives it its own. When somebody else's file has got
// the name meanwhile, that one stays.
void create_secret(const std::string& path) {
    const std::string temporary = path + ".new-" + base64url(random_bytes(9));
    const FileDescriptor file(::open(
        temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kPrivateFile));
    if (!file.valid()) throw_system_error("cannot create " + temporary);
    int failure = 0;
    try {
        const Secret secret(base64url(random_bytes(kSecretRandomBytes)) + '\n');
        write_all(file.get(), secret.reveal(), temporary);
        if (::fsync(file.get()) != 0) throw_system_error("cannot sync " + temporary);
        // link(2), not rename(2): it never replaces a secret that is in use.
        if (::link(temporary.c_str(), path.c_str()) != 0) failure = errno;
    } catch (...) {
        ::unlink(temporary.c_str());
        throw;
    }
    ::unlink(temporary.c_str());
    if (failure != 0 && failure != EEXIST) {
        errno = failure;
        throw_system_error("cannot create " + path);
    }
    sync_directory(parent_directory(path));
}

}  // namespace

std::optional<std::string> prepare_data_directory(const std::string& path) {
    const std::string directory = without_trailing_slashes(path);
    if (make_private_directory(directory)) return std::nullopt;
    struct stat status {};
    if (::stat(directory.c_str(), &status) != 0) throw_system_error("cannot look at " + directory);
    if (!S_ISDIR(status.st_mode)) throw std::runtime_error(directory + " is not a directory");
    if (::access(directory.c_str(), R_OK | W_OK | X_OK) != 0) {
        throw_system_error("cannot write to the directory " + directory);
    }
    if ((status.st_mode & S_IWOTH) != 0) {
        throw std::runtime_error("the directory " + directory +
                                 " can be written by every user; run: chmod 700 " + directory);
    }
    if (status.st_uid != ::geteuid()) {
        return "the directory " + directory + " belongs to another user";
    }
    if ((status.st_mode & kGroupAndOthers) != 0) {
        return "the directory " + directory + " can be reached by other users; better: chmod 700 " +
               directory;
    }
    return std::nullopt;
}

Secret load_secret(const std::string& path) {
    const FileDescriptor file = open_secret(path);
    if (!file.valid()) throw_system_error("cannot open " + path);
    return read_secret(file, path);
}

Secret load_or_create_secret(const std::string& path) {
    const FileDescriptor file = open_secret(path);
    if (file.valid()) return read_secret(file, path);
    if (errno != ENOENT) throw_system_error("cannot open " + path);
    // Whoever wins a race of two starts, both read the file that has the name.
    create_secret(path);
    return load_secret(path);
}

DataLock::DataLock(const std::string& directory)
    : file_(::open((directory + "/confab.lock").c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
                   kPrivateFile)) {
    const std::string path = directory + "/confab.lock";
    if (!file_.valid()) throw_system_error("cannot open " + path);
    if (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) throw_system_error("cannot lock " + path);
        const std::string owner = read_all(file_.get(), kLockFileBytesMax, path);
        throw std::runtime_error("another confab server (process " + owner + ") already runs on " +
                                 directory);
    }
    // For people only, so a full disk does not matter: the kernel knows who holds the lock.
    const std::string self = std::to_string(::getpid());
    if (::ftruncate(file_.get(), 0) == 0) {
        static_cast<void>(::pwrite(file_.get(), self.data(), self.size(), 0) == 0);
    }
}

}  // namespace confab::store
