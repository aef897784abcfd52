#include "api/v2_frames.hpp"

#include "base/assert.hpp"
#include "base/json.hpp"

namespace confab::api {
namespace {

constexpr std::size_t kEventBytes = 384;  // of one event, less its name and body

std::string_view name_of(V2Resume resume) {
    switch (resume) {
        case V2Resume::ok:
            return "ok";
        case V2Resume::behind:
            return "behind";
        case V2Resume::diverged:
            return "diverged";
        case V2Resume::forbidden:
            return "forbidden";
        case V2Resume::gone:
            break;
    }
    return "gone";
}

std::string_view name_of(chat::EventKind kind) {
    switch (kind) {
        case chat::EventKind::message:
            break;
    }
    return "message";
}

bool is_retryable(ErrorKind kind) {
    return kind == ErrorKind::rate_limited || kind == ErrorKind::overloaded ||
           kind == ErrorKind::unavailable;
}

// The name of a member whose value comes next; it needs no escapes.
void key(std::string& out, std::string_view name) {
    if (out.back() != '{') out += ',';
    out += '"';
    out += name;
    out += "\":";
}

void open(std::string& out, std::string_view of) {
    key(out, of);
    out += '{';
}

void text(std::string& out, std::string_view of, std::string_view value) {
    key(out, of);
    append_json_string(out, value);
}

template <class Number>
void number(std::string& out, std::string_view of, Number value) {
    key(out, of);
    out += std::to_string(value);
}

void boolean(std::string& out, std::string_view of, bool value) {
    key(out, of);
    out += value ? "true" : "false";
}

void time(std::string& out, std::string_view of, WallTime at) {
    number(out, of, std::chrono::floor<std::chrono::milliseconds>(at).time_since_epoch().count());
}

std::string begin_reply(std::int64_t id, std::string_view method) {
    std::string out = "{";
    number(out, "id", id);
    open(out, method);
    return out;
}

std::string begin_push(std::string_view method, const RoomName& room) {
    std::string out = "{";
    open(out, method);
    text(out, "room", room.text());
    return out;
}

std::string ended(std::string&& out) {
    out += "}}";
    return std::move(out);
}

void append_user(std::string& out, const chat::User& user) {
    open(out, "user");
    text(out, "id", user.id.text());
    text(out, "name", user.name);
    out += '}';
}

// The members, without what surrounds them.
void append_state(std::string& out, const V2RoomState& state) {
    const bool is_open = state.resume != V2Resume::forbidden && state.resume != V2Resume::gone;
    if (is_open) {
        text(out, "epoch", state.epoch);
        number(out, "head", state.head);
    }
    text(out, "resume", name_of(state.resume));
    if (is_open && state.oldest) number(out, "oldest", *state.oldest);
}

std::size_t bytes_of(const chat::LogEvent& event) {
    return kEventBytes + event.from->name.size() + event.body.size();
}

void append_event(std::string& out, const RoomName& room, const chat::LogEvent& event) {
    out += '{';
    text(out, "room", room.text());
    number(out, "seq", event.seq);
    text(out, "kind", name_of(event.kind));
    text(out, "id", event.id.text());
    append_user(out, *event.from);
    if (!event.cid.is_nil()) text(out, "cid", event.cid.text());
    time(out, "ts", event.at);
    text(out, "body", event.body.view());
    if (event.target != 0) number(out, "reply_to", event.target);
    out += '}';
}

}  // namespace

std::string v2_connect_reply(std::int64_t id, const V2ConnectReply& reply) {
    std::string out = begin_reply(id, "connect");
    text(out, "conn", reply.conn);
    append_user(out, reply.user);
    number(out, "ping_s", reply.ping.count());
    number(out, "token_ttl_s", reply.token_ttl.count());
    open(out, "limits");
    number(out, "message_bytes", reply.limits.message_bytes);
    number(out, "publish_per_s", reply.limits.publish_per_s);
    number(out, "burst", reply.limits.burst);
    out += '}';
    open(out, "rooms");
    for (const V2JoinedRoom& room : reply.rooms) {
        open(out, room.name.text());
        append_state(out, room.state);
        out += '}';
    }
    out += '}';
    return ended(std::move(out));
}

std::string v2_refresh_reply(std::int64_t id, std::chrono::seconds token_ttl) {
    std::string out = begin_reply(id, "refresh");
    number(out, "token_ttl_s", token_ttl.count());
    return ended(std::move(out));
}

std::string v2_join_reply(std::int64_t id, const V2RoomState& state) {
    std::string out = begin_reply(id, "join");
    append_state(out, state);
    return ended(std::move(out));
}

std::string v2_leave_reply(std::int64_t id) {
    return ended(begin_reply(id, "leave"));
}

std::string v2_publish_reply(std::int64_t id, const V2PublishReply& reply) {
    std::string out = begin_reply(id, "publish");
    number(out, "seq", reply.seq);
    text(out, "id", reply.id.text());
    time(out, "ts", reply.at);
    boolean(out, "dup", reply.repeated);
    return ended(std::move(out));
}

std::string v2_history_reply(std::int64_t id, const V2HistoryReply& reply) {
    std::string out = begin_reply(id, "history");
    std::size_t bytes = 0;
    for (const chat::LogEvent& logged : reply.events)
        bytes += bytes_of(logged);
    out.reserve(out.size() + bytes + kEventBytes);
    text(out, "room", reply.room.text());
    text(out, "epoch", reply.epoch);
    number(out, "head", reply.head);
    number(out, "oldest", reply.oldest);
    key(out, "events");
    out += '[';
    for (const chat::LogEvent& logged : reply.events) {
        if (out.back() != '[') out += ',';
        append_event(out, reply.room, logged);
    }
    out += ']';
    boolean(out, "end", reply.end);
    return ended(std::move(out));
}

std::string v2_error(std::optional<std::int64_t> id, const Error& error) {
    std::string out = "{";
    if (id) number(out, "id", *id);
    open(out, "error");
    text(out, "code", error.code);
    const bool retryable = is_retryable(error.kind);
    boolean(out, "retryable", retryable);
    if (retryable) number(out, "retry_ms", error.retry_after.count());
    if (!error.detail.empty()) text(out, "message", error.detail);
    if (!error.field.empty()) text(out, "field", error.field);
    return ended(std::move(out));
}

std::string v2_event(const RoomName& room, const chat::LogEvent& logged) {
    std::string out;
    out.reserve(bytes_of(logged));
    out += "{\"event\":";
    append_event(out, room, logged);
    out += '}';
    return out;
}

std::string v2_caught_up(const RoomName& room, Seq seq) {
    std::string out = begin_push("caught_up", room);
    number(out, "seq", seq);
    return ended(std::move(out));
}

std::string v2_lag(const RoomName& room, Seq from, Seq head) {
    std::string out = begin_push("lag", room);
    number(out, "from", from);
    number(out, "head", head);
    return ended(std::move(out));
}

std::string v2_drain(std::chrono::milliseconds close, std::chrono::milliseconds reconnect_first,
                     std::chrono::milliseconds reconnect_last) {
    std::string out = "{";
    open(out, "drain");
    number(out, "close_ms", close.count());
    key(out, "reconnect_ms");
    out += '[' + std::to_string(reconnect_first.count()) + ',' +
           std::to_string(reconnect_last.count()) + ']';
    return ended(std::move(out));
}

}  // namespace confab::api
