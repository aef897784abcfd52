#include "api/chat_routes.hpp"

#include <charconv>
#include <utility>

#include "api/json_body.hpp"
#include "api/page_request.hpp"
#include "api/problem.hpp"
#include "api/v2_frames.hpp"

namespace confab::api {
namespace {

constexpr std::string_view kIdempotencyKey = "Idempotency-Key";

Error invalid(std::string_view field, std::string detail) {
    return Error(ErrorKind::invalid, "bad_request", std::move(detail), std::string(field));
}

Result<RoomName> room_of(const net::HttpRequest& request) {
    if (auto room = RoomName::parse(request.path_parameters.at(0))) return *std::move(room);
    return Error(ErrorKind::invalid, "bad_room_name",
                 "a room name has 1 to 64 letters, digits, '.', '_' and '-'", "room");
}

// A whole number of digits alone, within the range.
std::optional<std::uint64_t> number_in(std::string_view text, std::uint64_t first,
                                       std::uint64_t last) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_whole = error == std::errc() && end == text.data() + text.size();
    if (!is_whole || number < first || number > last) return std::nullopt;
    return number;
}

Result<Seq> target_of(const net::HttpRequest& request) {
    if (const auto seq = number_in(request.path_parameters.at(1), 1, kJsonIntegerMax)) return *seq;
    return no_such_message(chat::EventKind::edit);
}

Result<Uuid> cid_of(const net::HttpRequest& request) {
    if (!request.has_header(kIdempotencyKey)) return Uuid();
    return checked_cid(request.header(kIdempotencyKey), kIdempotencyKey);
}

// The text of an event, from a body with the member `body` and, where it may be, `reply_to`.
Result<chat::LogEvent> event_of(const net::HttpRequest& request, chat::EventKind kind,
                                const MessageLimits& limits, unsigned& status) {
    chat::LogEvent event;
    event.kind = kind;
    JsonBody in(request);
    const std::string text = in.string("body");
    const bool answers = kind == chat::EventKind::message && in.has("reply_to");
    const std::int64_t reply_to = answers ? in.integer("reply_to") : 0;
    if (const auto wrong = in.finish()) {
        status = in.status();
        return *wrong;
    }
    if (reply_to < 0 || reply_to > kJsonIntegerMax) return invalid("reply_to", "is no seq");
    event.target = static_cast<Seq>(reply_to);
    const auto body = checked_body(text, limits);
    if (!body) return body.error();
    event.body = SharedBytes::copy_of(*body);
    return event;
}

// `status`: of a body that could not be read; 0: the error's own.
net::HttpResponse refusal(unsigned status, const Error& error, std::string_view request_id) {
    return status != 0 ? problem(status, error, request_id) : problem(error, request_id);
}

Result<V2History> history_of(const net::HttpRequest& request, RoomName room) {
    using From = V2History::From;
    static constexpr std::pair<std::string_view, From> kFroms[] = {
        {"before", From::before}, {"after", From::after}, {"around", From::around}};
    V2History history{std::move(room)};
    for (const auto& [name, from] : kFroms) {
        const auto given = net::query_value(request.query(), name);
        if (!given) continue;
        const auto seq = number_in(*given, 0, kJsonIntegerMax);
        if (!seq) return invalid(name, "must be a whole number");
        if (history.from != From::newest) {
            return invalid(name, "only one of before, after and around");
        }
        history.from = from;
        history.seq = *seq;
    }
    if (const auto given = net::query_value(request.query(), "limit")) {
        const auto limit = number_in(*given, 1, kHistoryEventsMax);
        if (!limit) return invalid("limit", "must be from 1 to 100");
        history.limit = *limit;
    }
    const auto events = net::query_value(request.query(), "events").value_or("false");
    if (events != "true" && events != "false") return invalid("events", "must be true or false");
    history.events = events == "true";
    return history;
}

}  // namespace

void ChatRoutes::add_to(Router& router) {
    const auto known = [this](Known handler) {
        return [this, handler](net::HttpRequest request, net::Responder responder) {
            authenticator_.require(
                std::move(request), std::move(responder), Authenticator::Ended::refused,
                [this, handler](const net::HttpRequest& asked, net::Responder answer,
                                const auth::Identity& caller) {
                    (this->*handler)(asked, std::move(answer), caller);
                });
        };
    };
    router.add("POST", "/rooms/{room}/messages", known(&ChatRoutes::say));
    router.add("GET", "/rooms/{room}/messages", known(&ChatRoutes::read));
    router.add("GET", "/rooms/{room}/presence", known(&ChatRoutes::present));
    router.add("PATCH", "/rooms/{room}/messages/{seq}", known(&ChatRoutes::edit));
    router.add("DELETE", "/rooms/{room}/messages/{seq}", known(&ChatRoutes::remove));
}

void ChatRoutes::say(const net::HttpRequest& request, net::Responder responder,
                     const auth::Identity& caller) {
    unsigned status = 0;
    auto event = event_of(request, chat::EventKind::message, options_.commands, status);
    if (!event) return responder.respond(refusal(status, event.error(), request.id));
    publish(request, std::move(responder), caller, *std::move(event));
}

