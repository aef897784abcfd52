// V2 frames: the JSON texts that a client of protocol v2 is sent, replies and pushes; those of
// events are in api/v2_events.hpp.
// Thread: pure functions, any thread.
// Owns:   nothing. The views of a value live as long as the call they are passed to.
// Limits: none; what goes in was bounded where it came from.
// Invariants: (1) the wire is what shared vectors say (protocol/vectors/v2/frames.json), byte by
//             byte. (2) texts are valid UTF-8 and numbers at most 2^53.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"
#include "chat/event.hpp"

namespace confab::api {

// What becomes of the position that a client gave with a room.
enum class V2Resume : std::uint8_t {
    ok,         // what it missed follows, if anything, then `caught_up`
    behind,     // it missed more than is sent by itself
    diverged,   // the position is one of another epoch
    forbidden,  // the room is not for this user
    gone        // there is no such room any more
};

// Of a room that is forbidden or gone only that is told.
struct V2RoomState {
    std::string_view epoch{};
    Seq head = 0;
    V2Resume resume = V2Resume::ok;
    std::optional<Seq> oldest{};  // where it helps: of the oldest event that is kept
};

struct V2JoinedRoom {
    const RoomName& name;
    V2RoomState state;
};

struct V2Limits {
    std::size_t message_bytes = 0;
    std::uint32_t publish_per_s = 0;
    std::uint32_t burst = 0;
};

struct V2ConnectReply {
    std::string_view conn;  // names the connection
    const chat::User& user;
    std::chrono::seconds ping;
    std::chrono::seconds token_ttl;
    V2Limits limits;
    std::span<const V2JoinedRoom> rooms;
};

// Replies; `id` is that of the command.
[[nodiscard]] std::string v2_connect_reply(std::int64_t id, const V2ConnectReply& reply);
[[nodiscard]] std::string v2_refresh_reply(std::int64_t id, std::chrono::seconds token_ttl);
[[nodiscard]] std::string v2_join_reply(std::int64_t id, const V2RoomState& state);
[[nodiscard]] std::string v2_leave_reply(std::int64_t id);
[[nodiscard]] std::string v2_typing_reply(std::int64_t id);
[[nodiscard]] std::string v2_presence_reply(std::int64_t id, const chat::Present& present);
// The same as an object alone, for answers over HTTP.
[[nodiscard]] std::string present_object(const chat::Present& present);
// Without an id: to a frame whose id could not be read.
[[nodiscard]] std::string v2_error(std::optional<std::int64_t> id, const Error& error);

// Pushes.
[[nodiscard]] std::string v2_caught_up(const RoomName& room, Seq seq);
[[nodiscard]] std::string v2_typing(const RoomName& room, const chat::User& user);
[[nodiscard]] std::string v2_presence(const RoomName& room, const chat::PresenceDelta& delta);
[[nodiscard]] std::string v2_lag(const RoomName& room, Seq from, Seq head);
// The connection closes after `close`; a client comes back at a moment between the other two.
[[nodiscard]] std::string v2_drain(std::chrono::milliseconds close,
                                   std::chrono::milliseconds reconnect_first,
                                   std::chrono::milliseconds reconnect_last);

}  // namespace confab::api
