#include "api/v2_events.hpp"

#include "api/v2_json.hpp"

namespace confab::api {

using namespace v2_json;
using chat::EventKind;

namespace {

constexpr std::size_t kEventBytes = 384;  // of one event, less its name and body

// On the wire: what it is called as an event, and the method that makes it.
struct KindNames {
    std::string_view event;
    std::string_view method;
};

KindNames names_of(EventKind kind) {
    switch (kind) {
        case EventKind::message:
            break;
        case EventKind::read_marker:
            return {{}, "mark_read"};
        case EventKind::edit:
            return {"edit", "edit"};
        case EventKind::removal:
            return {"delete", "delete"};
        case EventKind::reaction:
            return {"reaction", "react"};
        case EventKind::unreaction:
            return {"reaction", "unreact"};
        case EventKind::room:
            return {"room", "configure"};
        case EventKind::member:
            return {"member", "set_role"};
        case EventKind::moderation:
            return {"moderation", {}};  // one for each action
    }
    return {"message", "publish"};
}

std::size_t bytes_of(const chat::LogEvent& event) {
    return kEventBytes + event.from->name.size() + event.body.size();
}

void append_mentions(std::string& out, const chat::LogEvent& event) {
    if (!event.mentions) return;
    key(out, "mentions");
    out += '[';
    for (const UserId& user : *event.mentions) {
        if (&user != &event.mentions->front()) out += ',';
        append_json_string(out, user.text());
    }
    out += ']';
}

// What the kinds of events do not have in common.
void append_content(std::string& out, const chat::LogEvent& event) {
    switch (event.kind) {
        case EventKind::read_marker:
            return;  // is never sent
        case EventKind::message:
            text(out, "body", event.body.view());
            if (event.target != 0) number(out, "reply_to", event.target);
            return append_mentions(out, event);
        case EventKind::edit:
            number(out, "target", event.target);
            return text(out, "body", event.body.view());
        case EventKind::removal:
            return number(out, "target", event.target);
        case EventKind::reaction:
        case EventKind::unreaction:
            number(out, "target", event.target);
            text(out, "reaction", event.body.view());
            return boolean(out, "added", event.kind == EventKind::reaction);
        case EventKind::room:
            return object(out, "settings", event.body.view());
        case EventKind::member:
            return object(out, "member", event.body.view());
        case EventKind::moderation:
            return object(out, "moderation", event.body.view());
    }
}

// All but the closing brace.
void begin_event(std::string& out, const RoomName& room, const chat::LogEvent& event) {
    out += '{';
    text(out, "room", room.text());
    number(out, "seq", event.seq);
    text(out, "kind", names_of(event.kind).event);
    text(out, "id", event.id.text());
    append_user(out, *event.from);
    if (!event.cid.is_nil()) text(out, "cid", event.cid.text());
    time(out, "ts", event.at);
    append_content(out, event);
}

void append_event(std::string& out, const RoomName& room, const chat::LogEvent& event) {
    begin_event(out, room, event);
    out += '}';
}

void append_change(std::string& out, std::string_view name, Seq seq, WallTime at) {
    if (seq == 0) return;
    open(out, name);
    number(out, "seq", seq);
    time(out, "ts", at);
    out += '}';
}

void append_message(std::string& out, const RoomName& room, const chat::LogEvent& message,
                    const chat::MessageState& state) {
    begin_event(out, room, message);
    append_change(out, "edited", state.edited, state.edited_at);
    append_change(out, "deleted", state.removed, state.removed_at);
    if (!state.reactions.empty()) key(out, "reactions");
    for (const chat::Reaction& reaction : state.reactions) {
        out += &reaction == &state.reactions.front() ? "[{" : ",{";
        text(out, "reaction", reaction.text.view());
        number(out, "count", reaction.count);
        boolean(out, "mine", reaction.is_own);
        out += '}';
    }
    if (!state.reactions.empty()) out += ']';
    out += '}';
}

std::size_t bytes_of(const chat::Page& page) {
    std::size_t bytes = 2 * kEventBytes;
    for (const chat::LogEvent& logged : page.events)
        bytes += bytes_of(logged);
    return bytes;
}

// The members, without what surrounds them.
void append_stored(std::string& out, const V2StoredReply& reply) {
    number(out, "seq", reply.seq);
    text(out, "id", reply.id.text());
    time(out, "ts", reply.at);
    boolean(out, "dup", reply.repeated);
}

void append_page(std::string& out, const RoomName& room, const chat::Page& page, PageOf what) {
    text(out, "room", room.text());
    text(out, "epoch", page.state.epoch);
    number(out, "head", page.state.head);
    number(out, "oldest", page.state.oldest);
    if (page.first != 0) {
        number(out, "from", page.first);
        number(out, "to", page.last);
    }
    const bool folded = what == PageOf::messages;
    if (folded) number(out, "as_of", page.as_of);
    key(out, folded ? "messages" : "events");
    out += '[';
    for (std::size_t i = 0; i < page.events.size(); ++i) {
        if (i > 0) out += ',';
        if (folded) {
            append_message(out, room, page.events[i], page.states[i]);
        } else {
            append_event(out, room, page.events[i]);
        }
    }
    out += ']';
    boolean(out, "end", page.end);
}

}  // namespace

std::string stored_object(const V2StoredReply& reply) {
    std::string out = "{";
    append_stored(out, reply);
    out += '}';
    return out;
}

std::string page_object(const RoomName& room, const chat::Page& page, PageOf what) {
    std::string out = "{";
    out.reserve(bytes_of(page));
    append_page(out, room, page, what);
    out += '}';
    return out;
}

std::string_view v2_method_of(EventKind kind) {
    return names_of(kind).method;
}

std::string v2_stored_reply(std::int64_t id, std::string_view method, const V2StoredReply& reply) {
    std::string out = begin_reply(id, method);
    append_stored(out, reply);
    return ended(std::move(out));
}

std::string v2_history_reply(std::int64_t id, const RoomName& room, const chat::Page& page,
                             PageOf what) {
    std::string out = begin_reply(id, "history");
    out.reserve(bytes_of(page));
    append_page(out, room, page, what);
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

}  // namespace confab::api
