#include "chat/hub.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "support/manual_clock.hpp"
#include "support/recording_bus.hpp"

namespace confab::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A connection in one room, as protocol v1 has it.
struct Membership {
    Membership(chat::Hub& hub, const RoomName& room, const std::shared_ptr<const chat::User>& user,
               EagerMember& member)
        : line(hub, member) {
        member.id = user->id;
        member.on_let_in = [&] { seat.emplace(hub, room, user, member); };
        hub.enter({{room, user, line.ticket(0)}, member.wire()});
    }
    bool publish(std::string_view body) {
        chat::LogEvent event;
        event.body = SharedBytes::copy_of(body);
        return seat->publish(std::move(event), line.ticket(0));
    }
    chat::Hub::Line line;
    std::optional<chat::Hub::Seat> seat;
};

class HubTest : public ::testing::Test {
  protected:
    HubTest() {
        bus_.sequencer = &sequencer_;
        bus_.fanout = &fanout_;
        bus_.hub = &hub_;
    }
    static std::shared_ptr<const chat::User> shared(const std::string& name) {
        return std::make_shared<const chat::User>(user(name));
    }

    ManualClock clock_;
    metrics::Shard metrics_;
    PlainEncoder encoder_;
    CountingLog log_;
    RecordingBus bus_;
    chat::Sequencer sequencer_{{.loops = 1}, bus_, encoder_, log_, clock_, metrics_};
    feed::Budget budget_{{}, metrics_};
    chat::Fanout fanout_{budget_, metrics_};
    NoRooms no_rooms_;
    chat::Hub hub_{0, fanout_, bus_, no_rooms_, 1};
};

TEST_F(HubTest, TheJoinerSeesItsOwnNoticeAndItsOwnMessages) {
    EagerMember alice;
    Membership member(hub_, room("general"), shared("Alice"), alice);
    EXPECT_TRUE(member.publish("hello"));
    EXPECT_THAT(alice.got, ElementsAre("Alice joined", "Alice: hello"));
}

TEST_F(HubTest, AMemberThatLeftHearsNothingAndTheOthersAreTold) {
    EagerMember alice;
    EagerMember bob;
    Membership stays(hub_, room("general"), shared("Alice"), alice);
    std::optional<Membership> leaves;
    leaves.emplace(hub_, room("general"), shared("Bob"), bob);
    alice.got.clear();
    bob.got.clear();
    leaves.reset();
    EXPECT_TRUE(stays.publish("bye"));
    EXPECT_THAT(alice.got, ElementsAre("Bob left", "Alice: bye"));
    EXPECT_THAT(bob.got, IsEmpty());
}

TEST_F(HubTest, TwoConnectionsOfOneUserAreOneMemberAndTwoDeliveries) {
    EagerMember first;
    EagerMember second;
    Membership a(hub_, room("general"), shared("Alice"), first);
    Membership b(hub_, room("general"), shared("Alice"), second);
    EXPECT_TRUE(a.publish("hi"));
    EXPECT_THAT(first.got, ElementsAre("Alice joined", "Alice: hi"));
    EXPECT_THAT(second.got, ElementsAre("Alice: hi"));
    EXPECT_EQ(metrics_.get(metrics::Id::room_members), 1);
}

TEST_F(HubTest, WhoSaidWhatWasNotStoredIsTold) {
    EagerMember alice;
    EagerMember bob;
    Membership talks(hub_, room("general"), shared("Alice"), alice);
    Membership listens(hub_, room("general"), shared("Bob"), bob);
    alice.got.clear();
    bob.got.clear();
    log_.full = true;
    EXPECT_TRUE(talks.publish("hi"));
    EXPECT_THAT(alice.got, ElementsAre("(log_busy)"));
    EXPECT_THAT(bob.got, IsEmpty());
}

TEST_F(HubTest, WhoHasGoneIsNotTold) {
    EagerMember alice;
    std::optional<Membership> member;
    member.emplace(hub_, room("general"), shared("Alice"), alice);
    EagerMember bob;
    Membership stays(hub_, room("general"), shared("Bob"), bob);
    log_.slow = true;
    EXPECT_TRUE(member->publish("hi"));
    member.reset();
    alice.got.clear();
    log_.answer(chat::log_busy());
    EXPECT_THAT(alice.got, IsEmpty());
}

