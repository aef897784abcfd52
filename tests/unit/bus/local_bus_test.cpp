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
class TwoLoops : public ::testing::Test, private bus::LoopPost {
  protected:
    struct Sink final : chat::MemberSink {
        void deliver(const SharedBytes& frame) override { got.emplace_back(frame.view()); }
        void evict() override { got.emplace_back("(evicted)"); }
        chat::Fanout::Place place;
        std::vector<std::string> got;
    };

    TwoLoops() { endpoints_ = {{&sequencers_[0], &fanouts_[0]}, {&sequencers_[1], &fanouts_[1]}}; }
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
    bus::LocalBus bus0_{0, endpoints_, *this};
    bus::LocalBus bus1_{1, endpoints_, *this};
    std::array<chat::Sequencer, 2> sequencers_{
        chat::Sequencer{{.loops = 2}, bus0_, encoder_, clock_, metrics_},
        chat::Sequencer{{.loops = 2}, bus1_, encoder_, clock_, metrics_}};
    std::array<chat::Fanout, 2> fanouts_{chat::Fanout{metrics_}, chat::Fanout{metrics_}};
    const RoomName general_ = room("general");
    const std::shared_ptr<const chat::User> alice_ =
        std::make_shared<const chat::User>(user("Alice"));
};

TEST_F(TwoLoops, WhatIsForTheOwnLoopHappensAtOnce) {
    Sink sink;
    fanouts_[0].add(general_, sink, sink.place);
    bus0_.join(0, general_, alice_);
    EXPECT_TRUE(bus0_.publish(0, general_, alice_, "hi"));
    EXPECT_THAT(sink.got, ElementsAre("Alice joined", "Alice: hi"));
}

TEST_F(TwoLoops, AMemberElsewhereIsReachedThroughTheRoomsHomeInOrder) {
    Sink sink;
    fanouts_[1].add(general_, sink, sink.place);
    bus1_.join(0, general_, alice_);
    EXPECT_TRUE(bus1_.publish(0, general_, alice_, "one"));
    EXPECT_TRUE(bus1_.publish(0, general_, alice_, "two"));
    EXPECT_THAT(sink.got, IsEmpty());
    run(0);
    run(1);
    EXPECT_THAT(sink.got, ElementsAre("Alice joined", "Alice: one", "Alice: two"));
    fanouts_[1].remove(sink.place);
    bus1_.leave(0, general_, alice_->id);
    run(0);
    EXPECT_EQ(sequencers_[0].room_count(), 0U);
}

TEST_F(TwoLoops, AFullHomeRefusesMessagesButNotMembership) {
    full_ = true;
    bus1_.join(0, general_, alice_);
    EXPECT_TRUE(bus1_.is_busy());
    EXPECT_FALSE(bus1_.publish(0, general_, alice_, "hi"));
    run(0);
    EXPECT_EQ(sequencers_[0].room_count(), 1U);
}

TEST_F(TwoLoops, AFullMembersLoopIsEvictedNeverThinnedOut) {
    Sink sink;
    fanouts_[1].add(general_, sink, sink.place);
    bus1_.join(0, general_, alice_);
    run(0);
    run(1);
    sink.got.clear();
    full_ = true;
    EXPECT_TRUE(bus0_.publish(0, general_, alice_, "lost"));
    full_ = false;
    EXPECT_TRUE(bus0_.publish(0, general_, alice_, "after"));
    run(1);
    EXPECT_THAT(sink.got, ElementsAre("(evicted)"));
}

}  // namespace
}  // namespace confab::test
