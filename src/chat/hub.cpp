#include "chat/hub.hpp"

#include <algorithm>
#include <utility>

namespace confab::chat {

Hub::Seat::Seat(Hub& hub, const RoomName& room, std::shared_ptr<const User> user, MemberSink& sink)
    : hub_(hub), user_(std::move(user)), home_(hub.home(room)), wire_(sink.wire()) {
    hub_.fanout_.add(room, sink, place_);
}

Hub::Seat::~Seat() {
    const RoomName room = place_.room();  // which may be gone with its last member
    hub_.fanout_.remove(place_);
    hub_.bus_.leave(home_, room, user_, wire_);
}

bool Hub::Seat::publish(LogEvent event, const Ticket& ticket,
                        std::shared_ptr<const RoomChange> change) {
    event.from = user_;
    return hub_.bus_.publish(home_, {room(), std::move(event), ticket, false, std::move(change)});
}

bool Hub::Seat::ask(const PageRequest& request, const Ticket& ticket) {
    return hub_.ask(request, {room(), user_, ticket});
}

void Hub::Seat::type() {
    hub_.bus_.typing(home_, room(), user_);
}

Hub::Following::Following(const Line& line, const UserId& user) : line_(line), user_(user) {
    line.hub_.lines_of_.emplace(user, line.number_);
}

Hub::Following::~Following() {
    auto& all = line_.hub_.lines_of_;
    const auto [begin, end] = all.equal_range(user_);
    const auto mine =
        std::find_if(begin, end, [&](const auto& entry) { return entry.second == line_.number_; });
    if (mine != end) all.erase(mine);
}

// They only say it; nobody comes or goes meanwhile.
void Hub::tell(const UserId& user, const UserNotice& notice) {
    const auto [begin, end] = lines_of_.equal_range(user);
    for (auto entry = begin; entry != end; ++entry) {
        if (Caller* caller = directory_.find(entry->second)) caller->on_user_notice(notice);
    }
}

void Hub::disconnect(const UserId& user) {
    directory_.each([&](Caller& caller) { caller.on_disconnect(user); });
}

void Hub::enter(const Entry& entry) {
    bus_.enter(home(entry.asker.room), entry);
}

bool Hub::publish(const RoomName& room, LogEvent event, const Ticket& ticket,
                  std::shared_ptr<const RoomChange> change) {
    return bus_.publish(home(room), {room, std::move(event), ticket, true, std::move(change)});
}

bool Hub::ask(const PageRequest& request, const Asker& asker) {
    return bus_.ask(home(asker.room), request, asker);
}

bool Hub::ask_present(const Asker& asker) {
    return bus_.ask_present(home(asker.room), asker);
}

bool Hub::ask_members(const MembersRequest& request, const Asker& asker) {
    return bus_.ask_members(home(asker.room), request, asker);
}

void Hub::ask_rooms(const UserId& user, const Ticket& ticket) {
    room_list_.rooms_of(user, [this, ticket](const Result<std::vector<RoomOverview>>& rooms) {
        Caller* caller = directory_.find(ticket.connection);
        if (caller != nullptr) caller->on_rooms(ticket.command, rooms);
    });
}

void Hub::answer(const Ticket& to, const Outcome& outcome) {
    if (Caller* caller = directory_.find(to.connection)) caller->on_outcome(outcome);
}

void Hub::entered(const Entry& entry, const Result<LogState>& state) {
    const auto& [room, user, ticket] = entry.asker;
    Caller* caller = directory_.find(ticket.connection);
    const bool took_a_seat = caller != nullptr && caller->on_entered(room, ticket.command, state);
    const bool counted = state.has_value();
    if (counted && !took_a_seat) bus_.leave(home(room), room, user, entry.wire);
}

void Hub::paged(const Ticket& to, const RoomName& room, Result<Page>& page) {
    if (Caller* caller = directory_.find(to.connection)) caller->on_page(room, to.command, page);
}

void Hub::present(const Ticket& to, const RoomName& room, const Result<Present>& present) {
    if (Caller* caller = directory_.find(to.connection)) {
        caller->on_present(room, to.command, present);
    }
}

// The room knows the names of those who are there, the list of rooms may know the others.
void Hub::members(const Ticket& to, const Result<Members>& members) {
    std::vector<UserId> unnamed;
    if (members) {
        for (const Member& member : members->some)
            if (member.name.empty()) unnamed.push_back(member.user);
    }
    if (unnamed.empty()) return members_named(to, members, {});
    room_list_.names_of(std::move(unnamed),
                        [this, to, members](const Result<RoomList::Names>& names) {
                            members_named(to, members, names ? *names : RoomList::Names());
                        });
}

// `names`: of those who had none; where they could not be had, the rest is worth telling.
void Hub::members_named(const Ticket& to, Result<Members> members, const RoomList::Names& names) {
    Caller* caller = directory_.find(to.connection);
    if (caller == nullptr) return;
    auto name = names.begin();
    if (members) {
        for (Member& member : members->some)
            if (member.name.empty() && name != names.end()) member.name = *name++;
    }
    caller->on_members(to.command, members);
}

}  // namespace confab::chat
