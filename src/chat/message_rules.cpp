#include "chat/message_rules.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "chat/page_builder.hpp"

namespace confab::chat {
namespace {

Error not_author() {
    return Error(ErrorKind::forbidden, "not_author", "this message is by somebody else", "seq");
}

Error message_deleted() {
    return Error(ErrorKind::conflict, "message_deleted", "this message is deleted", "seq");
}

Error too_many(std::string_view code, const char* detail) {
    return Error(ErrorKind::conflict, code, detail, "seq");
}

std::optional<Error> reaction_refusal(const Target& target) {
    if (target.given || target.has_reaction || target.reactions < kReactionsPerMessageMax) {
        return std::nullopt;
    }
    return too_many("too_many_reactions",
                    "this message has as many different reactions as one may");
}

// A message as it is now, and what became of it.
std::size_t bytes_of(const LogEvent& message, const MessageState& state) {
    constexpr std::size_t kCountBytes = 8;  // what stands around a reaction, which is never escaped
    std::size_t bytes = PageBuilder::bytes_of(message);
    for (const Reaction& reaction : state.reactions)
        bytes += reaction.text.size() + kCountBytes;
    return bytes;
}

// Fewer of the oldest, so that what is new fits beside what is left.
void leave_room(Page& page, std::size_t& bytes, std::size_t bytes_max) {
    std::size_t left_out = 0;
    for (; bytes > bytes_max && left_out < page.events.size(); ++left_out)
        bytes -= bytes_of(page.events[left_out], page.states[left_out]);
    if (left_out == 0) return;
    page.first = page.events[left_out - 1].seq + 1;
    page.end = false;
    const auto count = static_cast<std::ptrdiff_t>(left_out);
    page.events.erase(page.events.begin(), page.events.begin() + count);
    page.states.erase(page.states.begin(), page.states.begin() + count);
}

}  // namespace

std::optional<Error> refusal(const LogEvent& event, const Target& target) {
    if (!target.is_kept) return no_such_message(event.kind);
    const bool is_removal = event.kind == EventKind::removal;
    const bool authors_only = event.kind == EventKind::edit || is_removal;
    const bool may_all_the_same = is_removal && target.is_in_charge;
    if (authors_only && !target.is_own && !may_all_the_same) return not_author();
    if (target.is_removed) return message_deleted();
    if (event.kind == EventKind::edit && target.edits >= kEditsPerMessageMax) {
        return too_many("too_many_edits", "this message was edited as often as one may");
    }
    if (event.kind == EventKind::reaction) return reaction_refusal(target);
    if (event.kind == EventKind::unreaction && !target.given) {
        return Error(ErrorKind::not_found, "no_such_reaction", "there is no such reaction of yours",
                     "reaction");
    }
    return std::nullopt;
}

// An edit may be longer than what it replaces, and reactions add to it, so the page may end earlier
// than the events did, or begin later when its middle would not fit.
void fold(Page& page, const PageRequest& request,
          const std::function<MessageState(LogEvent& message)>& look_up) {
    std::vector<LogEvent> events = std::exchange(page.events, {});
    if (request.newest) std::reverse(events.begin(), events.end());
    std::size_t bytes = 0;
    for (LogEvent& event : events) {
        if (event.kind != EventKind::message) continue;
        MessageState state = look_up(event);
        bytes += bytes_of(event, state);
        if (event.seq <= request.middle) leave_room(page, bytes, request.bytes_max);
        if (bytes > request.bytes_max && !page.events.empty()) {
            (request.newest ? page.first : page.last) =
                request.newest ? event.seq + 1 : event.seq - 1;
            page.end = false;
            break;
        }
        page.events.push_back(std::move(event));
        page.states.push_back(std::move(state));
    }
    if (!request.newest) return;
    std::reverse(page.events.begin(), page.events.end());
    std::reverse(page.states.begin(), page.states.end());
}

}  // namespace confab::chat
