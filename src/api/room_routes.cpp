#include "api/room_routes.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>

#include "api/json_body.hpp"
#include "api/message_text.hpp"
#include "api/room_request.hpp"
#include "api/v2_rooms.hpp"
#include "base/crypto.hpp"

namespace confab::api {
namespace {

using chat::RoomChange;
using Action = RoomChange::Action;

using Checked = std::optional<Error>;

// Finishes with the body, then looks at what it said.
template <class Check>
Result<RoomChange> finished(JsonBody& in, RoomChange change, const Check& check) {
    if (const auto wrong = in.finish()) return *wrong;
    if (const auto wrong = check(change)) return *wrong;
    return change;
}

Checked check_seconds(std::string_view name, std::int64_t seconds, std::chrono::seconds first,
                      std::chrono::seconds last) {
    if (seconds >= first.count() && seconds <= last.count()) return std::nullopt;
    return bad_request(name, "must be from " + std::to_string(first.count()) + " to " +
                                 std::to_string(last.count()));
}

// Takes the text over when it may be one.
template <class Text>
Checked take(Result<std::string> checked, Text& text) {
    if (!checked) return checked.error();
    text = *std::move(checked);
    return std::nullopt;
}

Result<RoomChange> read_making(const net::HttpRequest& request) {
    JsonBody in(request);
    const bool is_direct = in.has("user");
    const std::string user = is_direct ? in.string("user") : "";
    const bool has_title = in.has("title");
    const std::string title = has_title ? in.string("title") : "";
    return finished(in, {.action = Action::create}, [&](RoomChange& change) -> Checked {
        if (is_direct && has_title) {
            return bad_request("title", "a direct room has none");
        }
        if (!is_direct) return take(checked_title(title), change.title);
        auto other = checked_user(user, "user");
        if (!other) return other.error();
        change.subject = *std::move(other);
        return std::nullopt;
    });
}

Result<RoomChange> read_settings(const net::HttpRequest& request) {
    JsonBody in(request);
    RoomChange settings{.action = Action::configure};
    const bool has_title = in.has("title");
    const std::string title = has_title ? in.string("title") : "";
    if (in.has("read_only")) settings.is_read_only = in.flag("read_only");
    if (in.has("slow_mode_s")) {
        settings.slow_mode = std::chrono::seconds(in.integer("slow_mode_s"));
    }
    return finished(in, std::move(settings), [&](RoomChange& change) -> Checked {
        if (!has_title && !change.is_read_only && !change.slow_mode) {
            return bad_request("title", "title, read_only or slow_mode_s is required");
        }
        if (change.slow_mode) {
            const auto wrong =
                check_seconds("slow_mode_s", change.slow_mode->count(), {}, kSlowModeMax);
            if (wrong) return wrong;
        }
        return has_title ? take(checked_title(title), change.title) : std::nullopt;
    });
}

Result<RoomChange> read_role(const net::HttpRequest& request) {
    JsonBody in(request);
    const std::string role = in.string("role");
    return finished(in, {.action = Action::set_role}, [&](RoomChange& change) -> Checked {
        const auto given = chat::role_named(role);
        if (!given) {
            return bad_request("role", "must be owner, moderator, member or none");
        }
        change.role = *given;
        return std::nullopt;
    });
}

Result<RoomChange> read_moderation(const net::HttpRequest& request) {
    static constexpr std::array kActions = {Action::kick, Action::ban, Action::unban, Action::mute,
                                            Action::unmute};
    JsonBody in(request);
    const std::string name = in.string("action");
    const std::string user = in.string("user");
    const bool is_timed = name == name_of(Action::ban) || name == name_of(Action::mute);
    const std::int64_t seconds = is_timed ? in.integer("for_s") : 0;
    const std::string reason = in.has("reason") ? in.string("reason") : "";
    return finished(in, {.action = Action::kick}, [&](RoomChange& change) -> Checked {
        const auto action = std::find_if(kActions.begin(), kActions.end(),
                                         [&](Action known) { return name == name_of(known); });
        if (action == kActions.end()) {
            return bad_request("action", "must be kick, ban, unban, mute or unmute");
        }
        change.action = *action;
        auto subject = checked_user(user, "user");
        if (!subject) return subject.error();
        change.subject = *std::move(subject);
        if (is_timed) {
            const auto wrong =
                check_seconds("for_s", seconds, std::chrono::seconds(1), kRestraintMax);
            if (wrong) return wrong;
            change.duration = std::chrono::seconds(seconds);
        }
        return take(checked_reason(reason), change.reason);
    });
}

}  // namespace

void RoomRoutes::add_to(Router& router) {
    const auto add = [&](std::string_view method, std::string_view path,
                         void (RoomRoutes::*handler)(Call)) {
        router.add(method, path,
                   calls_.known([this, handler](Call call) { (this->*handler)(std::move(call)); }));
    };
    router.add("GET", "/rooms",
               calls_.known([this](Call call) { calls_.ask_rooms(std::move(call)); }));
    add("POST", "/rooms", &RoomRoutes::make);
    add("PATCH", "/rooms/{room}", &RoomRoutes::configure);
    add("PUT", "/rooms/{room}/read", &RoomRoutes::mark_read);
    add("GET", "/rooms/{room}/members", &RoomRoutes::members);
    add("PUT", "/rooms/{room}/members/{user}", &RoomRoutes::set_role);
    add("DELETE", "/rooms/{room}/members/{user}", &RoomRoutes::remove_member);
    add("POST", "/rooms/{room}/moderation", &RoomRoutes::moderate);
}

void RoomRoutes::make(Call call) {
    auto read = read_making(call.request);
    if (!read) return call.fail(read.error());
    RoomChange& making = *read;
    auto key = idempotency_key_of(call.request);
    if (!key) return call.fail(key.error());
    // Without one it is a new room each time.
    if (key->is_nil()) key = *Uuid::parse(random_uuid());
    const UserId& maker = call.caller.user;
    const RoomName room = making.subject.text().empty() ? private_room_name(maker, *key)
                                                        : direct_room_name(maker, making.subject);
    chat::LogEvent event = change_event(making, Uuid());
    calls_.say(std::move(call), room, std::move(event),
               std::make_shared<const RoomChange>(std::move(making)));
}

void RoomRoutes::change(Call call, RoomChange change) {
    const auto room = room_in(call.request);
    if (!room) return call.fail(room.error());
    chat::LogEvent event = change_event(change, Uuid());
    calls_.say(std::move(call), *room, std::move(event),
               std::make_shared<const RoomChange>(std::move(change)));
}

void RoomRoutes::configure(Call call) {
    auto read = read_settings(call.request);
    if (!read) return call.fail(read.error());
    change(std::move(call), *std::move(read));
}

void RoomRoutes::set_role(Call call) {
    auto user = user_in(call.request, 1);
    if (!user) return call.fail(user.error());
    auto read = read_role(call.request);
    if (!read) return call.fail(read.error());
    read->subject = *std::move(user);
    change(std::move(call), *std::move(read));
}

void RoomRoutes::remove_member(Call call) {
    auto user = user_in(call.request, 1);
    if (!user) return call.fail(user.error());
    change(std::move(call), {.action = Action::set_role, .subject = *std::move(user)});
}

void RoomRoutes::moderate(Call call) {
    auto read = read_moderation(call.request);
    if (!read) return call.fail(read.error());
    change(std::move(call), *std::move(read));
}

void RoomRoutes::members(Call call) {
    const auto room = room_in(call.request);
    if (!room) return call.fail(room.error());
    const auto limit =
        query_number(call.request, "limit", kHistoryEventsMax, kHistoryEventsDefault);
    if (!limit) return call.fail(limit.error());
    chat::MembersRequest request{.after = {}, .limit = *limit};
    if (const auto given = net::query_value(call.request.query(), "after")) {
        auto after = checked_user(*given, "after");
        if (!after) return call.fail(after.error());
        request.after = *std::move(after);
    }
    calls_.ask_members(std::move(call), *room, request);
}

void RoomRoutes::mark_read(Call call) {
    const auto room = room_in(call.request);
    if (!room) return call.fail(room.error());
    JsonBody in(call.request);
    const std::int64_t seq = in.integer("seq");
    if (const auto wrong = in.finish()) return call.fail(*wrong);
    if (seq < 0 || seq > kJsonIntegerMax) return call.fail(bad_request("seq", "is no seq"));
    chat::LogEvent event;
    event.kind = chat::EventKind::read_marker;
    event.target = static_cast<Seq>(seq);
    calls_.say(std::move(call), *room, std::move(event));
}

}  // namespace confab::api
