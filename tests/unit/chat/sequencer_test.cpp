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
    RecordingBus bus_;
    chat::Sequencer sequencer_{
        {.loops = kLoops, .notice_merge_users = 3}, bus_, encoder_, clock_, metrics_};
    const RoomName general_ = room("general");
};

TEST_F(SequencerTest, AUserJoinsWithTheFirstConnectionAndLeavesWithTheLast) {
    sequencer_.join(general_, user("Alice"), 0);
    EXPECT_THAT(bus_.take(), ElementsAre("0 general Alice joined"));
    sequencer_.join(general_, user("Bob"), 0);
    EXPECT_THAT(bus_.take(), ElementsAre("0 general Bob joined"));
    sequencer_.join(general_, user("Alice"), 0);
    EXPECT_THAT(bus_.take(), IsEmpty());
    sequencer_.leave(general_, user("Alice").id, 0);
    EXPECT_THAT(bus_.take(), IsEmpty());
    sequencer_.leave(general_, user("Alice").id, 0);
    EXPECT_THAT(bus_.take(), ElementsAre("0 general Alice left"));
}

TEST_F(SequencerTest, ARoomIsRemovedWhenItsLastUserLeaves) {
    sequencer_.join(general_, user("Alice"), 0);
    sequencer_.join(room("other"), user("Alice"), 0);
    EXPECT_EQ(sequencer_.room_count(), 2U);
    EXPECT_EQ(metrics_.get(metrics::Id::rooms), 2);
    bus_.take();
    sequencer_.leave(general_, user("Alice").id, 0);
    EXPECT_THAT(bus_.take(), IsEmpty()) << "nobody is left to be told";
    EXPECT_EQ(sequencer_.room_count(), 1U);
    EXPECT_EQ(metrics_.get(metrics::Id::rooms), 1);
    EXPECT_EQ(metrics_.get(metrics::Id::room_members), 1);
}

TEST_F(SequencerTest, AMessageIsEncodedOnceAndHandedOncePerInterestedLoop) {
    sequencer_.join(general_, user("Alice"), 0);
    sequencer_.join(general_, user("Bob"), 2);
    sequencer_.join(general_, user("Bob"), 2);
    bus_.take();
    const int before = encoder_.encoded;
    sequencer_.publish(general_, user("Bob"), "hi");
    EXPECT_EQ(encoder_.encoded, before + 1);
    EXPECT_THAT(bus_.take(), ElementsAre("0 general Bob: hi", "2 general Bob: hi"));
}

TEST_F(SequencerTest, AMessageToARoomThatIsGoneIsDropped) {
    sequencer_.publish(general_, user("Bob"), "hi");
    EXPECT_THAT(bus_.take(), IsEmpty());
    EXPECT_EQ(metrics_.get(metrics::Id::messages), 0);
}

TEST_F(SequencerTest, RoomsDoNotHearEachOther) {
    sequencer_.join(general_, user("Alice"), 0);
    sequencer_.join(room("other"), user("Bob"), 1);
    bus_.take();
    sequencer_.publish(general_, user("Alice"), "hi");
    EXPECT_THAT(bus_.take(), ElementsAre("0 general Alice: hi"));
}

TEST_F(SequencerTest, BigRoomsMergeNotices) {
    for (const char* name : {"Alice", "Bob", "Carol"}) {
        sequencer_.join(general_, user(name), 0);
    }
    bus_.take();
    sequencer_.join(general_, user("Dave"), 0);
    sequencer_.join(general_, user("Eve"), 0);
    sequencer_.leave(general_, user("Alice").id, 0);
    EXPECT_THAT(bus_.take(), IsEmpty());
    sequencer_.flush_notices();
    EXPECT_THAT(bus_.take(), ElementsAre("0 general 2 joined", "0 general Alice left"));
    sequencer_.flush_notices();
    EXPECT_THAT(bus_.take(), IsEmpty());
}

TEST_F(SequencerTest, MergedNoticesOfARoomThatIsGoneAreForgotten) {
    for (const char* name : {"Alice", "Bob", "Carol", "Dave"}) {
        sequencer_.join(general_, user(name), 0);
    }
    for (const char* name : {"Alice", "Bob", "Carol", "Dave"}) {
        sequencer_.leave(general_, user(name).id, 0);
    }
    sequencer_.join(general_, user("Eve"), 0);
    EXPECT_THAT(bus_.take(), testing::Contains("0 general Eve joined"));
    sequencer_.flush_notices();
    EXPECT_THAT(bus_.take(), IsEmpty());
}

TEST_F(SequencerTest, ALoopThatLostADeliveryHearsNothingUntilItsMembersAreEvicted) {
    sequencer_.join(general_, user("Alice"), 0);
    sequencer_.join(general_, user("Bob"), 1);
    bus_.take();
    bus_.full.insert(1);
    sequencer_.publish(general_, user("Alice"), "lost");
    EXPECT_THAT(bus_.take(), ElementsAre("0 general Alice: lost", "1 general evict"));
    bus_.full.clear();
    sequencer_.publish(general_, user("Alice"), "after the hole");
    EXPECT_THAT(bus_.take(), ElementsAre("0 general Alice: after the hole"));
    // Somebody joins there before the evicted have left: only the eviction itself ends the silence.
    sequencer_.evicted(general_, 1);
    sequencer_.join(general_, user("Carol"), 1);
    EXPECT_THAT(bus_.take(), ElementsAre("0 general Carol joined", "1 general Carol joined"));
    sequencer_.leave(general_, user("Bob").id, 1);
    bus_.take();
    sequencer_.publish(general_, user("Alice"), "all hear");
    EXPECT_THAT(bus_.take(), ElementsAre("0 general Alice: all hear", "1 general Alice: all hear"));
}

}  // namespace
}  // namespace confab::test
