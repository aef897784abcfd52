// FloorLoop: the least a program can do to bring each message to every member of a room.
// Thread: one, with one epoll. There is no chat here: no token, no JSON, no check, no order but its
//         own.
// Owns:   the connections and the rooms.
// Limits: kUnsentBytesMax for each member, then its connection ends; kRequestBytesMax.
// Invariant: a member is in the list of its room from its 101 to the end of its connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/file_descriptor.hpp"
#include "bench/checked.hpp"
#include "bench/send_ring.hpp"

namespace confab::bench {

enum class FloorMode {
    each,    // one send() per member for each message
    joined,  // one send() per member for all messages of a turn
    uring,   // the same sends, handed to the kernel in batches
};

struct FloorOptions {
    std::uint16_t port = 0;
    FloorMode mode = FloorMode::each;
    std::size_t extra_bytes = 0;  // put before each payload, as long as a chat server's JSON is
};

class FloorLoop final : private SendRing::Handler {
  public:
    explicit FloorLoop(const FloorOptions& options);
    ~FloorLoop();
    FloorLoop(const FloorLoop&) = delete;
    FloorLoop& operator=(const FloorLoop&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }

    // Serves until the process is told to end.
    [[noreturn]] void run();

  private:
    struct Room;
    struct Connection;
    struct Slot;

    void accept_all();
    void on_readable(Connection& connection);
    // Each returns how much of the bytes it used up.
    std::size_t take_request(Connection& connection, std::string_view bytes);
    std::size_t take_frame(Connection& connection, char* bytes, std::size_t size);
    void publish(Room& room, std::string_view payload);
    void end_turn();
    void send_all(Room& room, std::string_view bytes);
    void add_all(Room& room);
    void on_unsent(void* tag, std::size_t sent) override;
    void send(Connection& connection, std::string_view bytes);
    void keep(Connection& connection, std::string_view unsent);
    void flush(Connection& connection);
    void set_full(Connection& connection, bool full);
    void end(Connection& connection);

    const FloorOptions options_;
    FileDescriptor epoll_;
    FileDescriptor listener_;
    std::uint16_t port_ = 0;
    std::vector<char> buffer_;
    std::string frame_;  // the one being sent
    std::unordered_map<std::string, std::unique_ptr<Room>> rooms_;
    std::vector<Room*> turn_;  // rooms with messages of this turn
    std::unordered_map<int, std::unique_ptr<Connection>> connections_;
    std::vector<int> ended_;        // to be destroyed when the turn is over
    std::optional<SendRing> ring_;  // FloorMode::uring
};

}  // namespace confab::bench
