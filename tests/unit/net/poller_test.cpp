#include "net/poller.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <deque>
#include <functional>

#include "base/limits.hpp"

namespace confab::test {
namespace {

class Watched final : public net::Pollable {
  public:
    Watched() { EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends_.data()), 0); }
    ~Watched() override {
        ::close(ends_[0]);
        close_peer();
    }
    [[nodiscard]] int socket() const { return ends_[0]; }
    void say_something() const { EXPECT_EQ(::send(ends_[1], "x", 1, 0), 1); }
    void close_peer() {
        if (ends_[1] >= 0) ::close(std::exchange(ends_[1], -1));
    }
    void fill() const {
        const std::array<char, 4096> much{};
        while (::send(ends_[0], much.data(), much.size(), MSG_DONTWAIT) > 0) {
        }
    }
    void drain_peer() const {
        std::array<char, 65536> buffer;
        while (::recv(ends_[1], buffer.data(), buffer.size(), MSG_DONTWAIT) > 0) {
        }
    }

    int times = 0;
    std::uint32_t events = 0;
    std::function<void()> then;

  private:
    void on_ready(std::uint32_t what) override {
        ++times;
        events = what;
        if (then) then();
    }
    std::array<int, 2> ends_{};
};

class PollerTest : public ::testing::Test {
  protected:
    PollerTest() { poller_.start(); }
    // One turn: what is ready now is told, once.
    void turn() {
        context_.restart();
        context_.poll_one();
    }
    bool watch(Watched& object, std::uint32_t events) {
        return poller_.set_interest(object.socket(), object, events);
    }

    boost::asio::io_context context_{1};
    net::Poller poller_{context_};
};

TEST_F(PollerTest, TellsWhatIsReadyAgainAndAgainUntilItIsNot) {
    Watched object;
    EXPECT_TRUE(watch(object, EPOLLIN));
    turn();
    EXPECT_EQ(object.times, 0);
    object.say_something();
    for (int i = 1; i <= 3; ++i) {
        turn();
        EXPECT_EQ(object.times, i);
        EXPECT_EQ(object.events, EPOLLIN);
    }
    char byte = 0;
    EXPECT_EQ(::recv(object.socket(), &byte, 1, 0), 1);
    turn();
    EXPECT_EQ(object.times, 3);
    object.say_something();
    turn();
    EXPECT_EQ(object.times, 4);
}

TEST_F(PollerTest, ManyAreToldInOneTurn) {
    std::deque<Watched> objects(100);
    for (Watched& object : objects) {
        EXPECT_TRUE(watch(object, EPOLLIN));
        object.say_something();
    }
    turn();
    for (const Watched& object : objects)
        EXPECT_EQ(object.times, 1);
}

TEST_F(PollerTest, WhoeverHadNoPlaceInOneTurnHasItInTheNext) {
    struct End final : net::Pollable {
        void on_ready(std::uint32_t) override { ++times; }
        int socket = -1;
        int times = 0;
    };
    std::deque<End> ends(kReadyPerTurn + 10);
    for (std::size_t i = 0; i < ends.size(); i += 2) {
        std::array<int, 2> pair{};
        ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()), 0);
        for (std::size_t j = 0; j < 2; ++j) {
            ends[i + j].socket = pair[j];
            ASSERT_EQ(::send(pair[j], "x", 1, 0), 1);
        }
    }
    for (End& end : ends)
        ASSERT_TRUE(poller_.set_interest(end.socket, end, EPOLLIN));
    turn();
    turn();
    for (End& end : ends) {
        EXPECT_GE(end.times, 1);
        EXPECT_TRUE(poller_.set_interest(end.socket, end, 0));
        ::close(end.socket);
    }
}

TEST_F(PollerTest, TellsOfRoomForOutput) {
    Watched object;
    object.fill();
    EXPECT_TRUE(watch(object, EPOLLOUT));
    turn();
    EXPECT_EQ(object.times, 0);
    object.drain_peer();
    turn();
    EXPECT_EQ(object.times, 1);
    EXPECT_EQ(object.events, EPOLLOUT);
    EXPECT_TRUE(watch(object, EPOLLIN)) << "changed";
    turn();
    EXPECT_EQ(object.times, 1);
}

TEST_F(PollerTest, WithoutInterestNotEvenTheEndIsTold) {
    Watched object;
    EXPECT_TRUE(watch(object, EPOLLIN));
    EXPECT_TRUE(watch(object, 0));
    object.close_peer();
    turn();
    EXPECT_EQ(object.times, 0);
    EXPECT_TRUE(watch(object, EPOLLIN));
    turn();
    EXPECT_EQ(object.times, 1);
    EXPECT_NE(object.events & EPOLLHUP, 0U);
}

TEST_F(PollerTest, TheSameInterestTwiceIsNoCall) {
    Watched object;
    EXPECT_TRUE(watch(object, EPOLLIN));
    EXPECT_TRUE(poller_.set_interest(-1, object, EPOLLIN)) << "the kernel is not asked";
}

TEST_F(PollerTest, WhatTheKernelRefusesIsSaidAndNothingChanges) {
    Watched object;
    EXPECT_FALSE(poller_.set_interest(-1, object, EPOLLIN));
    EXPECT_TRUE(watch(object, EPOLLIN));
    object.say_something();
    turn();
    EXPECT_EQ(object.times, 1);
}

TEST_F(PollerTest, ASocketThatIsHandedOverTellsItsNewObject) {
    Watched before;
    Watched after;
    EXPECT_TRUE(watch(before, EPOLLIN));
    poller_.hand_over(before.socket(), before, after);
    before.say_something();
    turn();
    EXPECT_EQ(before.times, 0);
    EXPECT_EQ(after.times, 1);
    EXPECT_TRUE(poller_.set_interest(before.socket(), after, 0));
    turn();
    EXPECT_EQ(after.times, 1);
}

TEST_F(PollerTest, HandingOverWithoutInterestLeavesNone) {
    Watched before;
    Watched after;
    before.say_something();
    poller_.hand_over(before.socket(), before, after);
    turn();
    EXPECT_EQ(after.times, 0);
    EXPECT_TRUE(poller_.set_interest(before.socket(), after, EPOLLIN));
    turn();
    EXPECT_EQ(after.times, 1);
}

TEST_F(PollerTest, InterestMayBeChangedWhileOthersAreTold) {
    std::deque<Watched> objects(10);
    for (Watched& object : objects) {
        EXPECT_TRUE(watch(object, EPOLLIN));
        object.say_something();
        object.then = [&] {
            for (Watched& other : objects)
                EXPECT_TRUE(watch(other, 0));
        };
    }
    turn();
    turn();
    for (const Watched& object : objects)
        EXPECT_LE(object.times, 1);
    EXPECT_GE(objects[0].times + objects[1].times + objects[9].times, 1);
}

}  // namespace
}  // namespace confab::test
