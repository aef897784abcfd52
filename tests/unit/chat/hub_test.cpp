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

struct Sink final : chat::MemberSink {
    void deliver(const SharedBytes& frame) override { got.emplace_back(frame.view()); }
    void evict() override { got.emplace_back("(evicted)"); }
    std::vector<std::string> got;
};

class HubTest : public ::testing::Test {
  protected:
    HubTest() {
        bus_.sequencer = &sequencer_;
        bus_.fanout = &fanout_;
    }
    static std::shared_ptr<const chat::User> shared(const std::string& name) {
        return std::make_shared<const chat::User>(user(name));
    }

    ManualClock clock_;
    metrics::Shard metrics_;
    PlainEncoder encoder_;
    RecordingBus bus_;
    chat::Sequencer sequencer_{{.loops = 1}, bus_, encoder_, clock_, metrics_};
    chat::Fanout fanout_{metrics_};
    chat::Hub hub_{fanout_, bus_, 1};
};

TEST_F(HubTest, TheJoinerSeesItsOwnNoticeAndItsOwnMessages) {
    Sink alice;
    chat::Hub::Membership member(hub_, room("general"), shared("Alice"), alice);
    EXPECT_TRUE(member.publish("hello"));
    EXPECT_THAT(alice.got, ElementsAre("Alice joined", "Alice: hello"));
}

TEST_F(HubTest, AMemberThatLeftHearsNothingAndTheOthersAreTold) {
    Sink alice;
    Sink bob;
    chat::Hub::Membership stays(hub_, room("general"), shared("Alice"), alice);
    std::optional<chat::Hub::Membership> leaves;
    leaves.emplace(hub_, room("general"), shared("Bob"), bob);
    alice.got.clear();
    bob.got.clear();
    leaves.reset();
    EXPECT_TRUE(stays.publish("bye"));
    EXPECT_THAT(alice.got, ElementsAre("Bob left", "Alice: bye"));
    EXPECT_THAT(bob.got, IsEmpty());
}

TEST_F(HubTest, TwoConnectionsOfOneUserAreOneMemberAndTwoDeliveries) {
    Sink first;
    Sink second;
    chat::Hub::Membership a(hub_, room("general"), shared("Alice"), first);
    chat::Hub::Membership b(hub_, room("general"), shared("Alice"), second);
    EXPECT_TRUE(a.publish("hi"));
    EXPECT_THAT(first.got, ElementsAre("Alice joined", "Alice: hi"));
    EXPECT_THAT(second.got, ElementsAre("Alice: hi"));
    EXPECT_EQ(metrics_.get(metrics::Id::room_members), 1);
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
