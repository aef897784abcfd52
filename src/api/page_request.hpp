// What a client asks of history, as the log is asked: the same for protocol v2 and for HTTP.
// Thread: pure function, any thread.
// Owns:   nothing.
// Limits: those of V2History.
// Invariant: none.
#pragma once

#include "api/v2_command.hpp"
#include "chat/room_log.hpp"

namespace confab::api {

// Seqs are without holes, so that whatever is asked for is a range.
[[nodiscard]] inline chat::PageRequest page_of(const V2History& history, const UserId& reader) {
    chat::PageRequest request{.limit = history.limit};
    if (!history.events) request.folded_for = reader;
    switch (history.from) {
        case V2History::From::newest:
            request.newest = true;
            break;
        case V2History::From::before:
            request.before = history.seq;
            request.newest = true;
            break;
        case V2History::From::after:
            request.after = history.seq;
            break;
        case V2History::From::around: {
            const Seq older = history.limit / 2;
            request.after = history.seq > older ? history.seq - older - 1 : 0;
            request.before = request.after + history.limit + 1;
            request.middle = history.seq;
            break;
        }
    }
    return request;
}

}  // namespace confab::api
