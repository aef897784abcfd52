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
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bench/file_descriptor.hpp"

namespace confab::bench {

struct FloorOptions {
    std::uint16_t port = 0;
    bool joined = false;          // one send() per member and turn, else one per message
    std::size_t extra_bytes = 0;  // put before each payload, as long as a chat server's JSON is
};

class FloorLoop {
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

    void accept_all();
    void on_readable(Connection& connection);
    // Each returns how much of the bytes it used up.
    std::size_t take_request(Connection& connection, std::string_view bytes);
    std::size_t take_frame(Connection& connection, char* bytes, std::size_t size);
    void publish(Room& room, std::string_view payload);
    void send_turn(Room& room);
    void send_all(Room& room, std::string_view bytes);
    void send(Connection& connection, std::string_view bytes);
    void flush(Connection& connection);
    void watch(Connection& connection, bool writable);
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
    std::vector<int> ended_;  // to be destroyed when the turn is over
};

}  // namespace confab::bench
