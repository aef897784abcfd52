#include "chat/sequencer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/manual_clock.hpp"
#include "support/recording_bus.hpp"

namespace confab::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SequencerTest : public ::testing::Test {
  protected:
    static constexpr std::size_t kLoops = 3;

    ManualClock clock_;
    metrics::Shard metrics_;
    PlainEncoder encoder_;
    CountingLog log_;
    RecordingBus bus_;
    chat::Sequencer sequencer_{
        {.loops = kLoops, .notice_merge_users = 3}, bus_, encoder_, log_, clock_, metrics_};
    chat::Asker asker(const std::string& name, LoopIndex loop) {
        return {general_,
                std::make_shared<const chat::User>(user(name)),
                {.loop = loop, .connection = 9, .command = 1}};
    }
    chat::Entry entry(const std::string& name, LoopIndex loop) {
        return {asker(name, loop), chat::Wire::v1};
    }
    // Comes in, with nothing in between; only what the others hear of it is written down.
    void join(const RoomName& name, const chat::User& who, LoopIndex from, chat::Wire wire) {
        sequencer_.enter({{name, std::make_shared<const chat::User>(who), {.loop = from}}, wire});
        std::erase_if(bus_.record, [](const std::string& line) {
            return line.find(" entered ") != std::string::npos;
        });
    }
    chat::Append from_outside(const std::string& name, std::string_view body) {
        chat::Append append = said(general_, name, body);
        append.from_outside = true;
        return append;
    }
    const RoomName general_ = room("general");
};

TEST_F(SequencerTest, AUserJoinsWithTheFirstConnectionAndLeavesWithTheLast) {
    join(general_, user("Alice"), 0, chat::Wire::v1);
    EXPECT_THAT(bus_.take(), ElementsAre("0 general Alice joined"));
    join(general_, user("Bob"), 0, chat::Wire::v1);
    EXPECT_THAT(bus_.take(), ElementsAre("0 general Bob joined"));
    join(general_, user("Alice"), 0, chat::Wire::v1);
    EXPECT_THAT(bus_.take(), IsEmpty());
    sequencer_.leave(general_, user("Alice"), 0, chat::Wire::v1);
    EXPECT_THAT(bus_.take(), IsEmpty());
    sequencer_.leave(general_, user("Alice"), 0, chat::Wire::v1);
    EXPECT_THAT(bus_.take(), ElementsAre("0 general Alice left"));
}

TEST_F(SequencerTest, ARoomIsRemovedWhenItsLastUserLeaves) {
    join(general_, user("Alice"), 0, chat::Wire::v1);
    join(room("other"), user("Alice"), 0, chat::Wire::v1);
    EXPECT_EQ(sequencer_.room_count(), 2U);
    EXPECT_EQ(metrics_.get(metrics::Id::rooms), 2);
    bus_.take();
    sequencer_.leave(general_, user("Alice"), 0, chat::Wire::v1);
    EXPECT_THAT(bus_.take(), IsEmpty()) << "nobody is left to be told";
    EXPECT_EQ(sequencer_.room_count(), 1U);
    EXPECT_EQ(metrics_.get(metrics::Id::rooms), 1);
    EXPECT_EQ(metrics_.get(metrics::Id::room_members), 1);
}

TEST_F(SequencerTest, AMessageIsEncodedOnceAndHandedOncePerInterestedLoop) {
    join(general_, user("Alice"), 0, chat::Wire::v1);
    join(general_, user("Bob"), 2, chat::Wire::v1);
    join(general_, user("Bob"), 2, chat::Wire::v1);
    bus_.take();
    const int before = encoder_.encoded;
    sequencer_.publish(said(general_, "Bob", "hi"));
    EXPECT_EQ(encoder_.encoded, before + 1);
    EXPECT_THAT(bus_.take(), ElementsAre("0 general Bob: hi", "2 general Bob: hi"));
}

TEST_F(SequencerTest, AMessageToARoomThatIsGoneIsDropped) {
    sequencer_.publish(said(general_, "Bob", "hi"));
    EXPECT_THAT(bus_.take(), IsEmpty());
    EXPECT_EQ(metrics_.get(metrics::Id::messages), 0);
}

