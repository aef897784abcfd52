// V2Command: what a client of protocol v2 asks for, read from one of its text frames.
// Thread: pure functions, any thread.
// Owns:   a command owns its texts; nothing refers to the frame.
// Limits: V2CommandOptions; kRoomsPerConnectionMax, kHistoryEventsMax, kEpochBytesMax and
//         kTokenBytesMax. Time is linear in the frame; memory is the command, and while it is read
//         that of V2Fields.
// Invariants: (1) the wire is what shared vectors say (protocol/vectors/v2/commands.json). (2) a
//             frame is one strict JSON object; in it are a whole `id` from 1 to 2^53 and one member
//             that is called like a method and is an object. Other members, there and in the
//             method, are ignored. (3) an argument that is null is one that is missing; numbers are
//             written without fraction and exponent. (4) no error repeats a token or a body.
// Errors: `bad_frame`: (2) does not hold; nothing in a text that is not strict JSON is believed, so
//         then there is no id. `unknown_method`. `bad_request`: an argument is missing or wrong,
//         `field` names it, an inner one as `position.seq`. `bad_room_name`, `bad_cid`,
//         `body_empty`, `body_too_long`, `bad_body`, `bad_reaction`, `bad_title`, `bad_reason`,
//         `bad_user`, `too_many_rooms`: the same for these alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "api/message_text.hpp"
#include "base/ids.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/uuid.hpp"
#include "chat/log_event.hpp"
#include "chat/room_change.hpp"

namespace confab::api {

using V2CommandOptions = MessageLimits;

// Up to where a client has seen a room.
struct V2Position {
    std::string epoch;
    Seq seq = 0;
};

struct V2Join {
    RoomName room;
    std::optional<V2Position> position;
};

struct V2Connect {
    std::optional<Secret> token;
    std::vector<V2Join> rooms;     // no room twice
    std::uint16_t last_close = 0;  // how its last connection ended; 0: it does not say
};

struct V2Refresh {
    Secret token;
};

struct V2Leave {
    RoomName room;
};

struct V2Publish {
    RoomName room;
    Uuid cid;  // never nil
    std::string body;
    Seq reply_to = 0;  // 0: to nothing
    std::vector<UserId> mentions;
};

// edit, delete, react, unreact
struct V2Change {
    chat::EventKind kind;  // not message
    RoomName room;
    Uuid cid;          // nil: it has none
    Seq seq = 0;       // of the message
    std::string text;  // the new body, or the reaction; empty: neither
};

struct V2Typing {
    RoomName room;
};

struct V2Presence {
    RoomName room;
};

struct V2History {
    enum class From : std::uint8_t { newest, before, after, around };

    RoomName room;
    From from = From::newest;
    Seq seq = 0;  // before, after or around which
    std::size_t limit = kHistoryEventsDefault;
    bool events = false;  // as they happened, instead of messages as they are now
};

struct V2Create {
    Uuid cid;  // never nil
    std::string title;
};

struct V2Direct {
    UserId user;
};

struct V2Rooms {};

struct V2Members {
    RoomName room;
    std::optional<UserId> after;
    std::size_t limit = kHistoryEventsDefault;
};

struct V2MarkRead {
    RoomName room;
    Seq seq = 0;
};

// set_role, configure, kick, ban, unban, mute, unmute
struct V2ChangeRoom {
    RoomName room;
    Uuid cid;  // nil: it has none
    chat::RoomChange change;
};

using V2Command =
    std::variant<V2Connect, V2Refresh, V2Join, V2Leave, V2Publish, V2Change, V2Typing, V2Presence,
                 V2History, V2Create, V2Direct, V2Rooms, V2Members, V2MarkRead, V2ChangeRoom>;

struct V2Request {
    std::optional<std::int64_t> id;  // of the reply; there is always one for a command
    Result<V2Command> command;
};

// The frame must be valid UTF-8.
[[nodiscard]] V2Request parse_v2_command(std::string_view frame,
                                         const V2CommandOptions& options = {});

}  // namespace confab::api
