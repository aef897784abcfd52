// Message rules: who may change which message, and what a message is after its changes; the same
// for every log.
// Thread: pure functions, any thread.
// Owns:   nothing.
// Limits: kEditsPerMessageMax, kReactionsPerMessageMax different reactions on one message.
// Invariants: (1) what refusal() lets through changes exactly its target. (2) a deleted message is
//             not changed any more. (3) a reaction is there once for each user, message and text.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>

#include "base/error.hpp"
#include "chat/log_event.hpp"
#include "chat/room_log.hpp"

namespace confab::chat {

// What a log knows of the message that an event is about.
struct Target {
    bool is_kept = false;       // there is such a message
    bool is_own = false;        // it is by the sender of the event
    bool is_in_charge = false;  // the sender may delete the messages of others
    bool is_removed = false;
    std::size_t edits = 0;
    std::size_t reactions = 0;        // different ones
    bool has_reaction = false;        // somebody reacts to it like the event
    std::optional<LogEvent> given{};  // the same reaction of the same sender: its seq, id and time
};

// Of everything but messages. `no_such_message`, `not_author`, `message_deleted`, `too_many_edits`,
// `too_many_reactions`, `no_such_reaction`.
[[nodiscard]] std::optional<Error> refusal(const LogEvent& event, const Target& target);

// Makes a page of events one of messages, each as it is now: the others leave it. `look_up` gives
// the state of a message and replaces its body by that of its last edit.
void fold(Page& page, const PageRequest& request,
          const std::function<MessageState(LogEvent& message)>& look_up);

}  // namespace confab::chat
