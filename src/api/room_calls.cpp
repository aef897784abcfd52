#include "api/room_calls.hpp"

#include <utility>

#include "api/connection_limits.hpp"
#include "api/page_request.hpp"
#include "api/problem.hpp"
#include "api/room_request.hpp"
#include "api/v2_frames.hpp"
#include "api/v2_rooms.hpp"

namespace confab::api {

void RoomCalls::Call::fail(const Error& error) {
    responder.respond(problem(error, request.id));
}

Router::Handler RoomCalls::known(Handler handler) {
    return
        [this, handler = std::move(handler)](net::HttpRequest request, net::Responder responder) {
            authenticator_.require(std::move(request), std::move(responder),
                                   Authenticator::Ended::refused,
                                   [handler](const net::HttpRequest& asked, net::Responder answer,
                                             const auth::Identity& caller) {
                                       handler({asked, std::move(answer), caller});
                                   });
        };
}

bool RoomCalls::may(Call& call, decltype(take_message)& take) {
    // Held for a moment: for the rates that it shares with the connections of the user.
    const auto place = users_.acquire(call.caller.user.shared(), {.connections = UINT32_MAX});
    if (!place.lease) {
        call.fail(chat::log_busy());
        return false;
    }
    const auto refusal = take(*place.lease, options_, loop_.clock().steady_now());
    if (refusal) call.fail(*refusal);
    return !refusal;
}

std::int64_t RoomCalls::wait(Call& call, PageOf what) {
    if (waiting_.size() >= kHttpChatWaitingMax) {
        call.fail(chat::log_busy());
        return 0;
    }
    const std::int64_t number = next_number_++;
    waiting_.emplace(number, Waiting{std::move(call.responder), call.request.id, what});
    return number;
}

std::int64_t RoomCalls::wait_to_read(Call& call, PageOf what) {
    return may(call, take_read) ? wait(call, what) : 0;
}

chat::Asker RoomCalls::asker(const Call& call, const RoomName& room, std::int64_t number) const {
    return {room, user_of(call.caller), line_.ticket(number)};
}

void RoomCalls::say(Call call, const RoomName& room, chat::LogEvent event,
                    std::shared_ptr<const chat::RoomChange> change) {
    const auto cid = idempotency_key_of(call.request);
    if (!cid) return call.fail(cid.error());
    // How far somebody has read is nothing that is said.
    const bool is_said = event.kind != chat::EventKind::read_marker;
    if (!may(call, is_said ? take_message : take_read)) return;
    // A room is made once by its name.
    if (!change || change->action != chat::RoomChange::Action::create) event.cid = *cid;
    event.from = user_of(call.caller);
    const std::int64_t number = wait(call);
    if (number == 0) return;
    if (!hub_.publish(room, std::move(event), line_.ticket(number), std::move(change))) {
        refuse(number, chat::log_busy());
    }
}

void RoomCalls::read(Call call, const V2History& history) {
    const PageOf what = history.events ? PageOf::events : PageOf::messages;
    const std::int64_t number = wait_to_read(call, what);
    if (number == 0) return;
    if (hub_.ask(page_of(history, call.caller.user), asker(call, history.room, number))) return;
    refuse(number, chat::log_busy());
}

void RoomCalls::ask_present(Call call, const RoomName& room) {
    const std::int64_t number = wait_to_read(call);
    if (number == 0) return;
    if (!hub_.ask_present(asker(call, room, number))) refuse(number, chat::log_busy());
}

void RoomCalls::ask_members(Call call, const RoomName& room, const chat::MembersRequest& request) {
    const std::int64_t number = wait_to_read(call);
    if (number == 0) return;
    if (!hub_.ask_members(request, asker(call, room, number))) refuse(number, chat::log_busy());
}

void RoomCalls::ask_rooms(Call call) {
    const std::int64_t number = wait_to_read(call);
    if (number != 0) hub_.ask_rooms(call.caller.user, line_.ticket(number));
}

void RoomCalls::answer(std::int64_t number, unsigned status, std::string json) {
    auto waiting = waiting_.extract(number);
    if (waiting.empty()) return;
    waiting.mapped().responder.respond(json_answer(status, std::move(json)));
}

void RoomCalls::refuse(std::int64_t number, Error error) {
    auto waiting = waiting_.extract(number);
    if (waiting.empty()) return;
    if (error.field == "cid") error.field = kIdempotencyKey;  // as it is called here
    waiting.mapped().responder.respond(problem(error, waiting.mapped().request_id));
}

void RoomCalls::on_outcome(const chat::Outcome& outcome) {
    const std::int64_t number = outcome.append.ticket.command;
    if (const auto was_there = room_was_there(outcome)) {
        return answer(number, *was_there ? 200 : 201, made_object(outcome.append.room, *was_there));
    }
    if (outcome.error) return refuse(number, *outcome.error);
    const chat::LogEvent& event = outcome.append.event;
    if (event.kind == chat::EventKind::read_marker) {
        return answer(number, 200, mark_read_object(event.seq));
    }
    const bool is_made = event.kind == chat::EventKind::message && !outcome.repeated;
    answer(number, is_made ? 201 : 200,
           stored_object(
               {.seq = event.seq, .id = event.id, .at = event.at, .repeated = outcome.repeated}));
}

void RoomCalls::on_page(const RoomName& room, std::int64_t number, Result<chat::Page>& page) {
    if (!page) return refuse(number, page.error());
    const auto waiting = waiting_.find(number);
    if (waiting != waiting_.end()) {
        answer(number, 200, page_object(room, *page, waiting->second.what));
    }
}

void RoomCalls::on_present(const RoomName&, std::int64_t number,
                           const Result<chat::Present>& present) {
    present ? answer(number, 200, present_object(*present)) : refuse(number, present.error());
}

void RoomCalls::on_members(std::int64_t number, const Result<chat::Members>& members) {
    members ? answer(number, 200, members_object(*members)) : refuse(number, members.error());
}

void RoomCalls::on_rooms(std::int64_t number,
                         const Result<std::vector<chat::RoomOverview>>& rooms) {
    rooms ? answer(number, 200, rooms_object(*rooms)) : refuse(number, rooms.error());
}

}  // namespace confab::api
