#include "api/v2_room_methods.hpp"

#include <utility>

#include "api/message_text.hpp"

namespace confab::api {
namespace {

using Action = chat::RoomChange::Action;

constexpr V2Range kMembersLimits{1, kHistoryEventsMax};
constexpr V2Range kRestraints{1, std::chrono::seconds(kRestraintMax).count()};
constexpr V2Range kSlowModes{0, std::chrono::seconds(kSlowModeMax).count()};

Result<std::string> title_in(const V2Arguments& in) {
    const auto title = in.text("title");
    if (!title) return title.error();
    return checked_title(*title);
}

Result<UserId> user_in(const V2Arguments& in) {
    const auto user = in.text("user");
    if (!user) return user.error();
    return checked_user(*user, "user");
}

Result<V2Command> read_create(const V2Arguments& in) {
    const auto cid = in.cid();
    if (!cid) return cid.error();
    V2Create create{*cid, {}};
    if (!in.has("title")) return V2Command(std::move(create));
    auto title = title_in(in);
    if (!title) return title.error();
    create.title = *std::move(title);
    return V2Command(std::move(create));
}

Result<V2Command> read_direct(const V2Arguments& in) {
    auto user = user_in(in);
    if (!user) return user.error();
    return V2Command(V2Direct{*std::move(user)});
}

Result<V2Command> read_rooms(const V2Arguments&) {
    return V2Command(V2Rooms{});
}

Result<V2Command> read_members(const V2Arguments& in) {
    auto room = in.room();
    if (!room) return room.error();
    const auto limit = in.number("limit", kMembersLimits, kHistoryEventsDefault);
    if (!limit) return limit.error();
    V2Members members{*std::move(room), std::nullopt, static_cast<std::size_t>(*limit)};
    if (!in.has("after")) return V2Command(std::move(members));
    const auto after = in.text("after");
    if (!after) return after.error();
    auto user = checked_user(*after, "after");
    if (!user) return user.error();
    members.after = *std::move(user);
    return V2Command(std::move(members));
}

Result<V2Command> read_mark_read(const V2Arguments& in) {
    auto room = in.room();
    if (!room) return room.error();
    const auto seq = in.number("seq", kV2Seqs);
    if (!seq) return seq.error();
    return V2Command(V2MarkRead{*std::move(room), static_cast<Seq>(*seq)});
}

// What all changes of a room have; of all but `configure`, with whom they are about.
Result<V2ChangeRoom> begin_change(const V2Arguments& in, Action action) {
    auto room = in.room();
    if (!room) return room.error();
    const auto cid = in.optional_cid();
    if (!cid) return cid.error();
    V2ChangeRoom command{*std::move(room), *cid, {.action = action}};
    if (action == Action::configure) return command;
    auto user = user_in(in);
    if (!user) return user.error();
    command.change.subject = *std::move(user);
    return command;
}

Result<V2Command> read_set_role(const V2Arguments& in) {
    auto command = begin_change(in, Action::set_role);
    if (!command) return command.error();
    const auto role = in.text("role");
    if (!role) return role.error();
    const auto known = chat::role_named(*role);
    if (!known) return bad_request("role", "must be owner, moderator, member or none");
    command->change.role = *known;
    return V2Command(*std::move(command));
}

Result<V2Command> read_configure(const V2Arguments& in) {
    auto command = begin_change(in, Action::configure);
    if (!command) return command.error();
    chat::RoomChange& change = command->change;
    if (in.has("title")) {
        auto title = title_in(in);
        if (!title) return title.error();
        change.title = *std::move(title);
    }
    if (in.has("read_only")) {
        const auto is_read_only = in.flag("read_only");
        if (!is_read_only) return is_read_only.error();
        change.is_read_only = *is_read_only;
    }
    if (in.has("slow_mode_s")) {
        const auto seconds = in.number("slow_mode_s", kSlowModes);
        if (!seconds) return seconds.error();
        change.slow_mode = std::chrono::seconds(*seconds);
    }
    if (change.title || change.is_read_only || change.slow_mode) {
        return V2Command(*std::move(command));
    }
    return bad_request("title", "title, read_only or slow_mode_s is required");
}

template <Action action>
Result<V2Command> read_restraint(const V2Arguments& in) {
    auto command = begin_change(in, action);
    if (!command) return command.error();
    if (in.has("reason")) {
        const auto given = in.text("reason");
        if (!given) return given.error();
        auto reason = checked_reason(*given);
        if (!reason) return reason.error();
        command->change.reason = *std::move(reason);
    }
    if (action == Action::ban || action == Action::mute) {
        const auto seconds = in.number("for_s", kRestraints);
        if (!seconds) return seconds.error();
        command->change.duration = std::chrono::seconds(*seconds);
    }
    return V2Command(*std::move(command));
}

constexpr V2Method kRoomMethods[] = {
    {"create", read_create},
    {"direct", read_direct},
    {"rooms", read_rooms},
    {"members", read_members},
    {"mark_read", read_mark_read},
    {"set_role", read_set_role},
    {"configure", read_configure},
    {"kick", read_restraint<Action::kick>},
    {"ban", read_restraint<Action::ban>},
    {"unban", read_restraint<Action::unban>},
    {"mute", read_restraint<Action::mute>},
    {"unmute", read_restraint<Action::unmute>},
};

}  // namespace

std::span<const V2Method> v2_room_methods() {
    return kRoomMethods;
}

}  // namespace confab::api