TEST_F(SequencerTest, AMessageIsDeliveredWhenTheLogHasIt) {
    join(general_, user("Alice"), 0, chat::Wire::v1);
    bus_.take();
    log_.slow = true;
    sequencer_.publish(said(general_, "Alice", "one"));
    sequencer_.publish(said(general_, "Alice", "two"));
    EXPECT_THAT(bus_.take(), IsEmpty());
    EXPECT_EQ(metrics_.get(metrics::Id::messages), 0);
    log_.answer();
    EXPECT_THAT(bus_.take(), ElementsAre("0 general Alice: one", "0 general Alice: two"));
    EXPECT_EQ(metrics_.get(metrics::Id::messages), 2);
}

TEST_F(SequencerTest, AMessageThatWasNotStoredIsDeliveredToNobodyAndItsSenderIsTold) {
    join(general_, user("Alice"), 0, chat::Wire::v1);
    bus_.take();
    log_.slow = true;
    sequencer_.publish(said(general_, "Alice", "hi", {.loop = 2, .connection = 9}));
    log_.answer(chat::log_busy());
    EXPECT_THAT(bus_.take(), ElementsAre("2 answer 9 log_busy"));
}

TEST_F(SequencerTest, AFullLogRefusesAtOnce) {
    join(general_, user("Alice"), 0, chat::Wire::v1);
    bus_.take();
    log_.full = true;
    sequencer_.publish(said(general_, "Alice", "hi", {.loop = 0, .connection = 9}));
    EXPECT_THAT(bus_.take(), ElementsAre("0 answer 9 log_busy"));
}

TEST_F(SequencerTest, OnlyACommandIsToldThatItWasStored) {
    join(general_, user("Alice"), 0, chat::Wire::v1);
    bus_.take();
    sequencer_.publish(said(general_, "Alice", "v1", {.loop = 1, .connection = 9}));
    sequencer_.publish(said(general_, "Alice", "v2", {.loop = 1, .connection = 9, .command = 4}));
    EXPECT_THAT(bus_.take(),
                ElementsAre("0 general Alice: v1", "0 general Alice: v2", "1 answer 9 stored"));
}

TEST_F(SequencerTest, ARoomStaysUntilWhatWasSaidInItIsStored) {
    join(general_, user("Alice"), 0, chat::Wire::v1);
    log_.slow = true;
    sequencer_.publish(said(general_, "Alice", "hi"));
    sequencer_.leave(general_, user("Alice"), 0, chat::Wire::v1);
    EXPECT_EQ(sequencer_.room_count(), 1U);
    bus_.take();
    log_.answer();
    EXPECT_THAT(bus_.take(), IsEmpty()) << "nobody is there to hear it";
    EXPECT_EQ(metrics_.get(metrics::Id::messages), 1);
    EXPECT_EQ(sequencer_.room_count(), 0U);
    EXPECT_THAT(log_.record, ElementsAre("open general", "close general"));
}

// The log has stored it and says so, but the event itself is still on its way to the home.
TEST_F(SequencerTest, NobodyIsLetInAheadOfWhatWasHandedOver) {
    log_.slow = true;
    sequencer_.publish(from_outside("Alice", "one"));
    sequencer_.enter(entry("Bob", 1));
    log_.answer_questions();
    EXPECT_THAT(bus_.take(), IsEmpty()) << "at head 1 Bob would hear event 1 once more";
    log_.answer();
    EXPECT_THAT(bus_.take(), ElementsAre("1 entered general 1", "1 general Bob joined"));
}

TEST_F(SequencerTest, WhatIsRefusedHoldsNobodyUp) {
    log_.heads["general"] = 7;
    log_.slow = true;
    sequencer_.publish(from_outside("Alice", "one"));
    sequencer_.enter(entry("Bob", 1));
    log_.answer_questions();
    EXPECT_THAT(bus_.take(), IsEmpty());
    log_.answer(chat::log_busy());
    EXPECT_THAT(bus_.take(), testing::Contains("1 entered general 8"));
}

TEST_F(SequencerTest, NobodyBeginsToListenOnALoopThatLostADelivery) {
    sequencer_.enter(entry("Alice", 0));
    sequencer_.enter(entry("Bob", 1));
    bus_.full.insert(1);
    sequencer_.publish(said(general_, "Alice", "lost"));
    bus_.full.clear();
    bus_.take();
    sequencer_.enter(entry("Carol", 1));
    EXPECT_THAT(bus_.take(), ElementsAre("1 entered general log_busy"));
    sequencer_.evicted(general_, 1);
    sequencer_.enter(entry("Carol", 1));
    EXPECT_THAT(bus_.take(), testing::Contains("1 entered general 1"));
}

