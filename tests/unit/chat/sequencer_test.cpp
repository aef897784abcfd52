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
    chat::Entry entry(const std::string& name, LoopIndex loop) {
        return {general_,
                std::make_shared<const chat::User>(user(name)),
                chat::Wire::v1,
                {.loop = loop, .connection = 9, .command = 1}};
    }
    const RoomName general_ = room("general");
};

TEST_F(SequencerTest, AUserJoinsWithTheFirstConnectionAndLeavesWithTheLast) {
    sequencer_.join(general_, user("Alice"), 0, chat::Wire::v1);
    EXPECT_THAT(bus_.take(), ElementsAre("0 general Alice joined"));
    sequencer_.join(general_, user("Bob"), 0, chat::Wire::v1);
    EXPECT_THAT(bus_.take(), ElementsAre("0 general Bob joined"));
    sequencer_.join(general_, user("Alice"), 0, chat::Wire::v1);
    EXPECT_THAT(bus_.take(), IsEmpty());
    sequencer_.leave(general_, user("Alice"), 0, chat::Wire::v1);
    EXPECT_THAT(bus_.take(), IsEmpty());
    sequencer_.leave(general_, user("Alice"), 0, chat::Wire::v1);
    EXPECT_THAT(bus_.take(), ElementsAre("0 general Alice left"));
}

TEST_F(SequencerTest, ARoomIsRemovedWhenItsLastUserLeaves) {
    sequencer_.join(general_, user("Alice"), 0, chat::Wire::v1);
    sequencer_.join(room("other"), user("Alice"), 0, chat::Wire::v1);
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
    sequencer_.join(general_, user("Alice"), 0, chat::Wire::v1);
    sequencer_.join(general_, user("Bob"), 2, chat::Wire::v1);
    sequencer_.join(general_, user("Bob"), 2, chat::Wire::v1);
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
    sequencer_.join(general_, user("Alice"), 0, chat::Wire::v1);
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
    sequencer_.join(general_, user("Alice"), 0, chat::Wire::v1);
    bus_.take();
    log_.slow = true;
    sequencer_.publish(said(general_, "Alice", "hi", {.loop = 2, .connection = 9}));
    log_.answer(chat::log_busy());
    EXPECT_THAT(bus_.take(), ElementsAre("2 answer 9 log_busy"));
}

TEST_F(SequencerTest, AFullLogRefusesAtOnce) {
    sequencer_.join(general_, user("Alice"), 0, chat::Wire::v1);
    bus_.take();
    log_.full = true;
    sequencer_.publish(said(general_, "Alice", "hi", {.loop = 0, .connection = 9}));
    EXPECT_THAT(bus_.take(), ElementsAre("0 answer 9 log_busy"));
}

TEST_F(SequencerTest, OnlyACommandIsToldThatItWasStored) {
    sequencer_.join(general_, user("Alice"), 0, chat::Wire::v1);
    bus_.take();
    sequencer_.publish(said(general_, "Alice", "v1", {.loop = 1, .connection = 9}));
    sequencer_.publish(said(general_, "Alice", "v2", {.loop = 1, .connection = 9, .command = 4}));
    EXPECT_THAT(bus_.take(),
                ElementsAre("0 general Alice: v1", "0 general Alice: v2", "1 answer 9 stored"));
}

TEST_F(SequencerTest, ARoomStaysUntilWhatWasSaidInItIsStored) {
    sequencer_.join(general_, user("Alice"), 0, chat::Wire::v1);
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
    sequencer_.join(general_, user("Alice"), 0, chat::Wire::v1);
    log_.slow = true;
    sequencer_.publish(said(general_, "Alice", "one"));
    sequencer_.enter(entry("Bob", 1));
    bus_.take();
    log_.answer_questions();
    EXPECT_THAT(bus_.take(), IsEmpty()) << "at head 1 Bob would hear event 1 once more";
    log_.answer();
    EXPECT_THAT(bus_.take(), ElementsAre("0 general Alice: one", "0 general Bob joined",
                                         "1 general Bob joined", "1 entered general 1"));
}

