#include "app/terminal_input.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include "app/chat_client_limits.hpp"

namespace confab::app {

InputReader::InputReader(boost::asio::any_io_executor executor, int fd, Handler handler)
    : executor_(std::move(executor)),
      handler_(std::move(handler)),
      fd_(fd),
      wake_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (wake_fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
    thread_ = std::thread([this] { run(); });
}

InputReader::~InputReader() {
    stop_ = true;
    wake();
    thread_.join();
    ::close(wake_fd_);
}

void InputReader::next() {
    asked_ = true;
    wake();
}

void InputReader::wake() const {
    const std::uint64_t one = 1;
    // Cannot fail but when the counter is full, and then the thread is awake anyway.
    (void)!::write(wake_fd_, &one, sizeof one);
}

void InputReader::run() {
    std::string bytes(kChatInputChunkBytes, '\0');
    while (!stop_) {
        pollfd ready[2] = {{wake_fd_, POLLIN, 0}, {fd_, POLLIN, 0}};
        if (::poll(ready, asked_ ? 2 : 1, -1) < 0 && errno != EINTR) return;
        std::uint64_t wakes = 0;
        if (ready[0].revents != 0) (void)!::read(wake_fd_, &wakes, sizeof wakes);
        if (stop_ || ready[1].revents == 0) continue;
        const ssize_t got = ::read(fd_, bytes.data(), bytes.size());
        if (got < 0 && errno == EINTR) continue;
        asked_ = false;
        // A terminal that has gone away answers with an error: that is an end of input as well.
        const auto count = static_cast<std::size_t>(got > 0 ? got : 0);
        boost::asio::post(executor_,
                          [handler = handler_, chunk = bytes.substr(0, count)]() mutable {
                              handler(std::move(chunk));
                          });
        if (count == 0) return;
    }
}

}  // namespace confab::app
