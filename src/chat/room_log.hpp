// RoomLog: the port to where the events of rooms are kept, as one loop sees it.
// Thread: its loop only, and everything that comes back comes on that loop, in the call itself or
//         later.
// Owns:   nothing that the caller sees.
// Limits: append() and the questions refuse when too much is waiting; kLogPageBytesMax.
// Invariants: (1) an event whose outcome is `stored` is on the disk, if the log has one. (2) the
//             outcomes of a room's events come in the order of their append(), and so do the seqs:
//             1, 2, 3, … without holes. (3) of the events of one sender with one cid, one is
//             stored; the others get the answer of that one, for as long as it is kept. (4) what
//             was stored before a question was asked is in its answer. (5) the oldest events may
//             go, at any time; where the room's log ends stays.
// Errors: `log_busy` (overloaded), `storage_full` and `store_unavailable` (unavailable): nothing
//         was stored, and the same event may be tried again; `outcome_unknown`: the log failed half
//         way, and it may have been; `conflict`: the cid was used for another text; those of
//         chat/message_rules.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"
#include "chat/log_event.hpp"

namespace confab::chat {

class RoomAccess;
struct RoomChange;

// Who waits for the outcome: a command of a connection. No connection (0): nobody.
struct Ticket {
    LoopIndex loop = 0;
    std::uint64_t connection = 0;
    std::int64_t command = 0;
};

// An event on its way into the log, and back.
struct Append {
    RoomName room;
    LogEvent event;  // with id and time, without seq
    Ticket ticket;
    bool from_outside = false;                   // its sender need not be in the room
    std::shared_ptr<const RoomChange> change{};  // what an event of the room itself does
};

struct Outcome {
    // With the seq; when repeated: with seq, id and time of the first. Of a read marker: where it
    // is now.
    Append append;
    bool repeated = false;
    std::optional<Error> error;  // nothing was stored
    // It was given a seq.
    [[nodiscard]] bool is_new() const {
        return !repeated && !error && append.event.kind != EventKind::read_marker;
    }
    // It was there already, as this one.
    void answer_like(const LogEvent& first) {
        repeated = true;
        append.event.seq = first.seq;
        append.event.id = first.id;
        append.event.at = first.at;
    }
};

// The refusals that every log has.
[[nodiscard]] inline Error log_busy() {
    return Error(ErrorKind::overloaded, "log_busy", "too much is waiting to be stored")
        .retry_in(kLogBusyRetryAfter);
}
[[nodiscard]] inline Error no_such_message(EventKind wanted_by) {
    const bool is_answer = wanted_by == EventKind::message;
    return Error(ErrorKind::not_found, "no_such_message", "there is no such message",
                 is_answer ? "reply_to" : "seq");
}
[[nodiscard]] inline Error cid_conflict() {
    return Error(ErrorKind::conflict, "conflict", "this cid was used for another message", "cid");
}

// Where a room's log begins and ends. A room nobody wrote to has head 0 and oldest 1.
struct LogState {
    std::string epoch;  // names the life of this log: positions of another mean nothing here
    Seq head = 0;       // of the newest event
    Seq oldest = 1;     // of the oldest event that is still kept; head + 1: none is
};

// The whole state of a room: where its log stands, and who may do what, up to `log.head`.
struct RoomState {
    LogState log;
    std::shared_ptr<const RoomAccess> access;
};

// Events with after < seq < before, at most `limit` of them and `bytes_max` of text, names and
// ids, but one in any case: the oldest, or the newest, or the one in the middle.
struct PageRequest {
    Seq after = 0;
    Seq before = UINT64_MAX;
    Seq middle = 0;  // what is older may have half of the text; not together with `newest`
    std::size_t limit = kHistoryEventsMax;
    std::size_t bytes_max = kLogPageBytesMax;
    bool newest = false;
    // Messages as they are now, for this reader, instead of events: `limit` counts events all the
    // same, so there may be fewer messages.
    std::optional<UserId> folded_for{};
    // Of these, edits and reactions behind this event are left out. What a deletion has taken, or
    // who took his reaction back, is not there any more in any case.
    Seq as_of = UINT64_MAX;
};

struct Reaction {
    SharedBytes text;
    std::size_t count = 0;
    bool is_own = false;  // the reader is among them
};

// What became of a message after it was written.
struct MessageState {
    Seq edited = 0;  // by its last edit; 0: never
    WallTime edited_at{};
    Seq removed = 0;  // by which event; 0: it is not
    WallTime removed_at{};
    std::vector<Reaction> reactions{};  // by text
};

struct Page {
    LogState state;
    std::vector<LogEvent> events;  // by seq
    bool end = false;              // nothing that was asked for is left out
    // What the page covers, both included: from here on goes the next one. 0: nothing.
    Seq first = 0;
    Seq last = 0;
    // Of a folded page: for each message its state, after all events up to `as_of`.
    std::vector<MessageState> states{};
    Seq as_of = 0;
};

class RoomLog {
  public:
    // Is told of what was appended.
    class Sink {
      public:
        virtual ~Sink() = default;
        virtual void on_logged(std::vector<Outcome>& outcomes) = 0;
    };

    virtual ~RoomLog() = default;
    // Before the first append().
    virtual void set_sink(Sink& sink) = 0;

    // False: too much is waiting, the event was not taken.
    [[nodiscard]] virtual bool append(Append append) = 0;
    // Whether nobody should say anything new for a moment.
    [[nodiscard]] virtual bool is_busy() const = 0;

    // A room is open while it is appended to: so long the log remembers where it stands.
    virtual void open(const RoomName& room) = 0;
    virtual void close(const RoomName& room) = 0;
    virtual void state(const RoomName& room, std::function<void(Result<RoomState>)> done) = 0;
    virtual void page(const RoomName& room, const PageRequest& request,
                      std::function<void(Result<Page>)> done) = 0;
};

}  // namespace confab::chat