TEST_F(SequencerTest, WhatIsRefusedHoldsNobodyUp) {
    log_.heads["general"] = 7;
    sequencer_.join(general_, user("Alice"), 0, chat::Wire::v1);
    log_.slow = true;
    sequencer_.publish(said(general_, "Alice", "one"));
    sequencer_.enter(entry("Bob", 1));
    log_.answer_questions();
    bus_.take();
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
    EXPECT_THAT(bus_.take(), ElementsAre("1 general Alice joined", "1 entered general 41",
                                         "1 general Bob joined", "2 general Bob joined",
                                         "2 entered general 41"));
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
    sequencer_.join(general_, user("Alice"), 0, chat::Wire::v1);
    log_.slow = true;
    sequencer_.enter(entry("Bob", 1));
    log_.slow = false;
    sequencer_.publish(said(general_, "Alice", "hi"));
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

TEST_F(SequencerTest, ARoomSomebodyIsAboutToEnterStays) {
    sequencer_.join(general_, user("Alice"), 0, chat::Wire::v1);
    log_.slow = true;
    sequencer_.enter(entry("Bob", 1));
    sequencer_.leave(general_, user("Alice"), 0, chat::Wire::v1);
    EXPECT_EQ(sequencer_.room_count(), 1U);
    bus_.take();
    log_.answer_questions();
    EXPECT_THAT(bus_.take(), testing::Contains("1 entered general 0"));
}

TEST_F(SequencerTest, APageEndsAtWhatWasHandedOver) {
    sequencer_.enter(entry("Alice", 0));
    sequencer_.publish(said(general_, "Alice", "hi"));
    sequencer_.ask(general_, {.before = 100}, {.loop = 2, .connection = 9, .command = 1});
    sequencer_.ask(general_, {.before = 1}, {.loop = 2, .connection = 9, .command = 1});
    ASSERT_EQ(log_.pages.size(), 2U);
    EXPECT_EQ(log_.pages[0].before, 2U);
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
    const chat::Ticket ticket{.loop = 1, .connection = 9, .command = 1};
    sequencer_.ask_present(general_, ticket);
    sequencer_.join(general_, user("Alice"), 0, chat::Wire::v1);
    sequencer_.join(general_, user("Alice"), 1, chat::Wire::v1);
    sequencer_.join(general_, user("Bob"), 1, chat::Wire::v1);
    bus_.take();
    sequencer_.ask_present(general_, ticket);
    EXPECT_THAT(bus_.take(), ElementsAre("1 present in general: 2 Alice Bob"));
    for (std::size_t i = 0; i < kPresentMax; ++i)
        sequencer_.join(general_, user("user " + std::to_string(i)), 0, chat::Wire::v1);
    bus_.take();
    sequencer_.ask_present(general_, ticket);
    const std::string told = bus_.take().back();
    EXPECT_TRUE(told.starts_with("1 present in general: 102 ")) << "the count is true";
}

TEST_F(SequencerTest, TypingIsPassedOnNowAndThen) {
    sequencer_.join(general_, user("Alice"), 0, chat::Wire::v1);
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
        sequencer_.join(general_, user("user " + std::to_string(i)), 0, chat::Wire::v1);
    bus_.take();
    for (std::uint32_t i = 0; i < 3 * kTypingPerRoom; ++i)
        sequencer_.typing(general_, user("user " + std::to_string(i)));
    EXPECT_EQ(bus_.take().size(), kTypingPerRoom);
}

TEST_F(SequencerTest, TheLogKnowsWhichRoomsAreOpen) {
    sequencer_.join(general_, user("Alice"), 0, chat::Wire::v1);
    sequencer_.join(general_, user("Bob"), 1, chat::Wire::v1);
    sequencer_.leave(general_, user("Alice"), 0, chat::Wire::v1);
    EXPECT_THAT(log_.record, ElementsAre("open general"));
    sequencer_.leave(general_, user("Bob"), 1, chat::Wire::v1);
    EXPECT_THAT(log_.record, ElementsAre("open general", "close general"));
}

TEST_F(SequencerTest, RoomsDoNotHearEachOther) {
    sequencer_.join(general_, user("Alice"), 0, chat::Wire::v1);
    sequencer_.join(room("other"), user("Bob"), 1, chat::Wire::v1);
    bus_.take();
    sequencer_.publish(said(general_, "Alice", "hi"));
    EXPECT_THAT(bus_.take(), ElementsAre("0 general Alice: hi"));
}

TEST_F(SequencerTest, BigRoomsMergeNotices) {
    for (const char* name : {"Alice", "Bob", "Carol"}) {
        sequencer_.join(general_, user(name), 0, chat::Wire::v1);
    }
    bus_.take();
    sequencer_.join(general_, user("Dave"), 0, chat::Wire::v1);
    sequencer_.join(general_, user("Eve"), 0, chat::Wire::v1);
    sequencer_.leave(general_, user("Alice"), 0, chat::Wire::v1);
    EXPECT_THAT(bus_.take(), IsEmpty());
    sequencer_.flush_notices();
    EXPECT_THAT(bus_.take(), ElementsAre("0 general 2 joined", "0 general Alice left"));
    sequencer_.flush_notices();
    EXPECT_THAT(bus_.take(), IsEmpty());
}

TEST_F(SequencerTest, MergedNoticesOfARoomThatIsGoneAreForgotten) {
    for (const char* name : {"Alice", "Bob", "Carol", "Dave"}) {
        sequencer_.join(general_, user(name), 0, chat::Wire::v1);
    }
    for (const char* name : {"Alice", "Bob", "Carol", "Dave"}) {
        sequencer_.leave(general_, user(name), 0, chat::Wire::v1);
    }
    sequencer_.join(general_, user("Eve"), 0, chat::Wire::v1);
    EXPECT_THAT(bus_.take(), testing::Contains("0 general Eve joined"));
    sequencer_.flush_notices();
    EXPECT_THAT(bus_.take(), IsEmpty());
}

TEST_F(SequencerTest, ALoopThatLostADeliveryHearsNothingUntilItsMembersAreEvicted) {
    sequencer_.join(general_, user("Alice"), 0, chat::Wire::v1);
    sequencer_.join(general_, user("Bob"), 1, chat::Wire::v1);
    bus_.take();
    bus_.full.insert(1);
    sequencer_.publish(said(general_, "Alice", "lost"));
    EXPECT_THAT(bus_.take(), ElementsAre("0 general Alice: lost", "1 general evict"));
    bus_.full.clear();
    sequencer_.publish(said(general_, "Alice", "after the hole"));
    EXPECT_THAT(bus_.take(), ElementsAre("0 general Alice: after the hole"));
    // Somebody joins there before the evicted have left: only the eviction itself ends the silence.
    sequencer_.evicted(general_, 1);
    sequencer_.join(general_, user("Carol"), 1, chat::Wire::v1);
    EXPECT_THAT(bus_.take(), ElementsAre("0 general Carol joined", "1 general Carol joined"));
    sequencer_.leave(general_, user("Bob"), 1, chat::Wire::v1);
    bus_.take();
    sequencer_.publish(said(general_, "Alice", "all hear"));
    EXPECT_THAT(bus_.take(), ElementsAre("0 general Alice: all hear", "1 general Alice: all hear"));
}

TEST_F(SequencerTest, AnEventIsEncodedForTheWiresThatSomebodyIsOn) {
    sequencer_.join(general_, user("Alice"), 0, chat::Wire::v1);
    EXPECT_THAT(bus_.take_wires(), ElementsAre("Alice joined|"));
    sequencer_.join(general_, user("Bob"), 0, chat::Wire::v1_deflated);
    EXPECT_THAT(bus_.take_wires(), ElementsAre("Bob joined|[Bob joined]"));
    sequencer_.join(general_, user("Bob"), 0, chat::Wire::v1_deflated);
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
    sequencer_.join(general_, user("Alice"), 0, chat::Wire::v1);
    sequencer_.join(room("other"), user("Bob"), 0, chat::Wire::v1_deflated);
    EXPECT_THAT(bus_.take_wires(), ElementsAre("Alice joined|", "|[Bob joined]"));
}

TEST_F(SequencerTest, MergedNoticesAreEncodedForTheWiresOfTheMomentTheyAreSent) {
    for (const char* name : {"Alice", "Bob", "Carol", "Dave"})
        sequencer_.join(general_, user(name), 0, chat::Wire::v1);
    sequencer_.leave(general_, user("Carol"), 0, chat::Wire::v1);
    sequencer_.join(general_, user("Carol"), 0, chat::Wire::v1_deflated);
    bus_.take_wires();
    sequencer_.flush_notices();
    const auto wires = bus_.take_wires();
    ASSERT_FALSE(wires.empty());
    for (const std::string& both : wires)
        EXPECT_FALSE(both.starts_with("|") || both.ends_with("|")) << both;
}

}  // namespace
}  // namespace confab::test
