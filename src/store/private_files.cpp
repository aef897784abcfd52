#include "store/private_files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <system_error>

namespace confab::store {

void throw_system_error(const std::string& what) {
    const std::error_code code(errno, std::generic_category());
    throw std::runtime_error(what + ": " + code.message());
}

std::string parent_directory(const std::string& path) {
    const std::string parent = std::filesystem::path(path).parent_path().string();
    return parent.empty() ? "." : parent;
}

void write_all(int descriptor, std::string_view bytes, const std::string& path) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw_system_error("cannot write " + path);
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
}

std::string read_all(int descriptor, std::size_t bytes_max, const std::string& path) {
    std::string bytes(bytes_max + 1, '\0');
    std::size_t filled = 0;
    while (filled < bytes.size()) {
        const ssize_t count = ::read(descriptor, bytes.data() + filled, bytes.size() - filled);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw_system_error("cannot read " + path);
        if (count == 0) break;
        filled += static_cast<std::size_t>(count);
    }
    if (filled > bytes_max) throw std::runtime_error(path + " is too long");
    bytes.resize(filled);
    return bytes;
}

void sync_directory(const std::string& directory) {
    const FileDescriptor open_directory(
        ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!open_directory.valid()) throw_system_error("cannot open " + directory);
    // Some file systems cannot sync a directory and say EINVAL; then there is nothing to wait for.
    if (::fsync(open_directory.get()) != 0 && errno != EINVAL) {
        throw_system_error("cannot sync " + directory);
    }
}

}  // namespace confab::store
