#include "api/v2_rooms.hpp"

#include <algorithm>

#include "api/v2_json.hpp"
#include "base/crypto.hpp"

namespace confab::api {

using namespace v2_json;
using chat::RoomChange;
using Action = RoomChange::Action;

namespace {

// No text of one is the beginning of another's: ids have no control characters.
std::string joined(std::string_view purpose, std::string_view a, std::string_view b) {
    std::string out(purpose);
    out += '\0';
    out += a;
    out += '\0';
    out += b;
    return out;
}

void append_settings(std::string& out, const RoomChange& change) {
    if (change.action == Action::create) boolean(out, "created", true);
    if (!change.subject.text().empty()) text(out, "with", change.subject.text());
    if (change.title) text(out, "title", *change.title);
    if (change.is_read_only) boolean(out, "read_only", *change.is_read_only);
    if (change.slow_mode) number(out, "slow_mode_s", change.slow_mode->count());
}

void append_moderation(std::string& out, const RoomChange& change) {
    text(out, "action", name_of(change.action));
    text(out, "user", change.subject.text());
    if (change.duration.count() > 0) number(out, "for_s", change.duration.count());
    if (!change.reason.empty()) text(out, "reason", change.reason);
}

// The members, without what surrounds them.
void append_members(std::string& out, const chat::Members& members) {
    text(out, "kind", name_of(members.kind));
    text(out, "role", name_of(members.own_role));
    text(out, "title", members.settings.title);
    boolean(out, "read_only", members.settings.is_read_only);
    number(out, "slow_mode_s", members.settings.slow_mode.count());
    number(out, "count", members.count);
    key(out, "members");
    out += '[';
    for (const chat::Member& member : members.some) {
        out += &member == &members.some.front() ? "{" : ",{";
        text(out, "id", member.user.text());
        if (!member.name.empty()) text(out, "name", member.name);
        text(out, "role", name_of(member.standing.role));
        const auto until = [&](std::string_view name, WallTime at) {
            if (at != WallTime{}) time(out, name, at);
        };
        until("banned_until", member.standing.banned_until);
        until("muted_until", member.standing.muted_until);
        out += '}';
    }
    out += ']';
    boolean(out, "end", members.end);
}

// Whom the user talks to in a direct room.
void append_other(std::string& out, const chat::RoomOverview& room) {
    if (room.with.text().empty()) return;
    open(out, "with");
    text(out, "id", room.with.text());
    if (!room.with_name.empty()) text(out, "name", room.with_name);
    out += '}';
}

void append_rooms(std::string& out, const std::vector<chat::RoomOverview>& rooms) {
    key(out, "rooms");
    out += '[';
    for (const chat::RoomOverview& room : rooms) {
        out += &room == &rooms.front() ? "{" : ",{";
        text(out, "room", room.name.text());
        text(out, "kind", name_of(room.name.kind()));
        text(out, "title", room.title);
        append_other(out, room);
        text(out, "role", name_of(room.role));
        text(out, "epoch", room.epoch);
        number(out, "head", room.head);
        time(out, "ts", room.newest_at);
        number(out, "read", room.read);
        number(out, "unread", room.unread);
        number(out, "mentions", room.mentions);
        out += '}';
    }
    out += ']';
}

void append_made(std::string& out, const RoomName& room, bool repeated) {
    text(out, "room", room.text());
    boolean(out, "dup", repeated);
}

// What `append` writes, as an object of its own.
template <class Append>
std::string object_of(const Append& append) {
    std::string out = "{";
    append(out);
    out += '}';
    return out;
}

}  // namespace

std::string_view name_of(RoomKind kind) {
    switch (kind) {
        case RoomKind::public_room:
            return "public";
        case RoomKind::private_room:
            return "private";
        case RoomKind::direct_room:
            break;
    }
    return "direct";
}

RoomName private_room_name(const UserId& creator, const Uuid& cid) {
    return RoomName::made(RoomKind::private_room,
                          sha256(joined("private", creator.text(), cid.text())));
}

RoomName direct_room_name(const UserId& one, const UserId& other) {
    const auto [first, second] = std::minmax(one, other);
    return RoomName::made(RoomKind::direct_room,
                          sha256(joined("direct", first.text(), second.text())));
}

std::string change_object(const RoomChange& change) {
    return object_of([&](std::string& out) {
        switch (chat::kind_of(change.action)) {
            case chat::EventKind::room:
                return append_settings(out, change);
            case chat::EventKind::member:
                text(out, "user", change.subject.text());
                return text(out, "role", name_of(change.role));
            default:
                return append_moderation(out, change);
        }
    });
}

chat::LogEvent change_event(const RoomChange& change, const Uuid& cid) {
    chat::LogEvent event;
    event.kind = chat::kind_of(change.action);
    event.cid = cid;
    event.body = SharedBytes::copy_of(change_object(change));
    return event;
}

std::optional<bool> room_was_there(const chat::Outcome& outcome) {
    const auto& change = outcome.append.change;
    if (!change || change->action != Action::create) return std::nullopt;
    if (!outcome.error) return outcome.repeated;
    return outcome.error->code == "room_exists" ? std::optional(true) : std::nullopt;
}

std::string v2_made_reply(std::int64_t id, std::string_view method, const RoomName& room,
                          bool repeated) {
    std::string out = begin_reply(id, method);
    append_made(out, room, repeated);
    return ended(std::move(out));
}

std::string v2_members_reply(std::int64_t id, const chat::Members& members) {
    std::string out = begin_reply(id, "members");
    append_members(out, members);
    return ended(std::move(out));
}

std::string v2_mark_read_reply(std::int64_t id, Seq seq) {
    std::string out = begin_reply(id, "mark_read");
    number(out, "seq", seq);
    return ended(std::move(out));
}

std::string v2_rooms_reply(std::int64_t id, const std::vector<chat::RoomOverview>& rooms) {
    std::string out = begin_reply(id, "rooms");
    append_rooms(out, rooms);
    return ended(std::move(out));
}

std::string made_object(const RoomName& room, bool repeated) {
    return object_of([&](std::string& out) { append_made(out, room, repeated); });
}

std::string members_object(const chat::Members& members) {
    return object_of([&](std::string& out) { append_members(out, members); });
}

std::string mark_read_object(Seq seq) {
    return object_of([&](std::string& out) { number(out, "seq", seq); });
}

std::string rooms_object(const std::vector<chat::RoomOverview>& rooms) {
    return object_of([&](std::string& out) { append_rooms(out, rooms); });
}

std::string v2_user_notice(const chat::UserNotice& notice) {
    const bool is_added = notice.kind == chat::UserNotice::Kind::added;
    std::string out = begin_push(is_added ? "added" : "read", notice.room);
    if (is_added) {
        text(out, "role", name_of(notice.role));
    } else {
        number(out, "seq", notice.seq);
    }
    return ended(std::move(out));
}

std::string v2_removed(const RoomName& room, const chat::Removal& removal) {
    std::string out = begin_push("removed", room);
    number(out, "seq", removal.seq);
    text(out, "action", name_of(removal.action));
    return ended(std::move(out));
}

}  // namespace confab::api
