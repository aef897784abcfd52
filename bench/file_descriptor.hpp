// FileDescriptor: closes what it holds; and the few socket calls that both programs make.
// Thread: a value, one thread.
// Owns:   the descriptor.
// Limits: none.
// Invariant: get() is -1 or open.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace confab::bench {

class FileDescriptor {
  public:
    FileDescriptor() = default;
    explicit FileDescriptor(int fd) : fd_(fd) {}
    FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    FileDescriptor& operator=(FileDescriptor other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~FileDescriptor() {
        if (fd_ >= 0) ::close(fd_);
    }

    [[nodiscard]] int get() const { return fd_; }

  private:
    int fd_ = -1;
};

// The result of a system call, or an exception with its name: for what cannot fail in a benchmark
// that is set up well.
inline int checked(int result, const char* call) {
    if (result < 0) throw std::system_error(errno, std::system_category(), call);
    return result;
}

}  // namespace confab::bench
