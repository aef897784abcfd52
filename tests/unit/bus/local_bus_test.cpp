#include "bus/local_bus.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "support/manual_clock.hpp"
#include "support/recording_bus.hpp"

namespace confab::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Two loops in one thread: what is posted waits until the test runs it.
class TwoLoops : public ::testing::Test, private chat::LoopPost {
  protected:
    TwoLoops() {
        endpoints_ = {{&sequencers_[0], &fanouts_[0], &hubs_[0]},
                      {&sequencers_[1], &fanouts_[1], &hubs_[1]}};
    }
    bool try_post(LoopIndex to, std::function<void()> task) override {
        if (full_) return false;
        post(to, std::move(task));
        return true;
    }
    void post(LoopIndex to, std::function<void()> task) override {
        mailboxes_[to].push_back(std::move(task));
    }
    [[nodiscard]] bool is_busy() const override { return full_; }
    void run(LoopIndex loop) {
        while (!mailboxes_[loop].empty()) {
            const auto task = std::move(mailboxes_[loop].front());
            mailboxes_[loop].pop_front();
            task();
        }
    }

    ManualClock clock_;
    metrics::Shard metrics_;
    PlainEncoder encoder_;
    std::array<std::deque<std::function<void()>>, 2> mailboxes_;
    bool full_ = false;
    bus::Endpoints endpoints_;
    std::array<CountingLog, 2> logs_;
    bus::LocalBus bus0_{0, endpoints_, *this};
    bus::LocalBus bus1_{1, endpoints_, *this};
    std::array<chat::Sequencer, 2> sequencers_{
        chat::Sequencer{{.loops = 2}, bus0_, encoder_, logs_[0], clock_, metrics_},
        chat::Sequencer{{.loops = 2}, bus1_, encoder_, logs_[1], clock_, metrics_}};
    feed::Budget budget_{{}, metrics_};
    std::array<chat::Fanout, 2> fanouts_{chat::Fanout{budget_, metrics_},
                                         chat::Fanout{budget_, metrics_}};
    NoRooms no_rooms_;
    std::array<chat::Hub, 2> hubs_{chat::Hub{0, fanouts_[0], bus0_, no_rooms_, 2},
                                   chat::Hub{1, fanouts_[1], bus1_, no_rooms_, 2}};
    const RoomName general_ = room("general");
    const std::shared_ptr<const chat::User> alice_ =
        std::make_shared<const chat::User>(user("Alice"));
};

TEST_F(TwoLoops, WhatIsForTheOwnLoopHappensAtOnce) {
    EagerMember sink;
    sink.wants_seat = &fanouts_[0];
    const chat::Hub::Line line(hubs_[0], sink);
    bus0_.enter(0, {{general_, alice_, line.ticket(1)}, chat::Wire::v1});
    EXPECT_TRUE(bus0_.publish(0, said(general_, "Alice", "hi")));
    EXPECT_THAT(sink.got, ElementsAre("(entered 1 0)", "Alice joined", "Alice: hi"));
}

TEST_F(TwoLoops, AMemberElsewhereIsReachedThroughTheRoomsHomeInOrder) {
    EagerMember sink;
    sink.wants_seat = &fanouts_[1];
    const chat::Hub::Line line(hubs_[1], sink);
    bus1_.enter(0, {{general_, alice_, line.ticket(1)}, chat::Wire::v1});
    EXPECT_TRUE(bus1_.publish(0, said(general_, "Alice", "one")));
    EXPECT_TRUE(bus1_.publish(0, said(general_, "Alice", "two")));
    EXPECT_THAT(sink.got, IsEmpty());
    run(0);
    run(1);
    EXPECT_THAT(sink.got, ElementsAre("(entered 1 0)", "Alice joined", "Alice: one", "Alice: two"));
    sink.leave();
    bus1_.leave(0, general_, alice_, chat::Wire::v1);
    run(0);
    EXPECT_EQ(sequencers_[0].room_count(), 0U);
}

TEST_F(TwoLoops, AFullHomeRefusesMessagesButNotMembership) {
    full_ = true;
    bus1_.enter(0, {{general_, alice_, {.loop = 1}}, chat::Wire::v1});
    EXPECT_TRUE(bus1_.is_busy());
    EXPECT_FALSE(bus1_.publish(0, said(general_, "Alice", "hi")));
    run(0);
    EXPECT_EQ(sequencers_[0].room_count(), 1U);
}

TEST_F(TwoLoops, AFullMembersLoopIsEvictedNeverThinnedOut) {
    EagerMember sink;
    sink.wants_seat = &fanouts_[1];
    const chat::Hub::Line line(hubs_[1], sink);
    bus1_.enter(0, {{general_, alice_, line.ticket(1)}, chat::Wire::v1});
    run(0);
    run(1);
    sink.got.clear();
    full_ = true;
    EXPECT_TRUE(bus0_.publish(0, said(general_, "Alice", "lost")));
    full_ = false;
    EXPECT_TRUE(bus0_.publish(0, said(general_, "Alice", "after")));
    run(1);
    EXPECT_THAT(sink.got, ElementsAre("(evicted)"));
}

TEST_F(TwoLoops, WhoIsTakenOutIsToldBeforeWhatIsDeliveredNext) {
    EagerMember here;
    EagerMember there;
    here.id = there.id = alice_->id;
    here.wants_seat = &fanouts_[0];
    there.wants_seat = &fanouts_[1];
    const chat::Hub::Line first(hubs_[0], here);
    const chat::Hub::Line second(hubs_[1], there);
    bus0_.enter(0, {{general_, alice_, first.ticket(1)}, chat::Wire::v1});
    bus1_.enter(0, {{general_, alice_, second.ticket(1)}, chat::Wire::v1});
    run(0);
    run(1);
    here.got.clear();
    there.got.clear();
    for (const LoopIndex loop : {0U, 1U})
        bus0_.remove(loop, general_, alice_->id, {chat::RoomChange::Action::kick, 7});
    EXPECT_TRUE(bus0_.publish(0, said(general_, "Alice", "behind")));
    run(1);
    EXPECT_THAT(here.got, ElementsAre("(removed 7)", "Alice: behind"));
    EXPECT_THAT(there.got, ElementsAre("(removed 7)", "Alice: behind"));
}

TEST_F(TwoLoops, WhoIsDisconnectedIsToldOnEveryLoopHoweverMuchWaits) {
    EagerMember here;
    EagerMember there;
    const chat::Hub::Line first(hubs_[0], here);
    const chat::Hub::Line second(hubs_[1], there);
    full_ = true;
    hubs_[0].disconnect_everywhere(UserId("u"));
    EXPECT_THAT(here.got, ElementsAre()) << "not before the call returns";
    run(0);
    run(1);
    EXPECT_THAT(here.got, ElementsAre("(disconnect u)"));
    EXPECT_THAT(there.got, ElementsAre("(disconnect u)"));
}

}  // namespace
}  // namespace confab::test
