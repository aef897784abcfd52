// LogEvent: what happened in a room and is kept, as one row of the room's one sequence.
// Thread: a value.
// Owns:   nothing alone: author and body are shared by all copies.
// Limits: body at most ws.message_bytes_max.
// Invariants: (1) seq, once given, never changes, and no other event of the room has it.
//             (2) the numbers of EventKind are stored: they are never given another meaning.
#pragma once

#include <cstdint>
#include <memory>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/shared_bytes.hpp"
#include "base/uuid.hpp"
#include "chat/event.hpp"

namespace confab::chat {

enum class EventKind : std::uint8_t { message = 1 };

struct LogEvent {
    Seq seq = 0;  // 0: not stored yet
    EventKind kind = EventKind::message;
    Uuid id;
    Uuid cid;  // the client's own id of this publish; nil: it gave none
    std::shared_ptr<const User> from;
    WallTime at{};   // milliseconds are kept
    Seq target = 0;  // the message that it answers; 0: none
    SharedBytes body;
};

// Whether a second publish with the same cid is the first one again.
[[nodiscard]] inline bool says_the_same(const LogEvent& a, const LogEvent& b) {
    return a.kind == b.kind && a.target == b.target && a.body.view() == b.body.view();
}

}  // namespace confab::chat
