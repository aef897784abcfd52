// V2 events: what protocol v2 says of the events of rooms: pushes, pages of history, replies to
// commands that made an event.
// Thread: pure functions, any thread.
// Owns:   nothing.
// Limits: none; what goes in was bounded where it came from.
// Invariants: those of api/v2_frames.hpp; and an event of a history is the same object as the one
//             that was pushed.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/uuid.hpp"
#include "chat/log_event.hpp"
#include "chat/room_log.hpp"

namespace confab::api {

// Events as they happened, or messages as they are now: a folded page.
enum class PageOf : std::uint8_t { events, messages };

// To whatever was stored as an event.
struct V2StoredReply {
    Seq seq = 0;
    Uuid id;
    WallTime at{};
    bool repeated = false;  // on the wire: dup
};

// The method that makes an event of that kind; empty: there are many.
[[nodiscard]] std::string_view v2_method_of(chat::EventKind kind);
[[nodiscard]] std::string v2_stored_reply(std::int64_t id, std::string_view method,
                                          const V2StoredReply& reply);
[[nodiscard]] std::string v2_history_reply(std::int64_t id, const RoomName& room,
                                           const chat::Page& page, PageOf what);
// The same as objects alone, for answers over HTTP.
[[nodiscard]] std::string stored_object(const V2StoredReply& reply);
[[nodiscard]] std::string page_object(const RoomName& room, const chat::Page& page, PageOf what);
[[nodiscard]] std::string v2_event(const RoomName& room, const chat::LogEvent& event);

}  // namespace confab::api