TEST_F(SequencerTest, WhoEntersIsAnsweredWhenTheLogHasSaidWhereTheRoomStands) {
    log_.heads["general"] = 41;
    log_.slow = true;
    sequencer_.enter(entry("Alice", 1));
    sequencer_.enter(entry("Bob", 2));
    EXPECT_THAT(bus_.take(), IsEmpty());
    EXPECT_EQ(log_.questions.size(), 1U) << "the log is asked once";
    log_.answer_questions();
    EXPECT_THAT(bus_.take(), ElementsAre("1 entered general 41", "1 general Alice joined",
                                         "2 entered general 41", "1 general Bob joined",
                                         "2 general Bob joined"));
    sequencer_.enter(entry("Carol", 0));
    EXPECT_THAT(bus_.take(), testing::Contains("0 entered general 41"));
}

TEST_F(SequencerTest, TheRoomStandsAtWhatWasHandedOverLast) {
    sequencer_.enter(entry("Alice", 0));
    sequencer_.publish(said(general_, "Alice", "hi"));
    sequencer_.publish(said(general_, "Alice", "hi"));
    bus_.take();
    sequencer_.enter(entry("Bob", 1));
    EXPECT_THAT(bus_.take(), testing::Contains("1 entered general 2"));
}

// The log was asked before it had stored what was handed over since.
TEST_F(SequencerTest, AnOldAnswerOfTheLogTakesNothingBack) {
    log_.slow = true;
    sequencer_.enter(entry("Bob", 1));
    log_.slow = false;
    sequencer_.publish(from_outside("Alice", "hi"));
    log_.heads["general"] = 0;
    bus_.take();
    log_.answer_questions();
    EXPECT_THAT(bus_.take(), testing::Contains("1 entered general 1"));
}

TEST_F(SequencerTest, ALogThatCannotSayWhereTheRoomStandsLetsNobodyIn) {
    log_.fails = true;
    sequencer_.enter(entry("Alice", 1));
    EXPECT_THAT(bus_.take(), ElementsAre("1 entered general log_busy"));
    EXPECT_EQ(sequencer_.room_count(), 0U);
    EXPECT_THAT(log_.record, ElementsAre("open general", "close general"));
    log_.fails = false;
    sequencer_.enter(entry("Alice", 1));
    EXPECT_THAT(bus_.take(), testing::Contains("1 entered general 0"));
}

TEST_F(SequencerTest, WhoAsksAgainFromItsRefusalGetsAnAnswerOfItsOwn) {
    log_.slow = log_.fails = true;
    sequencer_.ask({}, asker("Alice", 1));
    bus_.on_paged = [&] { sequencer_.ask({}, asker("Alice", 1)); };
    log_.answer_questions();
    EXPECT_THAT(bus_.take(), ElementsAre("1 page of general log_busy"));
    log_.slow = log_.fails = false;
    log_.answer_questions();
    EXPECT_THAT(bus_.take(), ElementsAre("1 page of general"));
    EXPECT_EQ(sequencer_.room_count(), 0U);
}

TEST_F(SequencerTest, ARoomSomebodyIsAboutToEnterStays) {
    log_.slow = true;
    sequencer_.enter(entry("Bob", 1));
    log_.slow = false;
    sequencer_.publish(from_outside("Alice", "hi"));
    EXPECT_EQ(sequencer_.room_count(), 1U);
    log_.answer_questions();
    EXPECT_THAT(bus_.take(), testing::Contains("1 entered general 1"));
}

TEST_F(SequencerTest, APageEndsAtWhatWasHandedOver) {
    sequencer_.enter(entry("Alice", 0));
    sequencer_.publish(said(general_, "Alice", "hi"));
    sequencer_.ask({.before = 100}, asker("Alice", 2));
    sequencer_.ask({.before = 1}, asker("Alice", 2));
    ASSERT_EQ(log_.pages.size(), 2U);
    EXPECT_EQ(std::pair(log_.pages[0].before, log_.pages[0].as_of), std::pair(Seq{2}, Seq{1}));
    EXPECT_EQ(log_.pages[1].before, 1U);
    EXPECT_THAT(bus_.take(), testing::Contains("2 page of general").Times(2));
}

