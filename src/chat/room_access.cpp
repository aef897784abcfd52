#include "chat/room_access.hpp"

#include <algorithm>

namespace confab::chat {

using Action = RoomChange::Action;

namespace {

Error not_allowed() {
    return {ErrorKind::forbidden, "not_allowed", "your role in this room does not allow that"};
}

Error no_such_member() {
    return {ErrorKind::not_found, "no_such_member", "this user is no member of the room", "user"};
}

bool is_restrained(const Standing* standing, WallTime Standing::*until, WallTime now) {
    return standing != nullptr && now < standing->*until;
}

}  // namespace

Error no_such_room() {
    return {ErrorKind::not_found, "no_such_room", "there is no such room", "room"};
}

void RoomAccess::restore(RoomSettings settings) {
    settings_ = std::move(settings);
    is_there_ = true;
}

const Standing* RoomAccess::standing_of(const UserId& user) const {
    const auto found = standings_.find(user);
    return found == standings_.end() ? nullptr : &found->second;
}

Role RoomAccess::kept_role(const UserId& user) const {
    const Standing* standing = standing_of(user);
    return standing == nullptr ? Role::none : standing->role;
}

Role RoomAccess::role_of(const User& user) const {
    const Role kept = kept_role(user.id);
    if (kind_ != RoomKind::public_room) return kept;
    return std::max(kept, user.is_moderator ? Role::owner : Role::member);
}

std::optional<Error> RoomAccess::refusal(const User& user, Right right, WallTime now) const {
    const Role role = role_of(user);
    if (!is_there_ || role == Role::none) return no_such_room();
    const Standing* standing = standing_of(user.id);
    // In a public room nobody restrains a moderator of the server, whom the room need not know.
    if (role == Role::owner && kept_role(user.id) != Role::owner) return std::nullopt;
    if (is_restrained(standing, &Standing::banned_until, now)) {
        return Error(ErrorKind::forbidden, "banned", "you are banned from this room", "room");
    }
    if (right == Right::hear) return std::nullopt;
    if (is_restrained(standing, &Standing::muted_until, now)) {
        return Error(ErrorKind::forbidden, "muted", "you may not speak in this room", "room");
    }
    if (settings_.is_read_only && role < Role::moderator) {
        return Error(ErrorKind::forbidden, "read_only", "only moderators speak in this room",
                     "room");
    }
    return std::nullopt;
}

std::optional<Error> RoomAccess::refusal(const Append& append) const {
    const User& by = *append.event.from;
    const WallTime now = append.event.at;
    switch (append.event.kind) {
        case EventKind::message:
            if (const auto refused = refusal(by, Right::speak, now)) return refused;
            return speed_refusal(by, now);
        case EventKind::edit:
        case EventKind::reaction:
        case EventKind::unreaction:
            return refusal(by, Right::speak, now);
        case EventKind::removal:
        case EventKind::read_marker:
            return refusal(by, Right::hear, now);
        case EventKind::room:
        case EventKind::member:
        case EventKind::moderation:
            return refusal(by, *append.change, now);
    }
    return not_allowed();
}

// A clock that was set back must not keep anybody waiting for longer than the interval.
std::optional<Error> RoomAccess::speed_refusal(const User& user, WallTime now) const {
    if (settings_.slow_mode.count() == 0 || may_moderate(user)) return std::nullopt;
    const auto spoke = spoke_at_.find(user.id);
    if (spoke == spoke_at_.end() || now < spoke->second) return std::nullopt;
    const WallTime next = spoke->second + settings_.slow_mode;
    if (now >= next) return std::nullopt;
    return Error(ErrorKind::rate_limited, "slow_mode", "this room is in slow mode")
        .retry_in(std::chrono::ceil<std::chrono::milliseconds>(next - now));
}

std::optional<Error> RoomAccess::refusal(const User& by, const RoomChange& change,
                                         WallTime now) const {
    if (change.action == Action::create) {
        if (kind_ == RoomKind::public_room) return not_allowed();
        if (!is_there_) return std::nullopt;
        return Error(ErrorKind::conflict, "room_exists", "the room is there already");
    }
    if (const auto refused = refusal(by, Right::hear, now)) return refused;
    if (kind_ == RoomKind::direct_room) return not_allowed();
    if (change.action == Action::set_role) return set_role_refusal(by, change, now);
    if (!may_moderate(by)) return not_allowed();
    if (change.action != Action::configure) return restraint_refusal(by, change, now);
    const bool has_a_title = kind_ == RoomKind::private_room;
    if (change.title && !has_a_title) return not_allowed();
    return std::nullopt;
}

// Members are let in and out by moderators of private rooms, everything above that by owners.
std::optional<Error> RoomAccess::set_role_refusal(const User& by, const RoomChange& change,
                                                  WallTime now) const {
    const Role mine = role_of(by);
    const Role before = kept_role(change.subject);
    const bool is_own = change.subject == by.id;
    const bool lowers_itself = is_own && change.role <= before;
    const bool lets_in_or_out = kind_ == RoomKind::private_room && mine == Role::moderator &&
                                std::max(before, change.role) <= Role::member;
    const bool is_owner = mine == Role::owner && (!is_own || by.is_moderator);
    if (!lowers_itself && !lets_in_or_out && !is_owner) return not_allowed();
    if (change.role == Role::none && before == Role::none) return no_such_member();
    if (is_restrained(standing_of(change.subject), &Standing::banned_until, now)) {
        return Error(ErrorKind::conflict, "banned", "this user is banned from the room", "user");
    }
    if (change.role < Role::owner && leaves_no_owner(change)) {
        return Error(ErrorKind::conflict, "last_owner", "a room with members has an owner", "user");
    }
    if (!has_room_for(change.subject, now)) {
        return Error(ErrorKind::conflict, "too_many_members",
                     "this room has as many members as one may");
    }
    return std::nullopt;
}

// kick, ban, unban, mute, unmute
std::optional<Error> RoomAccess::restraint_refusal(const User& by, const RoomChange& change,
                                                   WallTime now) const {
    const Standing* standing = standing_of(change.subject);
    if (change.subject == by.id && kept_role(by.id) == role_of(by)) return not_allowed();
    if (change.action == Action::unban) {
        if (is_restrained(standing, &Standing::banned_until, now)) return std::nullopt;
        return Error(ErrorKind::not_found, "not_banned", "this user is not banned", "user");
    }
    if (change.action == Action::unmute) {
        if (is_restrained(standing, &Standing::muted_until, now)) return std::nullopt;
        return Error(ErrorKind::not_found, "not_muted", "this user is not muted", "user");
    }
    const Role subject = kept_role(change.subject);
    if (change.subject == by.id || subject >= role_of(by)) return not_allowed();
    const bool is_member = kind_ == RoomKind::public_room || subject != Role::none;
    if (change.action == Action::kick) {
        return is_member ? std::nullopt : std::optional(no_such_member());
    }
    if (!has_room_for(change.subject, now)) {
        return Error(ErrorKind::conflict, "too_many_members",
                     "this room knows as many users as one may");
    }
    return std::nullopt;
}

// The last one of all may go; then there is nobody who would need an owner.
bool RoomAccess::leaves_no_owner(const RoomChange& change) const {
    if (kind_ != RoomKind::private_room || kept_role(change.subject) != Role::owner) return false;
    const bool is_last_member = count_of(Role::member) == 1 && change.role == Role::none;
    return count_of(Role::owner) == 1 && !is_last_member;
}

// What is past goes when the next one comes.
bool RoomAccess::has_room_for(const UserId& user, WallTime now) const {
    if (standings_.size() < kRoomStandingsMax || standings_.contains(user)) return true;
    return std::any_of(standings_.begin(), standings_.end(),
                       [&](const auto& entry) { return is_past(entry.second, now); });
}

void RoomAccess::forget_past(WallTime now) {
    std::erase_if(standings_, [&](const auto& entry) { return is_past(entry.second, now); });
}

// Who is banned or muted is for moderators to know.
Members RoomAccess::members(const User& by, const MembersRequest& request) const {
    Members members;
    members.kind = kind_;
    members.settings = settings_;
    members.own_role = role_of(by);
    const bool sees_all = may_moderate(by);
    members.count = count_of(Role::member);
    members.end = true;
    auto next = request.after ? standings_.upper_bound(*request.after) : standings_.begin();
    for (; next != standings_.end(); ++next) {
        Member member{next->first, {}, next->second};
        if (!sees_all) member.standing = {.role = member.standing.role};
        if (!sees_all && member.standing.role == Role::none) continue;
        members.end = members.some.size() < request.limit;
        if (!members.end) break;
        members.some.push_back(std::move(member));
    }
    return members;
}

std::size_t RoomAccess::count_of(Role least) const {
    const auto has_it = [&](const auto& entry) { return entry.second.role >= least; };
    return static_cast<std::size_t>(std::count_if(standings_.begin(), standings_.end(), has_it));
}

bool RoomAccess::removes(RoomKind kind, const RoomChange& change) {
    switch (change.action) {
        case Action::kick:
        case Action::ban:
            return true;
        case Action::set_role:
            return change.role == Role::none && kind != RoomKind::public_room;
        default:
            return false;
    }
}

void RoomAccess::apply(const Append& append) {
    if (append.event.kind == EventKind::message) {
        note_message(append.event.from->id, append.event.at);
    } else if (append.change) {
        apply(*append.event.from, *append.change, append.event.at);
    }
}

void RoomAccess::note_message(const UserId& user, WallTime at) {
    if (settings_.slow_mode.count() == 0) return;
    if (spoke_at_.size() >= kSlowModeUsersMax) {
        std::erase_if(spoke_at_, [&](const auto& entry) {
            return entry.second + settings_.slow_mode <= at || at < entry.second;
        });
    }
    if (spoke_at_.size() < kSlowModeUsersMax) spoke_at_[user] = at;
}

void RoomAccess::apply(const User& by, const RoomChange& change, WallTime at) {
    switch (change.action) {
        case Action::create:
            is_there_ = true;
            configure(change);
            if (kind_ == RoomKind::private_room) return set_role(by.id, Role::owner);
            set_role(by.id, Role::member);
            return set_role(change.subject, Role::member);
        case Action::configure:
            return configure(change);
        case Action::set_role:
            forget_past(at);
            // The banned are refused it: a ban was over, and no clock that is set back revives it.
            standings_[change.subject].banned_until = {};
            return set_role(change.subject, change.role);
        case Action::ban:
            forget_past(at);
            standings_[change.subject].banned_until = at + change.duration;
            [[fallthrough]];
        case Action::kick:
            if (kind_ == RoomKind::private_room) set_role(change.subject, Role::none);
            return;
        case Action::mute:
            forget_past(at);
            standings_[change.subject].muted_until = at + change.duration;
            return;
        case Action::unban:
        case Action::unmute:
            if (const auto found = standings_.find(change.subject); found != standings_.end()) {
                const bool is_ban = change.action == Action::unban;
                (is_ban ? found->second.banned_until : found->second.muted_until) = {};
                set_role(change.subject, found->second.role);
            }
            return;
    }
}

void RoomAccess::configure(const RoomChange& change) {
    if (change.title) settings_.title = *change.title;
    if (change.is_read_only) settings_.is_read_only = *change.is_read_only;
    if (change.slow_mode) settings_.slow_mode = *change.slow_mode;
    if (settings_.slow_mode.count() == 0) spoke_at_.clear();
}

// Who is like everybody leaves no trace. In a public room that is a member.
void RoomAccess::set_role(const UserId& user, Role role) {
    const bool is_usual = kind_ == RoomKind::public_room && role == Role::member;
    Standing& standing = standings_[user];
    standing.role = is_usual ? Role::none : role;
    const bool is_restrained =
        standing.banned_until != WallTime{} || standing.muted_until != WallTime{};
    if (standing.role == Role::none && !is_restrained) standings_.erase(user);
}

}  // namespace confab::chat
