// V2 rooms: what protocol v2 says of rooms themselves and of who is what in them.
// Thread: pure functions, any thread.
// Owns:   nothing.
// Limits: none; what goes in was bounded where it came from.
// Invariants: those of api/v2_frames.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "chat/ports.hpp"
#include "chat/room_change.hpp"
#include "chat/room_list.hpp"

namespace confab::api {

// On the wire.
[[nodiscard]] std::string_view name_of(RoomKind kind);

// The name that a private room is given, which the same creator and cid give again; the one of a
// direct room, which both users give.
[[nodiscard]] RoomName private_room_name(const UserId& creator, const Uuid& cid);
[[nodiscard]] RoomName direct_room_name(const UserId& one, const UserId& other);

// What such an event says, as a JSON object: the body that is kept of it.
[[nodiscard]] std::string change_object(const chat::RoomChange& change);
[[nodiscard]] chat::LogEvent change_event(const chat::RoomChange& change, const Uuid& cid);

// Of a change that makes a room: whether it was there; nothing: it is another, or has failed.
[[nodiscard]] std::optional<bool> room_was_there(const chat::Outcome& outcome);

[[nodiscard]] std::string v2_made_reply(std::int64_t id, std::string_view method,
                                        const RoomName& room, bool repeated);
[[nodiscard]] std::string v2_members_reply(std::int64_t id, const chat::Members& members);
[[nodiscard]] std::string v2_mark_read_reply(std::int64_t id, Seq seq);
[[nodiscard]] std::string v2_rooms_reply(std::int64_t id,
                                         const std::vector<chat::RoomOverview>& rooms);
// The same as objects alone, for answers over HTTP.
[[nodiscard]] std::string made_object(const RoomName& room, bool repeated);
[[nodiscard]] std::string members_object(const chat::Members& members);
[[nodiscard]] std::string mark_read_object(Seq seq);
[[nodiscard]] std::string rooms_object(const std::vector<chat::RoomOverview>& rooms);

// Pushes.
[[nodiscard]] std::string v2_user_notice(const chat::UserNotice& notice);
[[nodiscard]] std::string v2_removed(const RoomName& room, const chat::Removal& removal);

}  // namespace confab::api
