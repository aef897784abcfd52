#include "api/v2_command.hpp"

#include <span>
#include <utility>

#include "api/message_text.hpp"
#include "api/v2_arguments.hpp"
#include "api/v2_fields.hpp"
#include "api/v2_room_methods.hpp"

namespace confab::api {
namespace {

constexpr V2Range kCloseCodes{1000, 4999};  // RFC 6455 section 7.4.2
constexpr V2Range kHistoryLimits{1, kHistoryEventsMax};
constexpr V2Range kTargets{1, kJsonIntegerMax};

Result<V2Command> read_connect(const V2Arguments& in) {
    V2Connect connect;
    if (in.has("token")) {
        auto token = in.token();
        if (!token) return token.error();
        connect.token = *std::move(token);
    }
    auto rooms = in.rooms();
    if (!rooms) return rooms.error();
    connect.rooms = *std::move(rooms);
    const auto last_close = in.number("last_close", kCloseCodes, 0);
    if (!last_close) return last_close.error();
    connect.last_close = static_cast<std::uint16_t>(*last_close);
    return V2Command(std::move(connect));
}

Result<V2Command> read_refresh(const V2Arguments& in) {
    auto token = in.token();
    if (!token) return token.error();
    return V2Command(V2Refresh{*std::move(token)});
}

Result<V2Command> read_join(const V2Arguments& in) {
    auto room = in.room();
    if (!room) return room.error();
    auto position = in.position();
    if (!position) return position.error();
    return V2Command(V2Join{*std::move(room), *std::move(position)});
}

// Of a command that has nothing but a room.
template <class Command>
Result<V2Command> read_room(const V2Arguments& in) {
    auto room = in.room();
    if (!room) return room.error();
    return V2Command(Command{*std::move(room)});
}

Result<V2Command> read_publish(const V2Arguments& in) {
    auto room = in.room();
    if (!room) return room.error();
    const auto cid = in.cid();
    if (!cid) return cid.error();
    auto body = in.body();
    if (!body) return body.error();
    const auto reply_to = in.number("reply_to", kV2Seqs, 0);
    if (!reply_to) return reply_to.error();
    auto mentions = in.users("mentions", kMentionsMax);
    if (!mentions) return mentions.error();
    return V2Command(V2Publish{*std::move(room), *cid, *std::move(body),
                               static_cast<Seq>(*reply_to), *std::move(mentions)});
}

Result<V2Command> read_change(const V2Arguments& in, chat::EventKind kind) {
    auto room = in.room();
    if (!room) return room.error();
    const auto cid = in.optional_cid();
    if (!cid) return cid.error();
    const auto seq = in.number("seq", kTargets);
    if (!seq) return seq.error();
    V2Change change{kind, *std::move(room), *cid, static_cast<Seq>(*seq), {}};
    if (kind == chat::EventKind::removal) return V2Command(std::move(change));
    auto text = kind == chat::EventKind::edit ? in.body() : in.reaction();
    if (!text) return text.error();
    change.text = *std::move(text);
    return V2Command(std::move(change));
}

Result<V2Command> read_edit(const V2Arguments& in) {
    return read_change(in, chat::EventKind::edit);
}

Result<V2Command> read_delete(const V2Arguments& in) {
    return read_change(in, chat::EventKind::removal);
}

Result<V2Command> read_react(const V2Arguments& in) {
    return read_change(in, chat::EventKind::reaction);
}

Result<V2Command> read_unreact(const V2Arguments& in) {
    return read_change(in, chat::EventKind::unreaction);
}

Result<V2Command> read_history(const V2Arguments& in) {
    using From = V2History::From;
    static constexpr std::pair<std::string_view, From> kFroms[] = {
        {"before", From::before}, {"after", From::after}, {"around", From::around}};

    auto room = in.room();
    if (!room) return room.error();
    V2History history{*std::move(room)};
    for (const auto& [name, from] : kFroms) {
        if (!in.has(name)) continue;
        const auto seq = in.number(name, kV2Seqs);
        if (!seq) return seq.error();
        if (history.from != From::newest) {
            return bad_request(name, "only one of before, after and around");
        }
        history.from = from;
        history.seq = static_cast<Seq>(*seq);
    }
    const auto limit = in.number("limit", kHistoryLimits, kHistoryEventsDefault);
    if (!limit) return limit.error();
    history.limit = static_cast<std::size_t>(*limit);
    const auto events = in.flag("events");
    if (!events) return events.error();
    history.events = *events;
    return V2Command(std::move(history));
}

constexpr V2Method kMethods[] = {
    {"connect", read_connect},
    {"refresh", read_refresh},
    {"join", read_join},
    {"leave", read_room<V2Leave>},
    {"publish", read_publish},
    {"edit", read_edit},
    {"delete", read_delete},
    {"react", read_react},
    {"unreact", read_unreact},
    {"typing", read_room<V2Typing>},
    {"presence", read_room<V2Presence>},
    {"history", read_history},
};

const V2Method* find_method(std::string_view name) {
    for (const std::span<const V2Method> methods :
         {std::span<const V2Method>(kMethods), v2_room_methods()}) {
        for (const V2Method& method : methods) {
            if (method.name == name) return &method;
        }
    }
    return nullptr;
}

bool is_method(std::string_view name) {
    return find_method(name) != nullptr;
}

Error bad_frame(const char* detail) {
    return Error(ErrorKind::invalid, "bad_frame", detail);
}

Result<V2Command> command_of(const V2Fields& fields, const V2CommandOptions& options) {
    if (!fields.valid()) return bad_frame("not one strict JSON object");
    if (!fields.id()) return bad_frame("id must be a whole number from 1 to 2^53");
    if (fields.methods() == 0) {
        return Error(ErrorKind::invalid, "unknown_method", "no method of this name here");
    }
    if (fields.methods() > 1) return bad_frame("only one method in a frame");
    const V2Value& method = *fields.method();
    if (method.kind != V2Value::Kind::object) return bad_frame("the method must be an object");
    if (!fields.complete()) return bad_frame("more values than any command has");
    return find_method(method.name)->read(V2Arguments(V2Object(method), options));
}

}  // namespace

V2Request parse_v2_command(std::string_view frame, const V2CommandOptions& options) {
    const V2Fields fields(frame, is_method);
    return {fields.id(), command_of(fields, options)};
}

}  // namespace confab::api