void ChatRoutes::edit(const net::HttpRequest& request, net::Responder responder,
                      const auth::Identity& caller) {
    const auto target = target_of(request);
    if (!target) return responder.respond(problem(target.error(), request.id));
    unsigned status = 0;
    auto event = event_of(request, chat::EventKind::edit, options_.commands, status);
    if (!event) return responder.respond(refusal(status, event.error(), request.id));
    event->target = *target;
    publish(request, std::move(responder), caller, *std::move(event));
}

void ChatRoutes::remove(const net::HttpRequest& request, net::Responder responder,
                        const auth::Identity& caller) {
    const auto target = target_of(request);
    if (!target) return responder.respond(problem(target.error(), request.id));
    chat::LogEvent event;
    event.kind = chat::EventKind::removal;
    event.target = *target;
    publish(request, std::move(responder), caller, std::move(event));
}

void ChatRoutes::publish(const net::HttpRequest& request, net::Responder responder,
                         const auth::Identity& caller, chat::LogEvent event) {
    const auto room = room_of(request);
    if (!room) return responder.respond(problem(room.error(), request.id));
    const auto cid = cid_of(request);
    if (!cid) return responder.respond(problem(cid.error(), request.id));
    // Held for a moment: for the rate that it shares with the connections of the user.
    auto place = users_.acquire(caller.user.shared(), {.connections = UINT32_MAX});
    if (!place.lease) return responder.respond(problem(chat::log_busy(), request.id));
    const SteadyTime now = loop_.clock().steady_now();
    RateBucket& bucket = place.lease->messages();
    if (!bucket.take(now, options_.user_messages)) {
        return responder.respond(
            problem(rate_limited(bucket.retry_after(now, options_.user_messages)), request.id));
    }
    event.cid = *cid;
    event.from = std::make_shared<const chat::User>(chat::User{caller.user, caller.name});
    const std::int64_t number = wait({std::move(responder), request.id});
    if (number == 0) return;
    if (!hub_.publish(*room, std::move(event), line_.ticket(number))) {
        refuse(number, chat::log_busy());
    }
}

void ChatRoutes::read(const net::HttpRequest& request, net::Responder responder,
                      const auth::Identity& caller) {
    auto room = room_of(request);
    if (!room) return responder.respond(problem(room.error(), request.id));
    const auto history = history_of(request, *std::move(room));
    if (!history) return responder.respond(problem(history.error(), request.id));
    const PageOf what = history->events ? PageOf::events : PageOf::messages;
    const std::int64_t number = wait({std::move(responder), request.id, what});
    if (number == 0) return;
    if (!hub_.ask(history->room, page_of(*history, caller.user), line_.ticket(number))) {
        refuse(number, chat::log_busy());
    }
}

void ChatRoutes::present(const net::HttpRequest& request, net::Responder responder,
                         const auth::Identity&) {
    const auto room = room_of(request);
    if (!room) return responder.respond(problem(room.error(), request.id));
    const std::int64_t number = wait({std::move(responder), request.id});
    if (number == 0) return;
    if (!hub_.ask_present(*room, line_.ticket(number))) refuse(number, chat::log_busy());
}

std::int64_t ChatRoutes::wait(Waiting waiting) {
    if (waiting_.size() >= kHttpChatWaitingMax) {
        waiting.responder.respond(problem(chat::log_busy(), waiting.request_id));
        return 0;
    }
    const std::int64_t number = next_number_++;
    waiting_.emplace(number, std::move(waiting));
    return number;
}

void ChatRoutes::refuse(std::int64_t number, const Error& error) {
    auto waiting = waiting_.extract(number);
    if (waiting.empty()) return;
    waiting.mapped().responder.respond(problem(error, waiting.mapped().request_id));
}

void ChatRoutes::on_outcome(const chat::Outcome& outcome) {
    const std::int64_t number = outcome.append.ticket.command;
    if (outcome.error) return refuse(number, *outcome.error);
    auto waiting = waiting_.extract(number);
    if (waiting.empty()) return;
    const chat::LogEvent& event = outcome.append.event;
    const bool is_made = event.kind == chat::EventKind::message && !outcome.repeated;
    waiting.mapped().responder.respond(json_answer(
        is_made ? 201 : 200,
        stored_object(
            {.seq = event.seq, .id = event.id, .at = event.at, .repeated = outcome.repeated})));
}

void ChatRoutes::on_page(const RoomName& room, std::int64_t number, Result<chat::Page>& page) {
    if (!page) return refuse(number, page.error());
    auto waiting = waiting_.extract(number);
    if (waiting.empty()) return;
    waiting.mapped().responder.respond(
        json_answer(200, page_object(room, *page, waiting.mapped().what)));
}

void ChatRoutes::on_present(const RoomName&, std::int64_t number, const chat::Present& present) {
    auto waiting = waiting_.extract(number);
    if (waiting.empty()) return;
    waiting.mapped().responder.respond(json_answer(200, present_object(present)));
}

}  // namespace confab::api
