#include "api/v2_rooms.hpp"

#include <gtest/gtest.h>

#include <boost/json/value.hpp>
#include <optional>
#include <set>
#include <string>

#include "api/v2_events.hpp"
#include "base/json.hpp"
#include "support/vectors.hpp"

namespace confab::test {
namespace {

namespace json = boost::json;
using chat::RoomChange;
using chat::UserNotice;
using Action = RoomChange::Action;
using std::chrono::seconds;

const json::value& member(const json::value& object, const char* name) {
    return object.as_object().at(name);
}

bool has(const json::value& object, const char* name) {
    return object.as_object().contains(name);
}

template <class Number>
Number number(const json::value& object, const char* name) {
    return member(object, name).to_number<Number>();
}

RoomName room_of(const json::value& object) {
    return *RoomName::parse(string_of(object, "room"));
}

WallTime time_of(const json::value& object, const char* name) {
    return has(object, name) ? from_unix_milliseconds(number<std::int64_t>(object, name))
                             : WallTime{};
}

template <class Value, std::size_t count>
Value named(const std::string& name, const Value (&values)[count]) {
    for (const Value value : values) {
        if (name == chat::name_of(value)) return value;
    }
    ADD_FAILURE() << name;
    return values[0];
}

chat::Role role_of(const json::value& object) {
    static constexpr chat::Role kRoles[] = {chat::Role::none, chat::Role::member,
                                            chat::Role::moderator, chat::Role::owner};
    return named(string_of(object, "role"), kRoles);
}

Action action_of(const std::string& name) {
    static constexpr Action kActions[] = {Action::create, Action::configure, Action::set_role,
                                          Action::kick,   Action::ban,       Action::unban,
                                          Action::mute,   Action::unmute};
    return named(name, kActions);
}

RoomKind kind_of(const json::value& object) {
    const std::string kind = string_of(object, "kind");
    if (kind == "public") return RoomKind::public_room;
    return kind == "private" ? RoomKind::private_room : RoomKind::direct_room;
}

std::string rooms_frame(std::int64_t id, const json::value& value) {
    std::vector<chat::RoomOverview> rooms;
    for (const json::value& room : member(value, "rooms").as_array()) {
        const bool has_other = has(room, "with");
        rooms.push_back({.name = room_of(room),
                         .title = string_of(room, "title"),
                         .with = UserId(has_other ? string_of(member(room, "with"), "id") : ""),
                         .with_name = has_other ? string_of(member(room, "with"), "name") : "",
                         .role = role_of(room),
                         .epoch = string_of(room, "epoch"),
                         .head = number<Seq>(room, "head"),
                         .newest_at = time_of(room, "ts"),
                         .read = number<Seq>(room, "read"),
                         .unread = number<std::size_t>(room, "unread"),
                         .mentions = number<std::size_t>(room, "mentions")});
    }
    return api::v2_rooms_reply(id, rooms);
}

std::string members_frame(std::int64_t id, const json::value& value) {
    chat::Members members{
        .kind = kind_of(value),
        .settings = {.title = string_of(value, "title"),
                     .is_read_only = member(value, "read_only").as_bool(),
                     .slow_mode = seconds(number<std::int64_t>(value, "slow_mode_s"))},
        .own_role = role_of(value),
        .count = number<std::size_t>(value, "count"),
        .some = {},
        .end = member(value, "end").as_bool()};
    for (const json::value& one : member(value, "members").as_array()) {
        members.some.push_back({.user = UserId(string_of(one, "id")),
                                .name = has(one, "name") ? string_of(one, "name") : "",
                                .standing = {.role = role_of(one),
                                             .banned_until = time_of(one, "banned_until"),
                                             .muted_until = time_of(one, "muted_until")}});
    }
    return api::v2_members_reply(id, members);
}

std::string reply_frame(const std::string& type, std::int64_t id, const json::value& value) {
    if (type == "rooms") return rooms_frame(id, value);
    if (type == "members") return members_frame(id, value);
    if (type == "mark_read") return api::v2_mark_read_reply(id, number<Seq>(value, "seq"));
    const bool dup = member(value, "dup").as_bool();
    if (has(value, "room")) return api::v2_made_reply(id, type, room_of(value), dup);
    return api::v2_stored_reply(id, chat::name_of(action_of(type)),
                                {number<Seq>(value, "seq"), *Uuid::parse(string_of(value, "id")),
                                 time_of(value, "ts"), dup});
}

RoomChange change_of(const json::value& event) {
    if (has(event, "settings")) {
        const json::value& settings = member(event, "settings");
        RoomChange change{.action = has(settings, "created") ? Action::create : Action::configure};
        if (has(settings, "with")) change.subject = UserId(string_of(settings, "with"));
        if (has(settings, "title")) change.title = string_of(settings, "title");
        if (has(settings, "read_only")) {
            change.is_read_only = member(settings, "read_only").as_bool();
        }
        if (has(settings, "slow_mode_s")) {
            change.slow_mode = seconds(number<std::int64_t>(settings, "slow_mode_s"));
        }
        return change;
    }
    if (has(event, "member")) {
        const json::value& who = member(event, "member");
        return {.action = Action::set_role,
                .subject = UserId(string_of(who, "user")),
                .role = role_of(who)};
    }
    const json::value& done = member(event, "moderation");
    RoomChange change{.action = action_of(string_of(done, "action")),
                      .subject = UserId(string_of(done, "user"))};
    if (has(done, "for_s")) change.duration = seconds(number<std::int64_t>(done, "for_s"));
    if (has(done, "reason")) change.reason = string_of(done, "reason");
    return change;
}

std::string event_frame(const json::value& value) {
    chat::LogEvent event;
    if (string_of(value, "kind") == "message") {
        event.body = SharedBytes::copy_of(string_of(value, "body"));
        if (has(value, "reply_to")) event.target = number<Seq>(value, "reply_to");
        std::vector<UserId> mentions;
        for (const json::value& user : member(value, "mentions").as_array())
            mentions.emplace_back(std::string_view(user.as_string()));
        event.mentions = std::make_shared<const std::vector<UserId>>(mentions);
    } else {
        event = api::change_event(change_of(value), Uuid());
    }
    if (has(value, "cid")) event.cid = *Uuid::parse(string_of(value, "cid"));
    event.seq = number<Seq>(value, "seq");
    event.id = *Uuid::parse(string_of(value, "id"));
    event.at = time_of(value, "ts");
    const json::value& user = member(value, "user");
    event.from = std::make_shared<const chat::User>(
        chat::User{UserId(string_of(user, "id")), string_of(user, "name")});
    return api::v2_event(room_of(value), event);
}

std::string push_frame(const std::string& type, const json::value& value) {
    if (type == "event") return event_frame(value);
    if (type == "removed") {
        return api::v2_removed(room_of(value),
                               {action_of(string_of(value, "action")), number<Seq>(value, "seq")});
    }
    UserNotice notice{.kind = UserNotice::Kind::added, .room = room_of(value)};
    if (type == "added") {
        notice.role = role_of(value);
    } else {
        EXPECT_EQ(type, "read");
        notice.kind = UserNotice::Kind::read;
        notice.seq = number<Seq>(value, "seq");
    }
    return api::v2_user_notice(notice);
}

TEST(V2Rooms, FramesAreByteForByteTheGoldenVectors) {
    std::set<std::string> types;
    for (const auto& vector : vectors("v2/rooms.json")) {
        const std::string type = string_of(vector, "type");
        const json::value& value = member(vector, "value");
        types.insert(type);
        const std::string frame = has(vector, "id")
                                      ? reply_frame(type, number<std::int64_t>(vector, "id"), value)
                                      : push_frame(type, value);
        EXPECT_EQ(frame, string_of(vector, "frame")) << string_of(vector, "name");
    }
    EXPECT_EQ(types.size(), 16U);
}

TEST(V2Rooms, TheNamesOfRoomsFollowFromWhoMakesThem) {
    const UserId alice("alice");
    const UserId bob("bob");
    const Uuid cid = *Uuid::parse("0190b6f2-7c1f-7e2e-9a53-0c5a5a0f2d11");
    const Uuid other = *Uuid::parse("0190b6f2-7c1f-7e2e-9a53-0c5a5a0f2d12");
    const RoomName made = api::private_room_name(alice, cid);
    EXPECT_EQ(made, api::private_room_name(alice, cid));
    EXPECT_NE(made, api::private_room_name(bob, cid));
    EXPECT_NE(made, api::private_room_name(alice, other));
    EXPECT_EQ(made.kind(), RoomKind::private_room);
    const RoomName direct = api::direct_room_name(alice, bob);
    EXPECT_EQ(direct, api::direct_room_name(bob, alice));
    EXPECT_NE(direct, api::direct_room_name(alice, alice));
    EXPECT_NE(api::direct_room_name(UserId("ab"), UserId("c")),
              api::direct_room_name(UserId("a"), UserId("bc")));
    EXPECT_EQ(direct.kind(), RoomKind::direct_room);
    for (const RoomName& name : {made, direct})
        EXPECT_EQ(RoomName::parse(name.text()), name);
}

}  // namespace
}  // namespace confab::test
