// The contract of chat::RoomLog, continued: who may do what in a room is decided when an event is
// stored, kept, and told with where the room stands. The rules are tested in
// tests/unit/chat/room_access_test.cpp.
#include "chat/room_access.hpp"

#include <gtest/gtest.h>

#include "support/room_log_contract.hpp"

namespace confab::test {
namespace {

using chat::EventKind;
using chat::Role;
using chat::RoomChange;
using Action = RoomChange::Action;

class RoomLogAccess : public RoomLogContract {
  protected:
    static constexpr const char* kPlans = "~pabcdefghijklmnopqrstuvwxyz";

    chat::Outcome act(const std::string& who, RoomChange change, const std::string& name = kPlans) {
        chat::LogEvent made = event("{}", who);
        made.kind = chat::kind_of(change.action);
        const std::size_t before = outcomes().size();
        EXPECT_TRUE(log().append({room(name),
                                  std::move(made),
                                  {},
                                  false,
                                  std::make_shared<const RoomChange>(std::move(change))}));
        loops().run_until([&] { return outcomes().size() > before; });
        return outcomes().back();
    }
    std::string code_of(const chat::Outcome& outcome) {
        return outcome.error ? std::string(outcome.error->code) : "";
    }
    std::string say(const std::string& who, const std::string& name = kPlans) {
        return code_of(append(name, event("text", who)));
    }
    // Ann owns it, Bob is a member.
    void make_plans() {
        open(kPlans);
        ASSERT_EQ(code_of(act("Ann", {.action = Action::create, .title = "Plans"})), "");
        ASSERT_EQ(code_of(act("Ann", {.action = Action::set_role,
                                      .subject = UserId("id-Bob"),
                                      .role = Role::member})),
                  "");
    }
};

TEST_P(RoomLogAccess, NothingIsStoredInARoomThatIsNotThere) {
    open(kPlans);
    EXPECT_EQ(say("Ann"), "no_such_room");
    EXPECT_EQ(code_of(act("Ann", {.action = Action::configure, .is_read_only = true})),
              "no_such_room");
    EXPECT_EQ(open(kPlans).head, 0U);
    EXPECT_EQ(rooms_on_disk(), 0);
}

TEST_P(RoomLogAccess, ARoomIsMadeByItsFirstEventAndOnce) {
    make_plans();
    EXPECT_EQ(outcomes().front().append.event.seq, 1U);
    EXPECT_EQ(code_of(act("Ann", {.action = Action::create})), "room_exists");
    EXPECT_EQ(say("Bob"), "");
    EXPECT_EQ(say("Eve"), "no_such_room");
    EXPECT_EQ(open(kPlans).head, 3U);
}

TEST_P(RoomLogAccess, WhoIsOutIsRefusedFromTheNextEventOn) {
    make_plans();
    const std::size_t before = outcomes().size();
    chat::LogEvent kick = event("{}", "Ann");
    kick.kind = EventKind::moderation;
    EXPECT_TRUE(log().append({room(kPlans), event("in time", "Bob"), {}}));
    EXPECT_TRUE(log().append({room(kPlans),
                              std::move(kick),
                              {},
                              false,
                              std::make_shared<const RoomChange>(RoomChange{
                                  .action = Action::kick, .subject = UserId("id-Bob")})}));
    EXPECT_TRUE(log().append({room(kPlans), event("too late", "Bob"), {}}));
    loops().run_until([&] { return outcomes().size() == before + 3; });
    EXPECT_EQ(code_of(outcomes()[before]), "");
    EXPECT_EQ(code_of(outcomes()[before + 1]), "");
    EXPECT_EQ(code_of(outcomes()[before + 2]), "no_such_room");
}

TEST_P(RoomLogAccess, TheStateOfARoomTellsWhoMayDoWhat) {
    EXPECT_FALSE(state(kPlans).access->is_there());
    make_plans();
    act("Ann", {.action = Action::mute, .subject = UserId("id-Bob"), .duration = 60s});
    act("Ann", {.action = Action::ban, .subject = UserId("id-Eve"), .duration = 60s});
    act("Ann", {.action = Action::configure, .is_read_only = true, .slow_mode = 9s});
    const chat::RoomState found = state(kPlans);
    EXPECT_EQ(found.log.head, 5U);
    EXPECT_TRUE(found.access->is_there());
    EXPECT_EQ(found.access->settings().title, "Plans");
    EXPECT_TRUE(found.access->settings().is_read_only);
    EXPECT_EQ(found.access->settings().slow_mode, 9s);
    EXPECT_EQ(found.access->standing_of(UserId("id-Ann"))->role, Role::owner);
    EXPECT_EQ(found.access->standing_of(UserId("id-Bob"))->role, Role::member);
    const WallTime now = from_unix_milliseconds(unix_milliseconds(clock_.wall_now()));
    EXPECT_EQ(found.access->standing_of(UserId("id-Bob"))->muted_until, now + 60s);
    EXPECT_EQ(found.access->standing_of(UserId("id-Eve"))->banned_until, now + 60s);
    EXPECT_EQ(found.access->standings().size(), 3U);
}

TEST_P(RoomLogAccess, DiskRemembersWhoMayDoWhat) {
    if (GetParam() == LogKind::memory) GTEST_SKIP() << "it forgets";
    make_plans();
    restart();
    open(kPlans);
    EXPECT_EQ(say("Bob"), "");
    EXPECT_EQ(say("Eve"), "no_such_room");
    EXPECT_EQ(code_of(act("Bob", {.action = Action::kick, .subject = UserId("id-Ann")})),
              "not_allowed");
    EXPECT_EQ(code_of(act("Ann", {.action = Action::kick, .subject = UserId("id-Bob")})), "");
    restart();
    open(kPlans);
    EXPECT_EQ(say("Bob"), "no_such_room");
}

TEST_P(RoomLogAccess, ARepetitionIsAnsweredThoughItsSenderMayNotSpeakAnyMore) {
    make_plans();
    chat::LogEvent first = event("once", "Bob");
    first.cid = new_cid();
    chat::LogEvent again = first;
    const Seq seq = append(kPlans, std::move(first)).append.event.seq;
    act("Ann", {.action = Action::mute, .subject = UserId("id-Bob"), .duration = 60s});
    const chat::Outcome outcome = append(kPlans, std::move(again));
    EXPECT_TRUE(outcome.repeated);
    EXPECT_EQ(code_of(outcome), "");
    EXPECT_EQ(outcome.append.event.seq, seq);
    EXPECT_EQ(say("Bob"), "muted");
}

TEST_P(RoomLogAccess, SlowModeAnswersARepetitionToo) {
    make_plans();
    act("Ann", {.action = Action::configure, .slow_mode = 60s});
    chat::LogEvent first = event("once", "Bob");
    first.cid = new_cid();
    chat::LogEvent again = first;
    EXPECT_EQ(code_of(append(kPlans, std::move(first))), "");
    EXPECT_TRUE(append(kPlans, std::move(again)).repeated);
    EXPECT_EQ(say("Bob"), "slow_mode");
    EXPECT_EQ(say("Ann"), "");
}

TEST_P(RoomLogAccess, ModeratorsDeleteWhatOthersSaidAndDoNotEditIt) {
    make_plans();
    const Seq seq = append(kPlans, event("spam", "Bob")).append.event.seq;
    chat::LogEvent edit = event("ham", "Ann");
    edit.kind = EventKind::edit;
    edit.target = seq;
    EXPECT_EQ(code_of(append(kPlans, std::move(edit))), "not_author");
    chat::LogEvent removal = event("", "Ann");
    removal.kind = EventKind::removal;
    removal.target = seq;
    EXPECT_EQ(code_of(append(kPlans, std::move(removal))), "");
}

INSTANTIATE_TEST_SUITE_P(Log, RoomLogAccess, ::testing::Values(LogKind::memory, LogKind::sqlite),
                         kind_name);

}  // namespace
}  // namespace confab::test