TEST_F(SequencerTest, WhoSpeaksFromOutsideOpensTheRoomForItsEvent) {
    auto append = said(general_, "Bot", "hi", {.loop = 1, .connection = 9, .command = 1});
    append.from_outside = true;
    sequencer_.publish(append);
    EXPECT_THAT(bus_.take(), ElementsAre("1 answer 9 stored"));
    EXPECT_THAT(log_.record, ElementsAre("open general", "close general"));
    EXPECT_EQ(sequencer_.room_count(), 0U);
}

TEST_F(SequencerTest, TellsWhoIsInTheRoom) {
    sequencer_.ask_present(asker("Alice", 1));
    join(general_, user("Alice"), 0, chat::Wire::v1);
    join(general_, user("Alice"), 1, chat::Wire::v1);
    join(general_, user("Bob"), 1, chat::Wire::v1);
    bus_.take();
    sequencer_.ask_present(asker("Alice", 1));
    EXPECT_THAT(bus_.take(), ElementsAre("1 present in general: 2 Alice Bob"));
    for (std::size_t i = 0; i < kPresentMax; ++i)
        join(general_, user("user " + std::to_string(i)), 0, chat::Wire::v1);
    bus_.take();
    sequencer_.ask_present(asker("Alice", 1));
    const std::string told = bus_.take().back();
    EXPECT_TRUE(told.starts_with("1 present in general: 102 ")) << "the count is true";
}

TEST_F(SequencerTest, TypingIsPassedOnNowAndThen) {
    join(general_, user("Alice"), 0, chat::Wire::v1);
    bus_.take();
    sequencer_.typing(general_, user("Alice"));
    sequencer_.typing(general_, user("Alice"));
    EXPECT_THAT(bus_.take(), ElementsAre("0 general Alice types"));
    clock_.advance(kTypingInterval);
    sequencer_.typing(general_, user("Alice"));
    EXPECT_THAT(bus_.take(), ElementsAre("0 general Alice types"));
    sequencer_.typing(general_, user("Mallory"));
    sequencer_.typing(room("elsewhere"), user("Alice"));
    EXPECT_THAT(bus_.take(), testing::IsEmpty()) << "only who is in the room types in it";
}

TEST_F(SequencerTest, TypingOfManyIsBoundedForARoom) {
    for (std::uint32_t i = 0; i < 3 * kTypingPerRoom; ++i)
        join(general_, user("user " + std::to_string(i)), 0, chat::Wire::v1);
    bus_.take();
    for (std::uint32_t i = 0; i < 3 * kTypingPerRoom; ++i)
        sequencer_.typing(general_, user("user " + std::to_string(i)));
    EXPECT_EQ(bus_.take().size(), kTypingPerRoom);
}

TEST_F(SequencerTest, TheLogKnowsWhichRoomsAreOpen) {
    join(general_, user("Alice"), 0, chat::Wire::v1);
    join(general_, user("Bob"), 1, chat::Wire::v1);
    sequencer_.leave(general_, user("Alice"), 0, chat::Wire::v1);
    EXPECT_THAT(log_.record, ElementsAre("open general"));
    sequencer_.leave(general_, user("Bob"), 1, chat::Wire::v1);
    EXPECT_THAT(log_.record, ElementsAre("open general", "close general"));
}

TEST_F(SequencerTest, RoomsDoNotHearEachOther) {
    join(general_, user("Alice"), 0, chat::Wire::v1);
    join(room("other"), user("Bob"), 1, chat::Wire::v1);
    bus_.take();
    sequencer_.publish(said(general_, "Alice", "hi"));
    EXPECT_THAT(bus_.take(), ElementsAre("0 general Alice: hi"));
}

TEST_F(SequencerTest, BigRoomsMergeNotices) {
    for (const char* name : {"Alice", "Bob", "Carol"}) {
        join(general_, user(name), 0, chat::Wire::v1);
    }
    bus_.take();
    join(general_, user("Dave"), 0, chat::Wire::v1);
    join(general_, user("Eve"), 0, chat::Wire::v1);
    sequencer_.leave(general_, user("Alice"), 0, chat::Wire::v1);
    EXPECT_THAT(bus_.take(), IsEmpty());
    sequencer_.flush_notices();
    EXPECT_THAT(bus_.take(), ElementsAre("0 general 2 joined", "0 general Alice left"));
    sequencer_.flush_notices();
    EXPECT_THAT(bus_.take(), IsEmpty());
}

