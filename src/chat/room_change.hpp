// RoomChange: what an event does to a room itself, or to somebody's standing in it.
// Thread: values.
// Owns:   their texts.
// Limits: kRoomTitleCodePointsMax, kReasonCodePointsMax, kRestraintMax, kSlowModeMax: whoever reads
//         a command checks them.
// Invariant: the numbers of Role are stored: they are never given another meaning.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/limits.hpp"
#include "chat/log_event.hpp"

namespace confab::chat {

// In a room. Each may do what those before it may.
enum class Role : std::uint8_t { none = 0, member = 1, moderator = 2, owner = 3 };

struct RoomSettings {
    std::string title;
    bool is_read_only = false;
    std::chrono::seconds slow_mode{0};  // from one message of a member to the next
};

// What somebody is in a room, beyond what everybody is.
struct Standing {
    Role role = Role::none;
    WallTime banned_until{};
    WallTime muted_until{};
};

struct RoomChange {
    enum class Action : std::uint8_t {
        create,
        configure,
        set_role,
        kick,
        ban,
        unban,
        mute,
        unmute
    };

    Action action;
    UserId subject{};  // of a direct room that is created, the other one
    Role role = Role::none;
    std::chrono::seconds duration{0};  // of a ban, a mute
    std::string reason{};
    // What is not given stays as it is.
    std::optional<std::string> title{};
    std::optional<bool> is_read_only{};
    std::optional<std::chrono::seconds> slow_mode{};
};

// What they are called, wherever they are told.
inline constexpr std::array<std::string_view, 4> kRoleNames = {"none", "member", "moderator",
                                                               "owner"};
[[nodiscard]] constexpr std::string_view name_of(Role role) {
    return kRoleNames.at(static_cast<std::size_t>(role));
}
[[nodiscard]] constexpr std::optional<Role> role_named(std::string_view name) {
    for (std::size_t i = 0; i < kRoleNames.size(); ++i) {
        if (kRoleNames[i] == name) return static_cast<Role>(i);
    }
    return std::nullopt;
}
[[nodiscard]] constexpr std::string_view name_of(RoomChange::Action action) {
    constexpr std::array<std::string_view, 8> kNames = {
        "create", "configure", "set_role", "kick", "ban", "unban", "mute", "unmute"};
    return kNames.at(static_cast<std::size_t>(action));
}

[[nodiscard]] constexpr EventKind kind_of(RoomChange::Action action) {
    using Action = RoomChange::Action;
    if (action == Action::create || action == Action::configure) return EventKind::room;
    return action == Action::set_role ? EventKind::member : EventKind::moderation;
}

// Somebody whom a room knows.
struct Member {
    UserId user;
    std::string name;  // empty: it is not known here
    Standing standing;
};

// A room and some of those whom it knows, by their ids.
struct Members {
    RoomKind kind = RoomKind::public_room;
    RoomSettings settings;
    Role own_role = Role::none;  // of who asked
    std::size_t count = 0;       // of all that have a role
    std::vector<Member> some;
    bool end = false;  // there are no more behind them
};

// Which of them are asked for.
struct MembersRequest {
    std::optional<UserId> after;
    std::size_t limit = kHistoryEventsDefault;
};

}  // namespace confab::chat
