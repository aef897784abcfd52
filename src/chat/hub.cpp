#include "chat/hub.hpp"

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

void Hub::Seat::announce() {
    hub_.bus_.join(home_, room(), user_, wire_);
}

bool Hub::Seat::publish(LogEvent event, const Ticket& ticket) {
    event.from = user_;
    return hub_.bus_.publish(home_, {room(), std::move(event), ticket});
}

bool Hub::Seat::ask(const PageRequest& request, const Ticket& ticket) {
    return hub_.ask(room(), request, ticket);
}

void Hub::Seat::type() {
    hub_.bus_.typing(home_, room(), user_);
}

void Hub::enter(const Entry& entry) {
    bus_.enter(home(entry.room), entry);
}

bool Hub::publish(const RoomName& room, LogEvent event, const Ticket& ticket) {
    return bus_.publish(home(room), {room, std::move(event), ticket, true});
}

bool Hub::ask(const RoomName& room, const PageRequest& request, const Ticket& ticket) {
    return bus_.ask(home(room), room, request, ticket);
}

bool Hub::ask_present(const RoomName& room, const Ticket& ticket) {
    return bus_.ask_present(home(room), room, ticket);
}

void Hub::answer(const Ticket& to, const Outcome& outcome) {
    if (Caller* caller = directory_.find(to.connection)) caller->on_outcome(outcome);
}

void Hub::entered(const Entry& entry, const Result<LogState>& state) {
    Caller* caller = directory_.find(entry.ticket.connection);
    const bool took_a_seat =
        caller != nullptr && caller->on_entered(entry.room, entry.ticket.command, state);
    const bool counted = state.has_value();
    if (counted && !took_a_seat) bus_.leave(home(entry.room), entry.room, entry.user, entry.wire);
}

void Hub::paged(const Ticket& to, const RoomName& room, Result<Page>& page) {
    if (Caller* caller = directory_.find(to.connection)) caller->on_page(room, to.command, page);
}

void Hub::present(const Ticket& to, const RoomName& room, const Present& present) {
    if (Caller* caller = directory_.find(to.connection)) {
        caller->on_present(room, to.command, present);
    }
}

}  // namespace confab::chat