TEST_F(SequencerTest, MergedNoticesOfARoomThatIsGoneAreForgotten) {
    for (const char* name : {"Alice", "Bob", "Carol", "Dave"}) {
        join(general_, user(name), 0, chat::Wire::v1);
    }
    for (const char* name : {"Alice", "Bob", "Carol", "Dave"}) {
        sequencer_.leave(general_, user(name), 0, chat::Wire::v1);
    }
    join(general_, user("Eve"), 0, chat::Wire::v1);
    EXPECT_THAT(bus_.take(), testing::Contains("0 general Eve joined"));
    sequencer_.flush_notices();
    EXPECT_THAT(bus_.take(), IsEmpty());
}

TEST_F(SequencerTest, ALoopThatLostADeliveryHearsNothingUntilItsMembersAreEvicted) {
    join(general_, user("Alice"), 0, chat::Wire::v1);
    join(general_, user("Bob"), 1, chat::Wire::v1);
    bus_.take();
    bus_.full.insert(1);
    sequencer_.publish(said(general_, "Alice", "lost"));
    EXPECT_THAT(bus_.take(), ElementsAre("0 general Alice: lost", "1 general evict"));
    bus_.full.clear();
    sequencer_.publish(said(general_, "Alice", "after the hole"));
    EXPECT_THAT(bus_.take(), ElementsAre("0 general Alice: after the hole"));
    // Somebody joins there before the evicted have left: only the eviction itself ends the silence.
    sequencer_.evicted(general_, 1);
    join(general_, user("Carol"), 1, chat::Wire::v1);
    EXPECT_THAT(bus_.take(), ElementsAre("0 general Carol joined", "1 general Carol joined"));
    sequencer_.leave(general_, user("Bob"), 1, chat::Wire::v1);
    bus_.take();
    sequencer_.publish(said(general_, "Alice", "all hear"));
    EXPECT_THAT(bus_.take(), ElementsAre("0 general Alice: all hear", "1 general Alice: all hear"));
}

TEST_F(SequencerTest, AnEventIsEncodedForTheWiresThatSomebodyIsOn) {
    join(general_, user("Alice"), 0, chat::Wire::v1);
    EXPECT_THAT(bus_.take_wires(), ElementsAre("Alice joined|"));
    join(general_, user("Bob"), 0, chat::Wire::v1_deflated);
    EXPECT_THAT(bus_.take_wires(), ElementsAre("Bob joined|[Bob joined]"));
    join(general_, user("Bob"), 0, chat::Wire::v1_deflated);
    sequencer_.leave(general_, user("Bob"), 0, chat::Wire::v1_deflated);
    sequencer_.publish(said(general_, "Alice", "both"));
    EXPECT_THAT(bus_.take_wires(), ElementsAre("Alice: both|[Alice: both]"))
        << "one connection is still on it";
    sequencer_.leave(general_, user("Bob"), 0, chat::Wire::v1_deflated);
    EXPECT_THAT(bus_.take_wires(), ElementsAre("Bob left|"));
    sequencer_.publish(said(general_, "Alice", "plain"));
    EXPECT_THAT(bus_.take_wires(), ElementsAre("Alice: plain|"));
}

TEST_F(SequencerTest, AWireOfOneRoomIsNotEncodedForAnother) {
    join(general_, user("Alice"), 0, chat::Wire::v1);
    join(room("other"), user("Bob"), 0, chat::Wire::v1_deflated);
    EXPECT_THAT(bus_.take_wires(), ElementsAre("Alice joined|", "|[Bob joined]"));
}

TEST_F(SequencerTest, MergedNoticesAreEncodedForTheWiresOfTheMomentTheyAreSent) {
    for (const char* name : {"Alice", "Bob", "Carol", "Dave"})
        join(general_, user(name), 0, chat::Wire::v1);
    sequencer_.leave(general_, user("Carol"), 0, chat::Wire::v1);
    join(general_, user("Carol"), 0, chat::Wire::v1_deflated);
    bus_.take_wires();
    sequencer_.flush_notices();
    const auto wires = bus_.take_wires();
    ASSERT_FALSE(wires.empty());
    for (const std::string& both : wires)
        EXPECT_FALSE(both.starts_with("|") || both.ends_with("|")) << both;
}

