// Member: one connection of the load client; in each room one of them sends.
// Thread: one.
// Owns:   its stream; what it has not sent yet, as a number.
// Limits: none of its own; a refusal or an endless answer ends the run.
// Invariant: after the answer to its request the stream is only counted, never copied or kept.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/uuid.hpp"
#include "bench/frame_counter.hpp"
#include "bench/message_train.hpp"
#include "bench/peer_protocol.hpp"
#include "bench/stream.hpp"

namespace confab::bench {

// What a member sends to become one, and how it knows that it is one.
struct MemberPlan {
    std::string request;
    std::string_view accept;  // Sec-WebSocket-Accept
    std::string greeting;     // of the protocol inside; empty: none
};

class Member {
  public:
    enum class State : std::uint8_t { securing, upgrading, greeting, open, ended };

    // Throws std::system_error.
    Member(Stream stream, MemberPlan plan, FrameCounter counter);

    [[nodiscard]] Stream& stream() { return stream_; }
    [[nodiscard]] State state() const { return state_; }
    [[nodiscard]] bool is_open() const { return state_ == State::open; }

    // TLS: goes on with the handshake, and then sends the request.
    void secure();
    // Takes what the stream has brought. Throws std::runtime_error when the answer to the request
    // is anything but 101 with the right Sec-WebSocket-Accept.
    Seen take(std::string_view piece);
    // Sends a control frame or an answer; one that does not fit is lost, the server asks again.
    void send_answer(std::string_view frame);
    void end();

    // Messages are those of the train, or copies of `frame`, each with a cid of its own.
    void become_sender(const MessageTrain& train) { train_ = &train; }
    void become_sender(const CidFrame& frame) { cid_frame_ = &frame; }
    [[nodiscard]] bool is_sender() const { return train_ != nullptr || cid_frame_ != nullptr; }
    // Sends `count` more messages; each returns true when all is sent.
    bool send(std::size_t count, UuidSource& cids);
    bool flush();

    std::uint64_t received = 0;  // messages, since the sending began
    std::uint64_t replied = 0;   // of them, its own that were answered
    bool is_first = true;        // false: this connection has replaced another
    bool is_stalled = false;     // reads nothing
    bool may_end = false;        // the server may cut it

  private:
    Seen take_answer(std::string_view piece);
    void send_whole(std::string_view bytes);
    [[nodiscard]] std::string_view unsent() const;

    Stream stream_;
    FrameCounter counter_;
    std::string answer_;
    MemberPlan plan_;
    const MessageTrain* train_ = nullptr;
    const CidFrame* cid_frame_ = nullptr;
    std::string own_;  // frames with a cid, until all of them are sent
    std::size_t unsent_bytes_ = 0;
    State state_ = State::securing;
};

}  // namespace confab::bench