TEST_F(HubTest, WhoEntersIsToldWhereTheRoomStandsAndHearsWhatComesBehind) {
    EagerMember alice;
    Membership talks(hub_, room("general"), shared("Alice"), alice);
    EXPECT_TRUE(talks.publish("before"));
    EagerMember bob;
    const chat::Hub::Line line(hub_, bob);
    bob.wants_seat = &fanout_;
    hub_.enter({{room("general"), shared("Bob"), line.ticket(5)}, chat::Wire::v1});
    EXPECT_TRUE(talks.publish("behind"));
    EXPECT_THAT(bob.got, ElementsAre("(entered 5 1)", "Bob joined", "Alice: behind"));
    bob.leave();
    bus_.leave(0, room("general"), shared("Bob"), chat::Wire::v1);
}

TEST_F(HubTest, WhoHasGoneWhileItEnteredIsNotCounted) {
    EagerMember bob;
    std::optional<chat::Hub::Line> line;
    line.emplace(hub_, bob);
    log_.slow = true;
    hub_.enter({{room("general"), shared("Bob"), line->ticket(5)}, chat::Wire::v1});
    line.reset();
    log_.answer_questions();
    EXPECT_THAT(bob.got, IsEmpty());
    EXPECT_EQ(sequencer_.room_count(), 0U);
    EXPECT_EQ(metrics_.get(metrics::Id::room_members), 0);
}

TEST_F(HubTest, WhoTakesNoSeatIsNotCounted) {
    EagerMember bob;
    const chat::Hub::Line line(hub_, bob);
    hub_.enter({{room("general"), shared("Bob"), line.ticket(5)}, chat::Wire::v1});
    EXPECT_THAT(bob.got, ElementsAre("(entered 5 0)"));
    EXPECT_EQ(sequencer_.room_count(), 0U);
}

TEST_F(HubTest, ARoomIsThereForTheNextWhoEntersThoughTheFirstHasGone) {
    EagerMember alice;
    EagerMember bob;
    const chat::Hub::Line first(hub_, alice);
    const chat::Hub::Line second(hub_, bob);
    log_.slow = true;
    hub_.enter({{room("general"), shared("Alice"), first.ticket(1)}, chat::Wire::v1});
    hub_.enter({{room("general"), shared("Bob"), second.ticket(2)}, chat::Wire::v1});
    log_.answer_questions();
    EXPECT_THAT(alice.got, ElementsAre("(entered 1 0)"));
    EXPECT_THAT(bob.got, ElementsAre("(entered 2 0)"));
    EXPECT_EQ(sequencer_.room_count(), 0U);
}

TEST_F(HubTest, APageComesBackToWhoAskedForIt) {
    EagerMember alice;
    Membership member(hub_, room("general"), shared("Alice"), alice);
    alice.got.clear();
    EXPECT_TRUE(member.seat->ask({.limit = 3}, member.line.ticket(8)));
    EXPECT_THAT(alice.got, ElementsAre("(page 8 0)"));
}

TEST_F(HubTest, MembersWhomTheRoomCannotNameHaveTheNameOfTheirAccount) {
    EagerMember alice;
    const chat::Hub::Line line(hub_, alice);
    no_rooms_.names = {{UserId("id-Carol"), "Carol"}, {UserId("id-Eve"), "Eve"}};
    chat::Members members;
    for (const char* name : {"Bob", "Carol", "Dan", "Eve"})
        members.some.push_back({UserId(std::string("id-") + name), {}, {}});
    members.some.front().name = "Bob";
    hub_.members(line.ticket(4), members);
    no_rooms_.is_busy = true;
    hub_.members(line.ticket(5), members);
    EXPECT_THAT(alice.got, ElementsAre("(members 4 Bob Carol id-Dan Eve)",
                                       "(members 5 Bob id-Carol id-Dan id-Eve)"));
}

TEST_F(HubTest, WhoHasGoneIsNotToldOfMembers) {
    EagerMember alice;
    chat::Ticket ticket;
    {
        const chat::Hub::Line line(hub_, alice);
        ticket = line.ticket(4);
    }
    hub_.members(ticket, chat::Members());
    EXPECT_THAT(alice.got, IsEmpty());
}

TEST(HomeOf, IsTheSameForTheSameNameAndUsesEveryLoop) {
    std::set<LoopIndex> used;
    for (int i = 0; i < 200; ++i) {
        const RoomName name = room("room-" + std::to_string(i));
        EXPECT_EQ(chat::home_of(name, 4), chat::home_of(name, 4));
        used.insert(chat::home_of(name, 4));
    }
    EXPECT_THAT(used, ElementsAre(0, 1, 2, 3));
}

}  // namespace
}  // namespace confab::test