class PrivateRoom : public SequencerTest {
  protected:
    // Alice owns it, Bob is a member, and both are in it, on loops 0 and 1.
    PrivateRoom() {
        chat::RoomAccess access(RoomKind::private_room);
        access.restore(chat::RoomSettings{});
        access.restore(UserId("id-Alice"), {.role = chat::Role::owner});
        access.restore(UserId("id-Bob"), {.role = chat::Role::member});
        log_.access.emplace(std::string(plans_.text()), std::move(access));
        join(plans_, user("Alice"), 0, chat::Wire::v1);
        join(plans_, user("Bob"), 1, chat::Wire::v1);
        bus_.take();
    }
    chat::Asker in_plans(const std::string& name, LoopIndex loop) {
        chat::Asker made = asker(name, loop);
        made.room = plans_;
        return made;
    }
    void take_out(const std::string& name) {
        chat::Append append = said(plans_, "Alice", "out");
        append.from_outside = true;
        append.event.kind = chat::EventKind::moderation;
        append.change = std::make_shared<const chat::RoomChange>(chat::RoomChange{
            .action = chat::RoomChange::Action::kick, .subject = UserId("id-" + name)});
        sequencer_.publish(append);
    }
    const RoomName plans_ = RoomName::made(RoomKind::private_room, "seventeen bytes!!!");
};

TEST_F(PrivateRoom, WhoIsNoMemberIsToldNothingOfIt) {
    sequencer_.enter({in_plans("Eve", 2), chat::Wire::v1});
    sequencer_.ask({}, in_plans("Eve", 2));
    sequencer_.ask_present(in_plans("Eve", 2));
    sequencer_.ask_members({}, in_plans("Eve", 2));
    const std::string name(plans_.text());
    EXPECT_THAT(
        bus_.take(),
        ElementsAre("2 entered " + name + " no_such_room", "2 page of " + name + " no_such_room",
                    "2 present in " + name + ": no_such_room", "2 members: no_such_room"));
    EXPECT_TRUE(log_.pages.empty()) << "nothing is read for who may not read it";
    sequencer_.typing(plans_, user("Eve"));
    EXPECT_THAT(bus_.take(), IsEmpty());
}

TEST_F(PrivateRoom, MembersAreLetInAndToldWhoElseIsOne) {
    sequencer_.enter({in_plans("Bob", 2), chat::Wire::v1});
    sequencer_.ask_members({}, in_plans("Bob", 2));
    EXPECT_THAT(bus_.take(), ElementsAre("2 entered " + std::string(plans_.text()) + " 0",
                                         "2 members: id-Alice=ownerAlice id-Bob=memberBob"));
}

TEST_F(PrivateRoom, WhoIsTakenOutLeavesOnEveryLoopBeforeTheNextEvent) {
    const std::string name(plans_.text());
    take_out("Bob");
    sequencer_.publish(said(plans_, "Alice", "at last"));
    EXPECT_THAT(
        bus_.take(),
        ElementsAre("0 " + name + " Alice: out", "1 " + name + " Alice: out",
                    "0 " + name + " remove id-Bob by 1", "1 " + name + " remove id-Bob by 1",
                    "0 " + name + " Alice: at last", "1 " + name + " Alice: at last"));
    sequencer_.enter({in_plans("Bob", 2), chat::Wire::v1});
    EXPECT_THAT(bus_.take(), ElementsAre("2 entered " + name + " no_such_room"));
}

TEST_F(PrivateRoom, AChangeThatIsOnItsWayWhileTheRoomIsLearnedIsNotForgotten) {
    sequencer_.leave(plans_, user("Alice"), 0, chat::Wire::v1);
    sequencer_.leave(plans_, user("Bob"), 1, chat::Wire::v1);
    bus_.take();
    log_.slow = true;
    take_out("Bob");
    sequencer_.enter({in_plans("Bob", 2), chat::Wire::v1});
    log_.answer_questions();  // with what was before
    log_.answer();
    EXPECT_THAT(bus_.take(),
                ElementsAre("2 entered " + std::string(plans_.text()) + " no_such_room"));
}

TEST_F(PrivateRoom, AChangeThatIsStoredWhileTheLogIsAskedIsNotForgotten) {
    sequencer_.leave(plans_, user("Alice"), 0, chat::Wire::v1);
    sequencer_.leave(plans_, user("Bob"), 1, chat::Wire::v1);
    log_.slow = true;
    sequencer_.enter({in_plans("Bob", 2), chat::Wire::v1});
    take_out("Bob");
    log_.answer();
    log_.heads.clear();  // it had read before it wrote
    log_.answer_questions();
    const std::string name(plans_.text());
    EXPECT_THAT(bus_.take(), testing::Contains("2 entered " + name + " no_such_room"));
}

}  // namespace
}  // namespace confab::test
