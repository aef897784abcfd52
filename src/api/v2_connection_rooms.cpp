// V2Connection: rooms themselves, who is what in them, being taken out of one and falling behind.
#include <algorithm>
#include <utility>

#include "api/v2_connection.hpp"
#include "api/v2_rooms.hpp"
#include "base/assert.hpp"
#include "base/planted_fault.hpp"

namespace confab::api {

using ws::CloseCode;
using Action = chat::RoomChange::Action;

void V2Connection::run(std::int64_t id, V2Create& command) {
    chat::RoomChange change{.action = Action::create};
    change.title = std::move(command.title);
    make(id, private_room_name(user_->id, command.cid), std::move(change));
}

void V2Connection::run(std::int64_t id, V2Direct& command) {
    const RoomName room = direct_room_name(user_->id, command.user);
    make(id, room, {.action = Action::create, .subject = std::move(command.user)});
}

void V2Connection::make(std::int64_t id, const RoomName& room, chat::RoomChange change) {
    if (!may(id, take_message)) return;
    chat::LogEvent event = change_event(change, Uuid());
    say_from_outside(id, room, std::move(event),
                     std::make_shared<const chat::RoomChange>(std::move(change)));
}

void V2Connection::run(std::int64_t id, V2ChangeRoom& command) {
    if (!may(id, take_message)) return;
    chat::LogEvent event = change_event(command.change, command.cid);
    say_from_outside(id, command.room, std::move(event),
                     std::make_shared<const chat::RoomChange>(std::move(command.change)));
}

// Whoever reads may read fast: this costs nothing of what may be said.
void V2Connection::run(std::int64_t id, V2MarkRead& command) {
    if (!may(id, take_read)) return;
    chat::LogEvent event;
    event.kind = chat::EventKind::read_marker;
    event.target = command.seq;
    say_from_outside(id, command.room, std::move(event), nullptr);
}

void V2Connection::run(std::int64_t id, V2Rooms&) {
    const std::int64_t number = begin_question(id, {});
    if (number != 0) context_.hub.ask_rooms(user_->id, line_->ticket(number));
}

void V2Connection::on_rooms(std::int64_t number,
                            const Result<std::vector<chat::RoomOverview>>& rooms) {
    const std::int64_t id = end_question(number).id;
    if (id == 0) return;
    rooms ? send_answer(id, v2_rooms_reply(id, *rooms)) : fail(id, rooms.error());
}

void V2Connection::run(std::int64_t id, V2Members& command) {
    const std::int64_t number = begin_question(id, {});
    if (number == 0) return;
    const chat::MembersRequest request{std::move(command.after), command.limit};
    if (context_.hub.ask_members(request, {command.room, user_, line_->ticket(number)})) return;
    fail(end_question(number).id, chat::log_busy());
}

void V2Connection::on_members(std::int64_t number, const Result<chat::Members>& members) {
    const std::int64_t id = end_question(number).id;
    if (id == 0) return;
    members ? send_answer(id, v2_members_reply(id, *members)) : fail(id, members.error());
}

void V2Connection::on_user_notice(const chat::UserNotice& notice) {
    send(v2_user_notice(notice));
}

void V2Connection::on_disconnect(const UserId& who) {
    if (!user_ || user_->id != who) return;
    connection_->close(ws::CloseCode::forbidden, "disconnected by a moderator");
}

// From here on it reads no more of the room; the seat is given up when the room has been told.
void V2Connection::remove(const RoomName& name, const chat::Removal& removal) {
    if (is_planted(PlantedFault::deliver_after_removal)) return;
    Room& room = rooms_.at(name);
    room.seat->subscription().hold();
    room.removal = removal;
    see_to_rooms_soon();
}

// Nor from here on, until catch_up(): what was dropped the client has to fetch.
bool V2Connection::on_lost(feed::Subscription& subscription) {
    const auto room = std::find_if(rooms_.begin(), rooms_.end(), [&](auto& each) {
        return each.second.seat && &each.second.seat->subscription() == &subscription;
    });
    CONFAB_ASSERT(room != rooms_.end());
    subscription.hold();
    room->second.has_lost = true;
    see_to_rooms_soon();
    return true;
}

void V2Connection::see_to_rooms_soon() {
    if (seeing_) return;
    seeing_ = std::make_shared<int>();
    context_.loop.post([this, alive = std::weak_ptr<void>(seeing_)] {
        if (!alive.expired()) see_to_rooms();
    });
}

void V2Connection::see_to_rooms() {
    seeing_.reset();
    for (auto next = rooms_.begin(); next != rooms_.end();) {
        const auto entry = next++;
        auto& [name, room] = *entry;
        // Who is only about to enter is told when the command ends, and reads nothing until then.
        if (!room.entered) continue;
        if (room.removal) {
            send(v2_removed(name, *room.removal));
            rooms_.erase(entry);
        } else if (std::exchange(room.has_lost, false)) {
            room.question = next_number_++;
            context_.hub.enter({{name, user_, line_->ticket(room.question)}, wire_});
        }
    }
}

// The room's home was asked to let in who is in the room, because its answer comes in order with
// what the room says: what is in the feed now is not behind `head`. It may have left meanwhile, or
// be about to.
void V2Connection::catch_up(const RoomName& name, std::int64_t number,
                            const Result<chat::LogState>& state) {
    const auto found = rooms_.find(name);
    if (found == rooms_.end() || found->second.question != number) return;
    Room& room = found->second;
    room.question = 0;
    if (room.removal) return;
    if (!state) return connection_->close(CloseCode::too_slow, "messages were lost");
    context_.loop.metrics().add(metrics::Id::lags);
    room.seat->subscription().skip_to_end();
    send(v2_lag(name, room.passed + 1, state->head));
    room.passed = state->head;
    room.seat->subscription().release();
}

}  // namespace confab::api
