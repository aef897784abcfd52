#include "chat/room_access.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <tuple>

namespace confab::test {
namespace {

using chat::Append;
using chat::EventKind;
using chat::Right;
using chat::Role;
using chat::RoomAccess;
using chat::RoomChange;
using Action = RoomChange::Action;

constexpr WallTime kNow{std::chrono::hours(24 * 365 * 50)};

chat::User user(const std::string& name) {
    return {UserId(name), name, name == "staff"};
}

Append change(const std::string& by, RoomChange what, WallTime at = kNow) {
    Append append{*RoomName::parse("room"), {}, {}};
    append.event.kind = chat::kind_of(what.action);
    append.event.from = std::make_shared<const chat::User>(user(by));
    append.event.at = at;
    append.change = std::make_shared<const RoomChange>(std::move(what));
    return append;
}

Append said(const std::string& by, EventKind kind = EventKind::message, WallTime at = kNow) {
    Append append{*RoomName::parse("room"), {}, {}};
    append.event.kind = kind;
    append.event.from = std::make_shared<const chat::User>(user(by));
    append.event.at = at;
    return append;
}

std::string code(const std::optional<Error>& error) {
    return error ? std::string(error->code) : "";
}

// A room and what is done to it: what is refused is not done.
class Access {
  public:
    explicit Access(RoomKind kind) : access_(kind) {}
    std::string act(const Append& append) {
        const auto refused = access_.refusal(append);
        if (!refused) access_.apply(append);
        return code(refused);
    }
    std::string act(const std::string& by, const RoomChange& what, WallTime at = kNow) {
        return act(change(by, what, at));
    }
    std::string set_role(const std::string& by, const std::string& whom, Role role) {
        return act(by, {.action = Action::set_role, .subject = UserId(whom), .role = role});
    }
    std::string restrain(const std::string& by, Action action, const std::string& whom,
                         std::chrono::seconds duration = std::chrono::seconds(0)) {
        return act(by, {.action = action, .subject = UserId(whom), .duration = duration});
    }
    RoomAccess* operator->() { return &access_; }
    RoomAccess& operator*() { return access_; }

