// InputReader: standard input, read on a thread of its own and handed to a loop.
// Thread: made, asked and destroyed on the loop's thread; the handler runs there. One thread
// inside.
//         A thread, because regular files cannot be waited for, and because switching a terminal to
//         non-blocking would change it for the shell and every other program on it, too.
// Owns:   its thread; not the descriptor.
// Limits: kChatInputChunkBytes at a time, and only after next() asked for them.
// Invariant: the destructor returns at once, even when nothing is ever typed again.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <string>
#include <thread>

namespace confab::app {

class InputReader {
  public:
    // Gets the next bytes; empty at the end of input, after which there is nothing more.
    using Handler = std::function<void(std::string bytes)>;

    // Throws std::system_error when the system has no descriptor or thread left.
    InputReader(boost::asio::any_io_executor executor, int fd, Handler handler);
    ~InputReader();
    InputReader(const InputReader&) = delete;
    InputReader& operator=(const InputReader&) = delete;

    // Asks for one chunk; the handler is called for it once. Not again before that.
    void next();

  private:
    void run();
    void wake() const;

    boost::asio::any_io_executor executor_;
    Handler handler_;
    int fd_;
    int wake_fd_;
    std::atomic<bool> asked_ = false;
    std::atomic<bool> stop_ = false;
    std::thread thread_;
};

}  // namespace confab::app
