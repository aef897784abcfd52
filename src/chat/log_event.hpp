// LogEvent: what happened in a room and is kept, as one row of the room's one sequence.
// Thread: a value.
// Owns:   nothing alone: author and body are shared by all copies.
// Limits: body at most ws.message_bytes_max.
// Invariants: (1) seq, once given, never changes, and no other event of the room has it.
//             (2) the numbers of EventKind are stored: they are never given another meaning.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/shared_bytes.hpp"
#include "base/uuid.hpp"
#include "chat/event.hpp"

namespace confab::chat {

enum class EventKind : std::uint8_t {
    // No event: its sender has read up to the target. It travels like one, but has no seq, is kept
    // beside the log, and nobody is sent it.
    read_marker = 0,
    message = 1,
    edit = 2,        // the target says `body` from now on
    removal = 3,     // the target is deleted
    reaction = 4,    // the sender reacts to the target with `body`
    unreaction = 5,  // and takes that back
    // Of the room itself; `body` says what, as protocol v2 does:
    room = 6,       // it was made, or its settings have changed
    member = 7,     // somebody has another role in it
    moderation = 8  // somebody was kicked, banned, muted
};

// Whether it is about a message that was there before.
[[nodiscard]] constexpr bool changes_a_message(EventKind kind) {
    return kind > EventKind::message && kind < EventKind::room;
}

struct LogEvent {
    Seq seq = 0;  // 0: not stored yet
    EventKind kind = EventKind::message;
    Uuid id;
    Uuid cid;  // the client's own id of this publish; nil: it gave none
    std::shared_ptr<const User> from;
    WallTime at{};  // milliseconds are kept
    // The message that it is about. Of a message: the one that it answers; 0: none.
    Seq target = 0;
    SharedBytes body;
    std::shared_ptr<const std::vector<UserId>> mentions{};  // null: it names nobody
};

// Whether a second event with the same cid is the first one again, which may have lost its text.
[[nodiscard]] inline bool says_the_same(const LogEvent& again, const LogEvent& first) {
    return again.kind == first.kind && again.target == first.target &&
           (again.body.view() == first.body.view() || first.body.empty());
}

}  // namespace confab::chat
