// V2Entry: a command that enters rooms, `connect` or `join`, from its first room to its reply.
// Thread: its loop.
// Owns:   what is known of each room so far, and the replays that wait for the reply.
// Limits: kReplayEventsMax of one room, kReplayBytesMax of frames of all: a room that has missed
//         more is `behind`, and its client pages through history.
// Invariant: a room is in exactly one of three states: not begun, under way, done.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "api/v2_command.hpp"
#include "api/v2_frames.hpp"
#include "chat/room_log.hpp"

namespace confab::api {

class V2Entry {
  public:
    struct Room {
        V2Join join;
        bool done = false;
        chat::LogState state{};
        V2Resume resume = V2Resume::ok;
        std::string replay{};  // WebSocket frames, one behind the other
        std::optional<Error> refusal{};
    };

    // `number` is the connection's own; `id` the client's.
    V2Entry(std::int64_t number, std::int64_t id, bool is_connect, std::vector<V2Join> rooms);

    [[nodiscard]] std::int64_t number() const { return number_; }
    [[nodiscard]] std::int64_t id() const { return id_; }
    [[nodiscard]] bool is_connect() const { return is_connect_; }
    [[nodiscard]] bool is_done() const { return done_ == rooms_.size(); }
    [[nodiscard]] const std::vector<Room>& rooms() const { return rooms_; }

    // The next room to enter; null: none may be begun now.
    [[nodiscard]] Room* begin_next();
    // Null: it is not one of those under way.
    [[nodiscard]] Room* under_way(const RoomName& name);

    // The room stands there. Returns what has to be read before it is done; nothing: it is done.
    [[nodiscard]] std::optional<chat::PageRequest> entered(Room& room, const chat::LogState& state);
    // The user is not let in, which ends the room; or may not stay, after it was done.
    void refused(Room& room, const Error& error);
    void revoke(const RoomName& name);
    // That was read, or could not be.
    void read(Room& room, const Result<chat::Page>& page);

    // Of all that is done: how long the replays are, and that there is no room for them.
    [[nodiscard]] std::size_t replay_bytes() const { return replay_bytes_; }
    void drop_replays();

  private:
    [[nodiscard]] static V2Resume resume_of(const V2Position& position,
                                            const chat::LogState& state);
    void finish(Room& room);

    const std::int64_t number_;
    const std::int64_t id_;
    const bool is_connect_;
    std::vector<Room> rooms_;
    std::size_t begun_ = 0;
    std::size_t done_ = 0;
    std::size_t replay_bytes_ = 0;
};

}  // namespace confab::api
