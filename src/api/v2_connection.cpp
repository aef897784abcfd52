#include "api/v2_connection.hpp"

#include <algorithm>
#include <utility>

#include "api/command_metric.hpp"
#include "api/page_request.hpp"
#include "api/v2_rooms.hpp"
#include "base/utf8.hpp"
#include "ws/frame.hpp"

namespace confab::api {

using ws::CloseCode;

namespace {

Error too_many(std::string_view what) {
    return Error(ErrorKind::overloaded, "too_many_commands",
                 "too many " + std::string(what) + " are under way on this connection")
        .retry_in(kLogBusyRetryAfter);
}

}  // namespace

V2Connection::V2Connection(const Context& context, chat::Wire wire,
                           std::optional<auth::Identity> identity)
    : context_(context), wire_(wire), identity_(std::move(identity)) {}

void V2Connection::on_open(net::WsConnection& connection) {
    connection_ = &connection;
    line_.emplace(context_.hub, static_cast<chat::Caller&>(*this));
    connection.close_in(kV2ConnectTimeout, CloseCode::token_expired, "no connect in time");
    if (identity_) follow_session(*identity_);
}

// Replies that come until then still reach the client, so that it need not repeat those commands.
std::chrono::milliseconds V2Connection::on_drain() {
    if (!user_) return std::chrono::milliseconds(0);
    draining_ = true;
    const DrainPlan::Window window = context_.drain_plan.next(context_.options.connects);
    send(v2_drain(kV2DrainGrace, window.first, window.last));
    return kV2DrainGrace;
}

void V2Connection::on_closed() {
    verifying_.reset();
    seeing_.reset();
    following_.reset();
    line_.reset();
    rooms_.clear();
}

void V2Connection::on_text(std::string_view payload) {
    V2Request request = parse_v2_command(payload, context_.options.commands);
    if (!request.command) {
        fail(request.id, request.command.error());
        if (request.command.error().code != "bad_frame") return;
        if (++bad_frames_ < kV2BadFramesMax) return;
        return connection_->close(CloseCode::policy_violation, "too many bad frames");
    }
    const std::int64_t id = *request.id;
    if (!user_ && !std::holds_alternative<V2Connect>(*request.command)) {
        return fail(
            id, Error(ErrorKind::unauthenticated, "not_connected", "the first command is connect"));
    }
    std::visit([&](auto& command) { run(id, command); }, *request.command);
}

void V2Connection::on_binary(std::string_view) {
    connection_->close(CloseCode::unsupported_data, "text only");
}

void V2Connection::on_rate_limited(std::string_view payload, std::chrono::nanoseconds retry_after) {
    constexpr Rate kRefusals(kV2RefusalsPerSecond, kV2RefusalsBurst);
    const SteadyTime now = context_.loop.clock().steady_now();
    if (now < refused_until_ && !refusals_.take(now, kRefusals)) {
        return connection_->close(CloseCode::rate_limited, "too many commands");
    }
    refused_until_ = now + retry_after;
    std::optional<std::int64_t> id;
    if (is_valid_utf8(payload)) id = parse_v2_command(payload, context_.options.commands).id;
    fail(id, rate_limited("commands", retry_after));
}

void V2Connection::evict() {
    connection_->close(CloseCode::too_slow, "messages were lost");
}

void V2Connection::on_session_ended() {
    connection_->close(CloseCode::token_revoked, "session has ended");
}

void V2Connection::send(std::string_view text) {
    connection_->send(ws::encode_frame(ws::Opcode::text, text));
}

void V2Connection::send_answer(std::int64_t id, std::string_view text) {
    const SharedBytes frame = ws::encode_frame(ws::Opcode::text, text);
    if (!connection_->has_room_for(frame.size())) return fail(id, too_many("answers"));
    connection_->send(frame);
}

void V2Connection::fail(std::optional<std::int64_t> id, const Error& error) {
    context_.loop.metrics().add(command_metric(error.kind));
    send(v2_error(id, error));
}

V2Connection::Room* V2Connection::entered_room(std::int64_t id, const RoomName& name) {
    const auto found = rooms_.find(name);
    if (found != rooms_.end() && found->second.entered) return &found->second;
    fail(id, Error(ErrorKind::forbidden, "not_joined", "join the room first", "room"));
    return nullptr;
}

void V2Connection::run(std::int64_t id, V2Join& command) {
    if (rooms_.contains(command.room)) {
        return fail(id, Error(ErrorKind::conflict, "already_joined",
                              "this connection is in the room, or on its way", "room"));
    }
    if (rooms_.size() >= kRoomsPerConnectionMax) {
        return fail(id, Error(ErrorKind::too_large, "too_many_rooms",
                              "one connection can be in so many rooms and no more", "room"));
    }
    if (entries_.size() >= kV2EntriesMax) return fail(id, too_many("joins"));
    std::vector<V2Join> rooms;
    rooms.push_back(std::move(command));
    enter(id, false, std::move(rooms));
}

void V2Connection::run(std::int64_t id, V2Leave& command) {
    if (entered_room(id, command.room) == nullptr) return;
    rooms_.erase(command.room);
    send(v2_leave_reply(id));
}

void V2Connection::run(std::int64_t id, V2Publish& command) {
    chat::LogEvent event;
    event.cid = command.cid;
    event.target = command.reply_to;
    event.body = SharedBytes::copy_of(command.body);
    if (!command.mentions.empty()) {
        event.mentions = std::make_shared<const std::vector<UserId>>(std::move(command.mentions));
    }
    say(id, command.room, std::move(event));
}

void V2Connection::run(std::int64_t id, V2Change& command) {
    chat::LogEvent event;
    event.kind = command.kind;
    event.cid = command.cid;
    event.target = command.seq;
    event.body = SharedBytes::copy_of(command.text);
    say(id, command.room, std::move(event));
}

void V2Connection::say(std::int64_t id, const RoomName& name, chat::LogEvent event) {
    Room* room = entered_room(id, name);
    if (room == nullptr) return;
    if (!may(id, take_message)) return;
    if (!room->seat->publish(std::move(event), line_->ticket(id))) fail(id, chat::log_busy());
}

bool V2Connection::may(std::int64_t id, decltype(take_message)& take) {
    const auto refusal = take(*lease_, context_.options, context_.loop.clock().steady_now());
    if (refusal) fail(id, *refusal);
    return !refusal;
}

void V2Connection::say_from_outside(std::int64_t id, const RoomName& room, chat::LogEvent event,
                                    std::shared_ptr<const chat::RoomChange> change) {
    event.from = user_;
    if (!context_.hub.publish(room, std::move(event), line_->ticket(id), std::move(change))) {
        fail(id, chat::log_busy());
    }
}

void V2Connection::on_outcome(const chat::Outcome& outcome) {
    const chat::Append& append = outcome.append;
    const std::int64_t id = append.ticket.command;
    if (const auto was_there = room_was_there(outcome)) {
        const bool is_direct = append.room.kind() == RoomKind::direct_room;
        return send(v2_made_reply(id, is_direct ? "direct" : "create", append.room, *was_there));
    }
    if (outcome.error) return fail(id, *outcome.error);
    const chat::LogEvent& event = append.event;
    if (event.kind == chat::EventKind::read_marker) {
        return send(v2_mark_read_reply(id, event.seq));
    }
    const std::string_view method =
        append.change ? chat::name_of(append.change->action) : v2_method_of(event.kind);
    send(v2_stored_reply(
        id, method,
        {.seq = event.seq, .id = event.id, .at = event.at, .repeated = outcome.repeated}));
}

void V2Connection::run(std::int64_t id, V2Typing& command) {
    Room* room = entered_room(id, command.room);
    if (room == nullptr) return;
    room->seat->type();
    send(v2_typing_reply(id));
}

void V2Connection::run(std::int64_t id, V2Presence& command) {
    if (entered_room(id, command.room) == nullptr) return;
    const std::int64_t number = begin_question(id, {});
    if (number == 0) return;
    if (context_.hub.ask_present({command.room, user_, line_->ticket(number)})) return;
    fail(end_question(number).id, chat::log_busy());
}

void V2Connection::run(std::int64_t id, V2History& command) {
    Room* room = entered_room(id, command.room);
    if (room == nullptr) return;
    const std::int64_t number =
        begin_question(id, command.events ? PageOf::events : PageOf::messages);
    if (number == 0) return;
    if (room->seat->ask(page_of(command, user_->id), line_->ticket(number))) return;
    fail(end_question(number).id, chat::log_busy());
}

std::int64_t V2Connection::begin_question(std::int64_t id, PageOf what) {
    if (questions_.size() >= kV2QuestionsMax) {
        fail(id, too_many("questions"));
        return 0;
    }
    if (!may(id, take_read)) return 0;
    const std::int64_t number = next_number_++;
    questions_.emplace(number, Question{id, what});
    return number;
}

V2Connection::Question V2Connection::end_question(std::int64_t number) {
    const auto question = questions_.extract(number);
    return question.empty() ? Question() : question.mapped();
}

void V2Connection::on_page(const RoomName& name, std::int64_t number, Result<chat::Page>& page) {
    if (V2Entry* entry = entry_of(number)) {
        if (V2Entry::Room* room = entry->under_way(name)) {
            entry->read(*room, page);
            return go_on(*entry);
        }
    }
    const auto [id, what] = end_question(number);
    if (id == 0) return;
    if (!page) return fail(id, page.error());
    send_answer(id, v2_history_reply(id, name, *page, what));
}

void V2Connection::on_present(const RoomName&, std::int64_t number,
                              const Result<chat::Present>& present) {
    const std::int64_t id = end_question(number).id;
    if (id == 0) return;
    present ? send_answer(id, v2_presence_reply(id, *present)) : fail(id, present.error());
}

}  // namespace confab::api
