#include "chat/fanout.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "support/recording_bus.hpp"

namespace confab::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class FanoutTest : public ::testing::Test {
  protected:
    static chat::Frames frames(const std::string& text) {
        chat::Frames frames;
        frames.on(chat::Wire::v1) = SharedBytes::copy_of(text);
        frames.on(chat::Wire::v1_deflated) = SharedBytes::copy_of("[" + text + "]");
        return frames;
    }

    metrics::Shard metrics_;
    feed::Budget budget_{{}, metrics_};
    chat::Fanout fanout_{budget_, metrics_};
    const RoomName general_ = room("general");
};

TEST_F(FanoutTest, EveryMemberOfTheRoomGetsTheSameBytes) {
    EagerMember a;
    EagerMember b;
    EagerMember elsewhere;
    a.enter(fanout_, general_);
    b.enter(fanout_, general_);
    elsewhere.enter(fanout_, room("other"));
    fanout_.deliver(general_, frames("hi"));
    EXPECT_THAT(a.got, ElementsAre("hi"));
    EXPECT_THAT(b.got, ElementsAre("hi"));
    EXPECT_THAT(elsewhere.got, IsEmpty());
    EXPECT_EQ(metrics_.get(metrics::Id::deliveries), 2);
}

TEST_F(FanoutTest, MembersMayLeaveInAnyOrder) {
    std::vector<std::unique_ptr<EagerMember>> members;
    for (int i = 0; i < 20; ++i) {
        members.push_back(std::make_unique<EagerMember>());
        members.back()->enter(fanout_, general_);
    }
    while (!members.empty()) {
        const auto leaving = members.begin() + static_cast<std::ptrdiff_t>(members.size() / 3);
        (*leaving)->leave();
        members.erase(leaving);
        fanout_.deliver(general_, frames("hi"));
        for (const auto& member : members) {
            EXPECT_EQ(member->got.size(), 20 - members.size());
        }
    }
    EXPECT_EQ(fanout_.room_count(), 0U);
}

TEST_F(FanoutTest, WhatComesForARoomWithoutMembersHereIsDropped) {
    fanout_.deliver(general_, frames("hi"));
    fanout_.evict(general_);
    EXPECT_EQ(metrics_.get(metrics::Id::deliveries), 0);
}

TEST_F(FanoutTest, EvictReachesTheMembersOfThatRoomOnly) {
    EagerMember a;
    EagerMember elsewhere;
    a.enter(fanout_, general_);
    elsewhere.enter(fanout_, room("other"));
    fanout_.evict(general_);
    EXPECT_THAT(a.got, ElementsAre("(evicted)"));
    EXPECT_THAT(elsewhere.got, IsEmpty());
}

TEST_F(FanoutTest, EachMemberReadsTheFramesOfItsWire) {
    EagerMember plain;
    EagerMember deflated(chat::Wire::v1_deflated);
    plain.enter(fanout_, general_);
    deflated.enter(fanout_, general_);
    fanout_.deliver(general_, frames("hi"));
    EXPECT_THAT(plain.got, ElementsAre("hi"));
    EXPECT_THAT(deflated.got, ElementsAre("[hi]"));
    plain.leave();
    fanout_.deliver(general_, frames("all deflated"));
    EXPECT_THAT(deflated.got, ElementsAre("[hi]", "[all deflated]"));
    EXPECT_EQ(fanout_.room_count(), 1U);
}

TEST_F(FanoutTest, NothingIsKeptForAWireThatNobodyIsOn) {
    EagerMember deflated(chat::Wire::v1_deflated);
    EagerMember gone;
    deflated.enter(fanout_, general_);
    gone.enter(fanout_, general_);
    gone.leave();
    for (int i = 0; i < 10; ++i)
        fanout_.deliver(general_, frames("hi"));
    EXPECT_EQ(deflated.got.size(), 10U);
    EXPECT_EQ(budget_.used(), 0U);
}

// The home has not heard of a member on that wire yet.
TEST_F(FanoutTest, AWireThatWasNotEncodedIsNoFrame) {
    EagerMember plain;
    EagerMember deflated(chat::Wire::v1_deflated);
    plain.enter(fanout_, general_);
    deflated.enter(fanout_, general_);
    chat::Frames only_plain;
    only_plain.on(chat::Wire::v1) = SharedBytes::copy_of("hi");
    fanout_.deliver(general_, only_plain);
    EXPECT_THAT(plain.got, ElementsAre("hi"));
    EXPECT_THAT(deflated.got, IsEmpty());
}

}  // namespace
}  // namespace confab::test
