// ChildProcess: a second process for tests, made by fork(), that talks back through a pipe.
// Thread: one; fork only while no other thread runs and no database is open.
// Owns:   the process and the reading end of the pipe; kills and waits when it ends.
// Limits: none.
// Invariant: the child leaves through _exit(), never through the test program.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.hpp"

namespace confab::test {

// Lets another process run on for a random moment.
inline void spin_up_to(std::chrono::microseconds longest) {
    const auto length =
        std::chrono::microseconds(random_below(static_cast<std::uint32_t>(longest.count())));
    const auto end = std::chrono::steady_clock::now() + length;
    while (std::chrono::steady_clock::now() < end) {
    }
}

class ChildProcess {
  public:
    using Say = std::function<void(std::string_view line)>;

    // Runs `work(say)` in the child; what it returns becomes the exit code. A line that was said
    // is in the pipe, whatever happens to the child then.
    explicit ChildProcess(const std::function<int(const Say&)>& work) {
        std::array<int, 2> ends{};
        EXPECT_EQ(::pipe(ends.data()), 0);
        id_ = ::fork();
        if (id_ == 0) {
            ::close(ends[0]);
            ::_exit(run(work, ends[1]));
        }
        ::close(ends[1]);
        reader_ = ends[0];
    }
    ~ChildProcess() {
        if (id_ > 0) kill();
        ::close(reader_);
    }
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    // The next whole line; waits for it. Nothing: the child is gone and has said no more.
    std::optional<std::string> next_line() {
        while (true) {
            const std::size_t end = read_.find('\n');
            if (end != std::string::npos) {
                std::string line = read_.substr(0, end);
                read_.erase(0, end + 1);
                return line;
            }
            std::array<char, 4096> part{};
            const ssize_t count = ::read(reader_, part.data(), part.size());
            if (count < 0 && errno == EINTR) continue;
            if (count <= 0) return std::nullopt;
            read_.append(part.data(), static_cast<std::size_t>(count));
        }
    }

    // SIGKILL, then waits until it is gone. What was said can still be read.
    void kill() {
        ::kill(id_, SIGKILL);
        static_cast<void>(wait());
    }

    // Takes at least `count` lines, then kills the child a random moment later, in the middle of
    // whatever it does; adds all that it has said to `lines`.
    void kill_after(std::uint32_t count, std::vector<std::string>& lines) {
        for (std::uint32_t i = 0; i < count; ++i) {
            const auto line = next_line();
            ASSERT_TRUE(line) << "the child ended by itself: " << wait();
            lines.push_back(*line);
        }
        spin_up_to(std::chrono::microseconds(3000));
        kill();
        while (const auto line = next_line())
            lines.push_back(*line);
    }

    // Waits for the end. Returns the exit code, or minus the signal.
    int wait() {
        int status = 0;
        EXPECT_EQ(::waitpid(id_, &status, 0), id_);
        id_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }

  private:
    static int run(const std::function<int(const Say&)>& work, int writer) noexcept {
        return work([writer](std::string_view line) {
            const std::string whole = std::string(line) + '\n';
            if (::write(writer, whole.data(), whole.size()) < 0) ::_exit(99);
        });
    }

    pid_t id_ = -1;
    int reader_ = -1;
    std::string read_;
};

}  // namespace confab::test
