#include "api/v2_frames.hpp"

#include "api/v2_json.hpp"

namespace confab::api {

using namespace v2_json;

namespace {

std::string_view resume_name(V2Resume resume) {
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

bool is_retryable(ErrorKind kind) {
    return kind == ErrorKind::rate_limited || kind == ErrorKind::overloaded ||
           kind == ErrorKind::unavailable;
}

void append_users(std::string& out, std::string_view of, const std::vector<chat::User>& users) {
    key(out, of);
    out += '[';
    for (const chat::User& user : users) {
        if (&user != &users.front()) out += ',';
        append_user_object(out, user);
    }
    out += ']';
}

// The members, without what surrounds them.
void append_present(std::string& out, const chat::Present& present) {
    number(out, "count", present.people);
    append_users(out, "users", present.some);
}

// The members, without what surrounds them.
void append_state(std::string& out, const V2RoomState& state) {
    const bool is_open = state.resume != V2Resume::forbidden && state.resume != V2Resume::gone;
    if (is_open) {
        text(out, "epoch", state.epoch);
        number(out, "head", state.head);
    }
    text(out, "resume", resume_name(state.resume));
    if (is_open && state.oldest) number(out, "oldest", *state.oldest);
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

std::string v2_typing_reply(std::int64_t id) {
    return ended(begin_reply(id, "typing"));
}

std::string v2_presence_reply(std::int64_t id, const chat::Present& present) {
    std::string out = begin_reply(id, "presence");
    append_present(out, present);
    return ended(std::move(out));
}

std::string present_object(const chat::Present& present) {
    std::string out = "{";
    append_present(out, present);
    out += '}';
    return out;
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

std::string v2_caught_up(const RoomName& room, Seq seq) {
    std::string out = begin_push("caught_up", room);
    number(out, "seq", seq);
    return ended(std::move(out));
}

std::string v2_typing(const RoomName& room, const chat::User& user) {
    std::string out = begin_push("typing", room);
    append_user(out, user);
    return ended(std::move(out));
}

std::string v2_presence(const RoomName& room, const chat::PresenceDelta& delta) {
    std::string out = begin_push("presence", room);
    number(out, "count", delta.people);
    append_users(out, "joined", delta.joined);
    append_users(out, "left", delta.left);
    if (delta.more) boolean(out, "more", true);
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
