#include "api/message_routes.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "api/json_body.hpp"
#include "api/message_text.hpp"
#include "api/room_request.hpp"

namespace confab::api {
namespace {

using chat::EventKind;

Result<std::shared_ptr<const std::vector<UserId>>> mentions_of(
    const std::vector<std::string>& ids) {
    if (ids.empty()) return nullptr;
    if (ids.size() > kMentionsMax) return bad_request("mentions", "names too many users");
    auto users = std::make_shared<std::vector<UserId>>();
    for (const std::string& id : ids) {
        if (const auto wrong = add_user(*users, id, "mentions")) return *wrong;
    }
    return users;
}

// The text of an event, from a body with the member `body` and, of a message, `reply_to` and
// `mentions`.
Result<chat::LogEvent> event_of(const net::HttpRequest& request, EventKind kind,
                                const MessageLimits& limits) {
    chat::LogEvent event;
    event.kind = kind;
    JsonBody in(request);
    const std::string text = in.string("body");
    const bool answers = kind == EventKind::message && in.has("reply_to");
    const std::int64_t reply_to = answers ? in.integer("reply_to") : 0;
    const bool names = kind == EventKind::message && in.has("mentions");
    const auto named = names ? in.strings("mentions") : std::vector<std::string>();
    if (const auto wrong = in.finish()) return *wrong;
    if (reply_to < 0 || reply_to > kJsonIntegerMax) return bad_request("reply_to", "is no seq");
    event.target = static_cast<Seq>(reply_to);
    auto mentions = mentions_of(named);
    if (!mentions) return mentions.error();
    event.mentions = *std::move(mentions);
    const auto body = checked_body(text, limits);
    if (!body) return body.error();
    event.body = SharedBytes::copy_of(*body);
    return event;
}

}  // namespace

void MessageRoutes::add_to(Router& router) {
    const auto add = [&](std::string_view method, std::string_view path, auto handler) {
        router.add(method, path, calls_.known(std::move(handler)));
    };
    add("POST", "/rooms/{room}/messages", [this](Call call) { say(std::move(call)); });
    add("GET", "/rooms/{room}/messages", [this](Call call) { read(std::move(call)); });
    add("GET", "/rooms/{room}/presence", [this](Call call) { present(std::move(call)); });
    add("PATCH", "/rooms/{room}/messages/{seq}", [this](Call call) { edit(std::move(call)); });
    add("DELETE", "/rooms/{room}/messages/{seq}", [this](Call call) { remove(std::move(call)); });
    const std::string_view reaction = "/rooms/{room}/messages/{seq}/reactions/{reaction}";
    add("PUT", reaction, [this](Call call) { react(std::move(call), EventKind::reaction); });
    add("DELETE", reaction, [this](Call call) { react(std::move(call), EventKind::unreaction); });
}

void MessageRoutes::say(Call call) {
    const auto room = room_in(call.request);
    if (!room) return call.fail(room.error());
    auto event = event_of(call.request, EventKind::message, calls_.limits());
    if (!event) return call.fail(event.error());
    calls_.say(std::move(call), *room, *std::move(event));
}

void MessageRoutes::edit(Call call) {
    const auto target = message_in(call.request);
    if (!target) return call.fail(target.error());
    auto event = event_of(call.request, EventKind::edit, calls_.limits());
    if (!event) return call.fail(event.error());
    event->target = target->seq;
    calls_.say(std::move(call), target->room, *std::move(event));
}

void MessageRoutes::remove(Call call) {
    const auto target = message_in(call.request);
    if (!target) return call.fail(target.error());
    chat::LogEvent event;
    event.kind = EventKind::removal;
    event.target = target->seq;
    calls_.say(std::move(call), target->room, std::move(event));
}

void MessageRoutes::react(Call call, EventKind kind) {
    const auto target = message_in(call.request);
    if (!target) return call.fail(target.error());
    const auto reaction = reaction_in(call.request, 2);
    if (!reaction) return call.fail(reaction.error());
    chat::LogEvent event;
    event.kind = kind;
    event.target = target->seq;
    event.body = SharedBytes::copy_of(*reaction);
    calls_.say(std::move(call), target->room, std::move(event));
}

void MessageRoutes::read(Call call) {
    const auto history = history_of(call.request);
    if (!history) return call.fail(history.error());
    calls_.read(std::move(call), *history);
}

void MessageRoutes::present(Call call) {
    const auto room = room_in(call.request);
    if (!room) return call.fail(room.error());
    calls_.ask_present(std::move(call), *room);
}

}  // namespace confab::api
