// RoomAccess: who may do what in one room; the only place that says so. The log asks it before it
// stores an event, the room's home before anybody hears or is told something.
// Thread: its owner's.
// Owns:   the settings of the room and the standings of users in it.
// Limits: kRoomStandingsMax users, kSlowModeUsersMax of whom the last message is remembered.
// Invariants: (1) it follows from the events of the room that were applied, in their order; to
//             apply some of the last ones again, in order, changes nothing. (2) to who may not know
//             of a room, it is as if there were none. (3) nobody gives himself more than he has, or
//             takes anything from who ranks as high. (4) a private room with members has an owner.
#pragma once

#include <map>
#include <optional>
#include <unordered_map>

#include "base/error.hpp"
#include "chat/event.hpp"
#include "chat/room_change.hpp"
#include "chat/room_log.hpp"

namespace confab::chat {

// What one may want of a room, besides events.
enum class Right : std::uint8_t {
    hear,   // be in it, read its history, know who is there
    speak,  // say something, change it, react, be seen typing
};

[[nodiscard]] Error no_such_room();
// Whether an error says that somebody may not do something, and not that it cannot be done now.
[[nodiscard]] inline bool is_refusal(const Error& error) {
    return error.kind == ErrorKind::forbidden || error.kind == ErrorKind::not_found;
}

class RoomAccess {
  public:
    explicit RoomAccess(RoomKind kind) : kind_(kind), is_there_(kind == RoomKind::public_room) {}

    // As it was kept.
    void restore(RoomSettings settings);
    void restore(const UserId& user, const Standing& standing) { standings_[user] = standing; }
    // Whether a standing says nothing any more.
    [[nodiscard]] static bool is_past(const Standing& standing, WallTime now) {
        return standing.role == Role::none && standing.banned_until <= now &&
               standing.muted_until <= now;
    }

    // `no_such_room`, `banned`, `muted`, `read_only`.
    [[nodiscard]] std::optional<Error> refusal(const User& user, Right right, WallTime now) const;
    // Those, `slow_mode`, and of changes `not_allowed`, `no_such_member`, `not_banned`,
    // `not_muted`, `last_owner`, `too_many_members`; `room_exists`: what shall be created is there.
    [[nodiscard]] std::optional<Error> refusal(const Append& append) const;
    // Of an event that was stored.
    void apply(const Append& append);

    // What the user counts as, here and now.
    [[nodiscard]] Role role_of(const User& user) const;
    [[nodiscard]] bool may_moderate(const User& user) const {
        return kind_ != RoomKind::direct_room && role_of(user) >= Role::moderator;
    }
    // Whether the change says that its subject may not stay in a room of that kind.
    [[nodiscard]] static bool removes(RoomKind kind, const RoomChange& change);

    [[nodiscard]] Members members(const User& by, const MembersRequest& request) const;

    [[nodiscard]] RoomKind kind() const { return kind_; }
    [[nodiscard]] bool is_there() const { return is_there_; }
    [[nodiscard]] const RoomSettings& settings() const { return settings_; }
    [[nodiscard]] const std::map<UserId, Standing>& standings() const { return standings_; }
    // None: he is like everybody.
    [[nodiscard]] const Standing* standing_of(const UserId& user) const;

  private:
    [[nodiscard]] std::optional<Error> refusal(const User& by, const RoomChange& change,
                                               WallTime now) const;
    [[nodiscard]] std::optional<Error> set_role_refusal(const User& by, const RoomChange& change,
                                                        WallTime now) const;
    [[nodiscard]] std::optional<Error> restraint_refusal(const User& by, const RoomChange& change,
                                                         WallTime now) const;
    [[nodiscard]] std::optional<Error> speed_refusal(const User& user, WallTime now) const;
    [[nodiscard]] Role kept_role(const UserId& user) const;
    [[nodiscard]] std::size_t count_of(Role least) const;
    [[nodiscard]] bool leaves_no_owner(const RoomChange& change) const;
    [[nodiscard]] bool has_room_for(const UserId& user, WallTime now) const;
    void apply(const User& by, const RoomChange& change, WallTime at);
    void configure(const RoomChange& change);
    void set_role(const UserId& user, Role role);
    void note_message(const UserId& user, WallTime at);
    void forget_past(WallTime now);

    RoomKind kind_;
    bool is_there_;
    RoomSettings settings_;
    std::map<UserId, Standing> standings_;
    std::unordered_map<UserId, WallTime> spoke_at_;  // in slow mode
};

}  // namespace confab::chat
