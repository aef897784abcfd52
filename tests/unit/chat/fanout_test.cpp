#include "chat/fanout.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "support/recording_bus.hpp"

namespace confab::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Member final : chat::MemberSink {
    void deliver(const SharedBytes& frame) override { got.emplace_back(frame.view()); }
    void evict() override { got.emplace_back("(evicted)"); }
    chat::Fanout::Place place;
    std::vector<std::string> got;
};

class FanoutTest : public ::testing::Test {
  protected:
    metrics::Shard metrics_;
    chat::Fanout fanout_{metrics_};
    const RoomName general_ = room("general");
    const SharedBytes hi_ = SharedBytes::copy_of("hi");
};

TEST_F(FanoutTest, EveryMemberOfTheRoomGetsTheSameBytes) {
    Member a;
    Member b;
    Member elsewhere;
    fanout_.add(general_, a, a.place);
    fanout_.add(general_, b, b.place);
    fanout_.add(room("other"), elsewhere, elsewhere.place);
    fanout_.deliver(general_, hi_);
    EXPECT_THAT(a.got, ElementsAre("hi"));
    EXPECT_THAT(b.got, ElementsAre("hi"));
    EXPECT_THAT(elsewhere.got, IsEmpty());
    EXPECT_EQ(metrics_.get(metrics::Id::deliveries), 2);
}

TEST_F(FanoutTest, MembersMayLeaveInAnyOrder) {
    std::vector<std::unique_ptr<Member>> members;
    for (int i = 0; i < 20; ++i) {
        members.push_back(std::make_unique<Member>());
        fanout_.add(general_, *members.back(), members.back()->place);
    }
    while (!members.empty()) {
        const auto leaving = members.begin() + static_cast<std::ptrdiff_t>(members.size() / 3);
        fanout_.remove((*leaving)->place);
        members.erase(leaving);
        fanout_.deliver(general_, hi_);
        for (const auto& member : members) {
            EXPECT_EQ(member->got.size(), 20 - members.size());
        }
    }
    EXPECT_EQ(fanout_.room_count(), 0U);
}

TEST_F(FanoutTest, WhatComesForARoomWithoutMembersHereIsDropped) {
    fanout_.deliver(general_, hi_);
    fanout_.evict(general_);
    EXPECT_EQ(metrics_.get(metrics::Id::deliveries), 0);
}

TEST_F(FanoutTest, EvictReachesTheMembersOfThatRoomOnly) {
    Member a;
    Member elsewhere;
    fanout_.add(general_, a, a.place);
    fanout_.add(room("other"), elsewhere, elsewhere.place);
    fanout_.evict(general_);
    EXPECT_THAT(a.got, ElementsAre("(evicted)"));
    EXPECT_THAT(elsewhere.got, IsEmpty());
}

}  // namespace
}  // namespace confab::test
