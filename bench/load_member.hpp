// Member: one connection of the load client; in each room one of them sends.
// Thread: one.
// Owns:   its socket; while sending, the times at which its messages in flight were sent.
// Limits: a sender has at most `window` messages in flight.
// Invariant: after open() the stream from the server is only counted, never copied or kept.
#pragma once

#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/file_descriptor.hpp"
#include "bench/frame_counter.hpp"

namespace confab::bench {

using SteadyTime = std::chrono::steady_clock::time_point;

// `window` messages as a client sends them, masked, one behind the other. Shared by all senders.
class MessageTrain {
  public:
    MessageTrain(std::size_t window, std::size_t payload_bytes);

    [[nodiscard]] std::size_t window() const { return window_; }
    [[nodiscard]] std::size_t frame_bytes() const { return bytes_.size() / (window_ + 1); }
    // What comes next when this much of what should have been sent is still unsent.
    [[nodiscard]] std::string_view next(std::size_t unsent_bytes) const;

  private:
    std::size_t window_;
    std::string bytes_;  // one message more than the window: the first may be half sent
};

class Member {
  public:
    // Connects, blocking; sends the request. Throws std::system_error.
    Member(const sockaddr& address, socklen_t address_size, std::string_view request);

    [[nodiscard]] int fd() const { return socket_.get(); }
    [[nodiscard]] bool is_open() const { return open_; }

    // Takes bytes of the answer to the request. What follows the answer is counted. Throws
    // std::runtime_error when it is anything but 101 with the right Sec-WebSocket-Accept.
    FrameCounter::Seen take_answer(std::string_view piece, std::string_view accept);
    FrameCounter::Seen take_frames(std::string_view piece) { return counter_.feed(piece); }

    // Answers a ping; one without payload is enough for a server that asks for a sign of life.
    void send_pong();

    void become_sender(const MessageTrain& train);
    [[nodiscard]] bool is_sender() const { return sender_ != nullptr; }
    // Sends `count` more messages.
    void send(std::size_t count, SteadyTime now);
    // The oldest message in flight has come back: when it was sent.
    [[nodiscard]] SteadyTime take_echo();
    // Goes on with what the socket did not take; true when all is sent.
    bool flush();

  private:
    struct Sender {
        const MessageTrain& train;
        std::vector<SteadyTime> sent_at;  // a ring of `window`
        std::size_t sent = 0;             // messages, all told
        std::size_t echoed = 0;
        std::size_t unsent_bytes = 0;
    };

    FileDescriptor socket_;
    FrameCounter counter_;
    std::string answer_;
    std::unique_ptr<Sender> sender_;
    bool open_ = false;
};

}  // namespace confab::bench
