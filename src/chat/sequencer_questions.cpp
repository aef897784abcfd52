// Sequencer: what is asked of a room, and answered to who may know it.
#include <algorithm>
#include <utility>

#include "chat/sequencer.hpp"

namespace confab::chat {

void Sequencer::ask(const PageRequest& request, const Asker& asker) {
    when_known(asker.room, [this, request, asker](std::optional<Error> error) {
        if (!error) error = refusal(asker);
        error ? bus_.paged(asker.ticket, asker.room, *error) : read(request, asker);
        close_if_empty(asker.room);
    });
}

// What is stored and not handed over yet comes to the members in its turn.
void Sequencer::read(PageRequest request, const Asker& asker) {
    const Seq head = rooms_.at(asker.room).known->log.head;
    request.before = std::min(request.before, head + 1);
    request.as_of = head;
    log_.page(asker.room, request, [this, asker, head](Result<Page> page) {
        if (page) page->state.head = std::min(page->state.head, head);
        bus_.paged(asker.ticket, asker.room, std::move(page));
    });
}

void Sequencer::ask_present(const Asker& asker) {
    when_known(asker.room, [this, asker](std::optional<Error> error) {
        if (!error) error = refusal(asker);
        bus_.present(asker.ticket, asker.room,
                     error ? Result<Present>(*error) : present_in(rooms_.at(asker.room)));
        close_if_empty(asker.room);
    });
}

Present Sequencer::present_in(Room& room) {
    room.changes.was_shown();
    Present present{.people = room.users.size(), .some = {}};
    present.some.reserve(std::min(room.users.size(), kPresentMax));
    for (const auto& [id, presence] : room.users) {
        if (present.some.size() == kPresentMax) break;
        present.some.push_back({id, presence.name});
    }
    return present;
}

void Sequencer::ask_members(const MembersRequest& request, const Asker& asker) {
    when_known(asker.room, [this, request, asker](std::optional<Error> error) {
        if (!error) error = refusal(asker);
        bus_.members(asker.ticket, error ? Result<Members>(*error) : members_of(request, asker));
        close_if_empty(asker.room);
    });
}

// The names of those who are in the room at the moment are known.
Members Sequencer::members_of(const MembersRequest& request, const Asker& asker) const {
    const Room& room = rooms_.at(asker.room);
    Members members = room.known->access.members(*asker.user, request);
    for (Member& member : members.some) {
        const auto present = room.users.find(member.user);
        if (present != room.users.end()) member.name = present->second.name;
    }
    return members;
}

}  // namespace confab::chat