  private:
    RoomAccess access_;
};

// owner, moderator, member; and nobody.
Access private_room() {
    Access room(RoomKind::private_room);
    EXPECT_EQ(room.act("owner", {.action = Action::create}), "");
    EXPECT_EQ(room.set_role("owner", "moderator", Role::moderator), "");
    EXPECT_EQ(room.set_role("owner", "member", Role::member), "");
    return room;
}

Access public_room() {
    Access room(RoomKind::public_room);
    EXPECT_EQ(room.set_role("staff", "owner", Role::owner), "");
    EXPECT_EQ(room.set_role("staff", "moderator", Role::moderator), "");
    return room;
}

TEST(RoomAccess, APrivateRoomIsNotThereBeforeItIsMadeNorForStrangersAfterThat) {
    Access room(RoomKind::private_room);
    EXPECT_EQ(code(room->refusal(user("owner"), Right::hear, kNow)), "no_such_room");
    EXPECT_EQ(room.act(said("owner")), "no_such_room");
    EXPECT_EQ(room.act("owner", {.action = Action::create}), "");
    EXPECT_EQ(room.act("owner", {.action = Action::create}), "room_exists");
    EXPECT_EQ(code(room->refusal(user("owner"), Right::speak, kNow)), "");
    for (const char* stranger : {"nobody", "staff"}) {
        EXPECT_EQ(code(room->refusal(user(stranger), Right::hear, kNow)), "no_such_room");
        EXPECT_EQ(room.restrain(stranger, Action::kick, "owner"), "no_such_room");
        EXPECT_EQ(room.set_role(stranger, stranger, Role::owner), "no_such_room");
        EXPECT_EQ(room.act(said(stranger, EventKind::read_marker)), "no_such_room");
    }
}

TEST(RoomAccess, APublicRoomIsForEverybodyAndNobodyMakesIt) {
    Access room(RoomKind::public_room);
    EXPECT_EQ(code(room->refusal(user("nobody"), Right::speak, kNow)), "");
    EXPECT_EQ(room.act("staff", {.action = Action::create}), "not_allowed");
    EXPECT_EQ(room->role_of(user("nobody")), Role::member);
    EXPECT_EQ(room->role_of(user("staff")), Role::owner);
}

TEST(RoomAccess, ADirectRoomIsForTwoWhoAreEqual) {
    Access room(RoomKind::direct_room);
    EXPECT_EQ(room.act("a", {.action = Action::create, .subject = UserId("b")}), "");
    for (const char* one : {"a", "b"}) {
        EXPECT_EQ(code(room->refusal(user(one), Right::speak, kNow)), "");
        EXPECT_EQ(room.act(one, {.action = Action::configure, .is_read_only = true}),
                  "not_allowed");
        for (const Action action :
             {Action::kick, Action::ban, Action::unban, Action::mute, Action::unmute})
            EXPECT_EQ(room.restrain(one, action, "b", 1s), "not_allowed");
        EXPECT_EQ(room.set_role(one, one, Role::none), "not_allowed");
        EXPECT_FALSE(room->may_moderate(user(one)));
    }
    EXPECT_EQ(room.act(said("staff")), "no_such_room");
}

TEST(RoomAccess, EveryRoleMayDoToEveryOtherWhatTheTableSays) {
    // By whom, to whom, in a private room: kick and ban; role member; role moderator.
    struct Line {
        const char* by;
        const char* whom;
        const char* restrained;
        const char* to_member;
        const char* to_moderator;
    };
    constexpr Line kLines[] = {
        {"owner", "owner", "not_allowed", "last_owner", "last_owner"},
        {"owner", "moderator", "", "", ""},
        {"owner", "member", "", "", ""},
        {"moderator", "owner", "not_allowed", "not_allowed", "not_allowed"},
        {"moderator", "moderator", "not_allowed", "", ""},
        {"moderator", "member", "", "", "not_allowed"},
        {"member", "owner", "not_allowed", "not_allowed", "not_allowed"},
        {"member", "moderator", "not_allowed", "not_allowed", "not_allowed"},
        {"member", "member", "not_allowed", "", "not_allowed"},
    };
    for (const Line& line : kLines) {
        const std::string what = std::string(line.by) + " to " + line.whom;
        EXPECT_EQ(private_room().restrain(line.by, Action::kick, line.whom), line.restrained)
            << what;
        EXPECT_EQ(private_room().restrain(line.by, Action::ban, line.whom, 1s), line.restrained)
            << what;
        EXPECT_EQ(private_room().set_role(line.by, line.whom, Role::member), line.to_member)
            << what;
        EXPECT_EQ(private_room().set_role(line.by, line.whom, Role::moderator), line.to_moderator)
            << what;
        if (std::string_view(line.by) != "owner") {
            EXPECT_EQ(private_room().set_role(line.by, line.whom, Role::owner), "not_allowed")
                << what;
        }
    }
    EXPECT_EQ(private_room().set_role("moderator", "nobody", Role::member), "");
    EXPECT_EQ(private_room().set_role("moderator", "nobody", Role::moderator), "not_allowed");
    EXPECT_EQ(private_room().set_role("member", "nobody", Role::member), "not_allowed");
    EXPECT_EQ(private_room().set_role("owner", "nobody", Role::none), "no_such_member");
    EXPECT_EQ(private_room().restrain("owner", Action::kick, "nobody"), "no_such_member");
}

TEST(RoomAccess, InPublicRoomsOwnersGiveRolesAndModeratorsDoNot) {
    EXPECT_EQ(public_room().set_role("owner", "nobody", Role::moderator), "");
    EXPECT_EQ(public_room().set_role("moderator", "nobody", Role::moderator), "not_allowed");
    EXPECT_EQ(public_room().set_role("moderator", "nobody", Role::member), "not_allowed");
    EXPECT_EQ(public_room().restrain("moderator", Action::ban, "nobody", 1s), "");
    EXPECT_EQ(public_room().restrain("moderator", Action::ban, "owner", 1s), "not_allowed");
    EXPECT_EQ(public_room().restrain("staff", Action::ban, "owner", 1s), "not_allowed")
        << "who shall be banned loses his role first";
    Access room = public_room();
    EXPECT_EQ(room.set_role("staff", "owner", Role::none), "");
    EXPECT_EQ(room.restrain("staff", Action::ban, "owner", 1s), "");
    EXPECT_EQ(room.act("owner", {.action = Action::configure, .title = "x"}), "banned");
    EXPECT_EQ(room.act("staff", {.action = Action::configure, .title = "x"}), "not_allowed");
}

TEST(RoomAccess, ABanAndAMuteEndByThemselvesOrAreTakenBack) {
    Access room = public_room();
    EXPECT_EQ(room.restrain("moderator", Action::unban, "x"), "not_banned");
    EXPECT_EQ(room.restrain("moderator", Action::unmute, "x"), "not_muted");
    EXPECT_EQ(room.restrain("moderator", Action::ban, "x", 10s), "");
    EXPECT_EQ(room.restrain("moderator", Action::mute, "y", 10s), "");
    EXPECT_EQ(code(room->refusal(user("x"), Right::hear, kNow + 9s)), "banned");
    EXPECT_EQ(code(room->refusal(user("x"), Right::hear, kNow + 10s)), "");
    EXPECT_EQ(code(room->refusal(user("y"), Right::hear, kNow)), "");
    EXPECT_EQ(code(room->refusal(user("y"), Right::speak, kNow + 9s)), "muted");
    EXPECT_EQ(code(room->refusal(user("y"), Right::speak, kNow + 10s)), "");
    EXPECT_EQ(room.set_role("owner", "x", Role::moderator), "banned");
    EXPECT_EQ(room.restrain("moderator", Action::unban, "x"), "");
    EXPECT_EQ(room.restrain("moderator", Action::unmute, "y"), "");
    EXPECT_EQ(room->standings().size(), 2U) << "who is like everybody leaves no trace";
}

TEST(RoomAccess, WhoIsMutedTakesBackAndReadsButDoesNotSpeak) {
    Access room = public_room();
    EXPECT_EQ(room.restrain("moderator", Action::mute, "x", 10s), "");
    for (const EventKind kind :
         {EventKind::message, EventKind::edit, EventKind::reaction, EventKind::unreaction})
        EXPECT_EQ(room.act(said("x", kind)), "muted");
    EXPECT_EQ(room.act(said("x", EventKind::removal)), "");
    EXPECT_EQ(room.act(said("x", EventKind::read_marker)), "");
}

TEST(RoomAccess, OutOfAPrivateRoomMeansNoMemberAnyMore) {
    Access room = private_room();
    EXPECT_EQ(room.restrain("owner", Action::kick, "member"), "");
    EXPECT_EQ(code(room->refusal(user("member"), Right::hear, kNow)), "no_such_room");
    EXPECT_EQ(room.restrain("owner", Action::ban, "moderator", 10s), "");
    EXPECT_EQ(code(room->refusal(user("moderator"), Right::hear, kNow)), "no_such_room");
    EXPECT_EQ(room.set_role("owner", "moderator", Role::member), "banned");
    EXPECT_TRUE(RoomAccess::removes(RoomKind::public_room, {.action = Action::kick}));
    EXPECT_TRUE(RoomAccess::removes(RoomKind::private_room, {.action = Action::set_role}));
    EXPECT_FALSE(RoomAccess::removes(RoomKind::public_room, {.action = Action::set_role}));
    EXPECT_FALSE(RoomAccess::removes(RoomKind::private_room, {.action = Action::mute}));
}

TEST(RoomAccess, ABanThatWasOverWhenSomebodyWasLetInAgainDoesNotComeBackWithTheClock) {
    Access room = private_room();
    EXPECT_EQ(room.restrain("owner", Action::ban, "member", 10s), "");
    const RoomChange let_in{
        .action = Action::set_role, .subject = UserId("member"), .role = Role::member};
    EXPECT_EQ(room.act("owner", let_in, kNow + 9s), "banned");
    EXPECT_EQ(room.act("owner", let_in, kNow + 10s), "");
    EXPECT_EQ(code(room->refusal(user("member"), Right::hear, kNow + 5s)), "");
    EXPECT_EQ(room->standing_of(UserId("member"))->banned_until, WallTime{}) << "as it is stored";
}

TEST(RoomAccess, SlowModeSpacesTheMessagesOfMembersAlone) {
    Access room = public_room();
    EXPECT_EQ(room.act("moderator", {.action = Action::configure, .slow_mode = 30s}), "");
    EXPECT_EQ(room.act(said("x")), "");
    EXPECT_EQ(room.act(said("y")), "");
    EXPECT_EQ(room.act(said("x", EventKind::message, kNow + 29s)), "slow_mode");
    EXPECT_EQ(room->refusal(said("x", EventKind::message, kNow + 29s))->retry_after, 1s);
    EXPECT_EQ(room.act(said("x", EventKind::edit, kNow + 1s)), "");
    EXPECT_EQ(room.act(said("x", EventKind::message, kNow + 30s)), "");
    EXPECT_EQ(room.act(said("x", EventKind::message, kNow)), "") << "the clock was set back";
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(room.act(said("moderator")), "");
    EXPECT_EQ(room.act("moderator", {.action = Action::configure, .slow_mode = 0s}), "");
    EXPECT_EQ(room.act(said("x")), "");
}

TEST(RoomAccess, InAReadOnlyRoomModeratorsSpeak) {
    Access room = private_room();
    EXPECT_EQ(room.act("moderator", {.action = Action::configure, .is_read_only = true}), "");
    EXPECT_EQ(room.act(said("member")), "read_only");
    EXPECT_EQ(room.act(said("member", EventKind::reaction)), "read_only");
    EXPECT_EQ(room.act(said("member", EventKind::read_marker)), "");
    EXPECT_EQ(room.act(said("moderator")), "");
    EXPECT_EQ(room.act("member", {.action = Action::configure, .is_read_only = false}),
              "not_allowed");
}

TEST(RoomAccess, KnowsSoManyAndForgetsWhatIsPast) {
    Access room = public_room();
    std::size_t known = room->standings().size();
    for (; known < kRoomStandingsMax; ++known)
        EXPECT_EQ(room.restrain("moderator", Action::mute, "u" + std::to_string(known), 10s), "");
    EXPECT_EQ(room.restrain("moderator", Action::mute, "more", 10s), "too_many_members");
    EXPECT_EQ(room.set_role("owner", "more", Role::moderator), "too_many_members");
    EXPECT_EQ(room.restrain("moderator", Action::mute, "u500", 5s), "") << "he is known";
    const RoomChange mute{.action = Action::mute, .subject = UserId("u500"), .duration = 5s};
    EXPECT_EQ(room.act("moderator", mute, kNow + 11s), "");
    EXPECT_EQ(room->standings().size(), 3U);
    EXPECT_EQ(room.restrain("moderator", Action::mute, "more", 10s), "");
}

TEST(RoomAccess, WhatIsPastKeepsNobodyOut) {
    const Append later_mute =
        change("moderator", {.action = Action::mute, .subject = UserId("more"), .duration = 5s},
               kNow + 11s);
    const Append later_role = change(
        "owner", {.action = Action::set_role, .subject = UserId("more"), .role = Role::moderator},
        kNow + 11s);
    for (const Append& next : {later_mute, later_role}) {
        Access room = public_room();
        for (std::size_t known = room->standings().size(); known < kRoomStandingsMax; ++known)
            EXPECT_EQ(room.restrain("moderator", Action::ban, "u" + std::to_string(known), 10s),
                      "");
        EXPECT_EQ(room.act(next), "");
        EXPECT_EQ(room->standings().size(), 3U);
    }
}

TEST(RoomAccess, NobodyKeepsAModeratorOfTheServerOutOfAPublicRoom) {
    Access room = public_room();
    for (const Action action : {Action::mute, Action::ban})
        EXPECT_EQ(room.restrain("moderator", action, "staff", 10s), "");
    EXPECT_EQ(room.act(said("staff")), "");
    EXPECT_EQ(room.restrain("staff", Action::unban, "staff"), "");
    EXPECT_EQ(room.set_role("staff", "moderator", Role::none), "");
}

TEST(RoomAccess, NobodyGivesHimselfHisVoiceBack) {
    for (Access room : {public_room(), private_room()}) {
        EXPECT_EQ(room.restrain("owner", Action::mute, "moderator", 10s), "");
        EXPECT_EQ(room.restrain("moderator", Action::unmute, "moderator"), "not_allowed");
        EXPECT_EQ(room.restrain("owner", Action::unmute, "moderator"), "");
    }
}

TEST(RoomAccess, MembersAreToldInOrderAndTheRestrainedToModeratorsAlone) {
    Access room = private_room();
    EXPECT_EQ(room.restrain("owner", Action::mute, "member", 10s), "");
    EXPECT_EQ(room.restrain("owner", Action::ban, "evil", 10s), "");
    const auto seen_by = [&](const char* name, const chat::MembersRequest& request) {
        std::string text;
        const chat::Members members = room->members(user(name), request);
        for (const chat::Member& member : members.some) {
            text += std::string(member.user.text()) +
                    (member.standing.banned_until > kNow ? "!" : "") +
                    (member.standing.muted_until > kNow ? "?" : "") + " ";
        }
        return text + (members.end ? "end" : "more") + std::to_string(members.count);
    };
    EXPECT_EQ(seen_by("moderator", {}), "evil! member? moderator owner end3");
    EXPECT_EQ(seen_by("member", {}), "member moderator owner end3");
    EXPECT_EQ(seen_by("member", {.after = std::nullopt, .limit = 2}), "member moderator more3");
    EXPECT_EQ(seen_by("member", {.after = UserId("moderator"), .limit = 2}), "owner end3");
    EXPECT_EQ(room->members(user("member"), {}).own_role, Role::member);
}

// Invariants (1) and (4) of the class.
TEST(RoomAccess, WhateverIsDoneAPrivateRoomKeepsAnOwnerAndTheLastChangesMayComeTwice) {
    std::mt19937 random(20261128);
    const auto pick = [&](auto last) {
        return static_cast<unsigned>(std::uniform_int_distribution<int>(0, last)(random));
    };
    for (int run = 0; run < 200; ++run) {
        Access room = private_room();
        std::vector<Append> done;
        for (int step = 0; step < 40; ++step) {
            static constexpr const char* kNames[] = {"owner", "moderator", "member", "x", "y"};
            const RoomChange what{.action = static_cast<Action>(1 + pick(6)),
                                  .subject = UserId(kNames[pick(4)]),
                                  .role = static_cast<Role>(pick(3)),
                                  .duration = std::chrono::seconds(1 + pick(50)),
                                  .is_read_only = pick(1) == 1};
            const Append append = change(kNames[pick(4)], what, kNow + std::chrono::seconds(step));
            if (room.act(append).empty()) done.push_back(append);
            std::size_t members = 0;
            std::size_t owners = 0;
            for (const auto& [id, standing] : room->standings()) {
                members += standing.role >= Role::member ? 1 : 0;
                owners += standing.role == Role::owner ? 1 : 0;
            }
            ASSERT_TRUE(members == 0 || owners > 0) << "run " << run << ", step " << step;
        }
        if (done.empty()) continue;
        RoomAccess again = *room;
        for (std::size_t i = pick(static_cast<int>(done.size()) - 1); i < done.size(); ++i)
            again.apply(done[i]);
        // What is over says nothing.
        const auto in_force = [](const RoomAccess& access) {
            std::map<std::string, std::tuple<Role, WallTime, WallTime>> all;
            const WallTime end = kNow + 40s;
            for (const auto& [id, standing] : access.standings()) {
                if (RoomAccess::is_past(standing, end)) continue;
                all[std::string(id.text())] = {standing.role, std::max(standing.banned_until, end),
                                               std::max(standing.muted_until, end)};
            }
            return all;
        };
        EXPECT_EQ(in_force(again), in_force(*room)) << "run " << run;
        EXPECT_EQ(again.settings().is_read_only, room->settings().is_read_only);
    }
}

}  // namespace
}  // namespace confab::test
