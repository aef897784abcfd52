#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chat/sequencer.hpp"
#include "support/manual_clock.hpp"
#include "support/recording_bus.hpp"

namespace confab::test {
namespace {

using chat::Wire;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Deltas of presence; merged notices of protocol v1 are in sequencer_test.cpp.
class SequencerNoticesTest : public ::testing::Test {
  protected:
    void join(const std::string& name, LoopIndex from = 0, Wire wire = Wire::v2) {
        join_at(general_, name, from, wire);
    }
    void join_at(const RoomName& where, const std::string& name, LoopIndex from, Wire wire) {
        sequencer_.enter(
            {{where, std::make_shared<const chat::User>(user(name)), {.loop = from}}, wire});
    }
    void leave(const std::string& name, LoopIndex from = 0, Wire wire = Wire::v2) {
        sequencer_.leave(general_, user(name), from, wire);
    }
    // What is told at the next flush.
    std::vector<std::string> flushed() {
        bus_.take();
        sequencer_.flush_notices();
        return bus_.take();
    }

    ManualClock clock_;
    metrics::Shard metrics_;
    PlainEncoder encoder_;
    CountingLog log_;
    RecordingBus bus_;
    chat::Sequencer sequencer_{{.loops = 3}, bus_, encoder_, log_, clock_, metrics_};
    const RoomName general_ = room("general");
};

TEST_F(SequencerNoticesTest, WhoComesAndGoesIsToldMergedOncePerLoop) {
    join("Alice", 0), join("Bob", 2), join("Carol", 2);
    EXPECT_THAT(flushed(), ElementsAre("0 general people 3 +Alice +Bob +Carol",
                                       "2 general people 3 +Alice +Bob +Carol"));
    EXPECT_THAT(flushed(), IsEmpty()) << "nothing has changed";
    leave("Bob", 2), join("Dave", 0);
    EXPECT_THAT(flushed(), ElementsAre("0 general people 3 +Dave -Bob",  //
                                       "2 general people 3 +Dave -Bob"));
}

TEST_F(SequencerNoticesTest, OnlyTheFirstConnectionComesAndOnlyTheLastGoes) {
    join("Alice"), join("Bob");
    flushed();
    join("Bob", 1);
    leave("Bob");
    EXPECT_THAT(flushed(), IsEmpty());
    leave("Bob", 1);
    EXPECT_THAT(flushed(), ElementsAre("0 general people 1 -Bob"));
}

TEST_F(SequencerNoticesTest, WhoHasAskedIsToldWhatBecameOfIt) {
    join("Alice");
    flushed();
    join("Eve");
    sequencer_.ask_present(
        {general_, std::make_shared<const chat::User>(user("Alice")), {.command = 1}});
    leave("Eve");
    EXPECT_THAT(flushed(), ElementsAre("0 general people 1 -Eve"));
}

TEST_F(SequencerNoticesTest, WhoCameWhenThereWasNobodyToTellIsToldWhenHeGoes) {
    join("Old", 0, Wire::v1), join("Alice");
    EXPECT_THAT(flushed(), ElementsAre("0 general people 2 +Alice"));
    leave("Old", 0, Wire::v1);
    EXPECT_THAT(flushed(), ElementsAre("0 general people 1 -Old"));
    join("Bob"), leave("Alice"), leave("Bob");
    EXPECT_THAT(flushed(), IsEmpty());
}

TEST_F(SequencerNoticesTest, WhatCancelsOutIsNotTold) {
    join("Alice"), join("Bob");
    flushed();
    leave("Bob"), join("Bob");
    join("Eve"), leave("Eve");
    EXPECT_THAT(flushed(), IsEmpty());
}

TEST_F(SequencerNoticesTest, NotEverybodyIsNamedAndTheCountIsTrue) {
    for (std::size_t i = 0; i < kPresenceNamesMax + 5; ++i)
        join("user" + std::to_string(i));
    const auto told = flushed();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_TRUE(told[0].starts_with("0 general people 25 +user0 ")) << told[0];
    EXPECT_TRUE(told[0].ends_with(" +user19 and more")) << told[0];
}

TEST_F(SequencerNoticesTest, NothingIsEncodedWhereNobodySpeaksProtocolV2) {
    join("Alice", 0, Wire::v1), join("Bob", 0, Wire::v1_deflated);
    const int before = encoder_.encoded;
    EXPECT_THAT(flushed(), IsEmpty());
    EXPECT_EQ(encoder_.encoded, before);
    join("Carol", 1, Wire::v2_deflated);
    leave("Bob", 0, Wire::v1_deflated);
    EXPECT_EQ(flushed().size(), 2U) << "who is on v1 counts as well";
    EXPECT_EQ(encoder_.encoded, before + 3) << "two notices and one delta";
}

TEST_F(SequencerNoticesTest, DeltasDoNotChangeHowNoticesAreMerged) {
    join("Alice", 0, Wire::v1), join("Bob", 0, Wire::v2);
    bus_.take();
    join("Carol", 0, Wire::v1);
    EXPECT_THAT(bus_.take(), testing::Contains("0 general Carol joined")) << "at once";
    EXPECT_THAT(flushed(), ElementsAre("0 general people 3 +Bob +Carol"));
}

TEST_F(SequencerNoticesTest, EachRoomIsToldOfItsOwn) {
    join_at(general_, "Alice", 0, Wire::v2);
    join_at(room("other"), "Bob", 0, Wire::v2);
    EXPECT_THAT(flushed(), testing::UnorderedElementsAre("0 general people 1 +Alice",
                                                         "0 other people 1 +Bob"));
    sequencer_.leave(room("other"), user("Bob"), 0, Wire::v2);
    EXPECT_THAT(flushed(), IsEmpty()) << "nobody is there to be told";
}

TEST_F(SequencerNoticesTest, ARoomThatWasEmptyBeginsAnew) {
    join("Alice"), join("Bob");
    leave("Alice"), leave("Bob");
    EXPECT_EQ(sequencer_.room_count(), 0U);
    EXPECT_THAT(flushed(), IsEmpty());
    join("Carol"), leave("Carol");
    join("Dave");
    EXPECT_THAT(flushed(), ElementsAre("0 general people 1 +Dave"));
}

// What it says last is still being stored.
TEST_F(SequencerNoticesTest, ARoomThatStaysWithoutPeopleTellsTheNextWhoComes) {
    join("Alice");
    flushed();
    log_.slow = true;
    sequencer_.publish(said(general_, "Alice", "bye"));
    leave("Alice");
    EXPECT_EQ(sequencer_.room_count(), 1U);
    EXPECT_THAT(flushed(), IsEmpty());
    join("Bob");
    EXPECT_THAT(flushed(), ElementsAre("0 general people 1 +Bob"));
    log_.answer();
}

}  // namespace
}  // namespace confab::test
