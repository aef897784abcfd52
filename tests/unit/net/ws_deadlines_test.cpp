#include "net/ws_deadlines.hpp"

#include <gtest/gtest.h>

namespace confab::test {
namespace {

using namespace std::chrono_literals;
using net::WsDeadlines;
using Due = WsDeadlines::Due;

class WsDeadlinesTest : public ::testing::Test {
  protected:
    void pass(std::chrono::milliseconds time) {
        now_ += time;
        wall_ += time;
    }
    [[nodiscard]] Due due() const { return deadlines_.due(now_, wall_); }
    [[nodiscard]] std::chrono::milliseconds until_next() const {
        return std::chrono::duration_cast<std::chrono::milliseconds>(deadlines_.next(now_, wall_) -
                                                                     now_);
    }
    void expect_in(std::chrono::milliseconds time, Due what) {
        EXPECT_LE(until_next(), time);
        pass(time - 1ms);
        EXPECT_EQ(due(), Due::nothing);
        pass(1ms);
        EXPECT_EQ(due(), what);
    }

    const net::WsTimeouts timeouts_{
        .assembly = 10s, .ping_interval = 25s, .pong = 12s, .close = 5s, .stall = 8s};
    SteadyTime now_{1000h};
    WallTime wall_ = from_unix_seconds(1'700'000'000);
    WsDeadlines deadlines_{timeouts_, now_};
};

TEST_F(WsDeadlinesTest, SilenceIsAskedAboutThenEnds) {
    expect_in(25s, Due::ping);
    deadlines_.ping_sent(now_);
    expect_in(12s, Due::peer_is_gone);
}

TEST_F(WsDeadlinesTest, AnySignOfLifeAnswersThePing) {
    pass(25s);
    deadlines_.ping_sent(now_);
    pass(11s);
    deadlines_.received(now_, false, false);
    expect_in(25s, Due::ping);
}

TEST_F(WsDeadlinesTest, AnIncompleteMessageHasAnEndWhateverTricklesIn) {
    deadlines_.received(now_, true, true);
    for (int i = 0; i < 9; ++i) {
        pass(1s);
        deadlines_.received(now_, true, false);
    }
    expect_in(1s, Due::message);
}

TEST_F(WsDeadlinesTest, TheNextMessageHasItsOwnTime) {
    deadlines_.received(now_, true, true);
    pass(9s);
    deadlines_.received(now_, true, true);
    expect_in(10s, Due::message);
    deadlines_.received(now_, false, false);
    EXPECT_EQ(due(), Due::nothing);
}

TEST_F(WsDeadlinesTest, AReaderThatTakesNothingIsStalledOneThatTakesALittleIsNot) {
    deadlines_.output_moved(now_);
    pass(7s);
    deadlines_.output_moved(now_);
    expect_in(8s, Due::stall);
    deadlines_.output_done();
    EXPECT_EQ(due(), Due::nothing);
}

TEST_F(WsDeadlinesTest, TheWallClockDecidesAboutCloseAt) {
    deadlines_.close_at(wall_ + 3s);
    expect_in(3s, Due::close_at);
}

TEST_F(WsDeadlinesTest, AClockThatIsMovedForwardIsNoticedWithTheNextPing) {
    deadlines_.close_at(wall_ + 1000h);
    EXPECT_LE(until_next(), 25s);
    wall_ += 1000h;
    EXPECT_EQ(due(), Due::close_at);
}

TEST_F(WsDeadlinesTest, AClockThatIsMovedBackPostponesNothingElse) {
    deadlines_.close_at(wall_ + 3s);
    wall_ -= 24h;
    expect_in(25s, Due::ping);
}

TEST_F(WsDeadlinesTest, CloseInTakesNoNoticeOfTheWallClock) {
    deadlines_.close_in(now_, 3s);
    wall_ += 1000h;
    EXPECT_EQ(due(), Due::nothing);
    wall_ -= 2000h;
    expect_in(3s, Due::close_at);
}

TEST_F(WsDeadlinesTest, CloseAtAndCloseInReplaceEachOther) {
    deadlines_.close_in(now_, 3s);
    deadlines_.close_at(wall_ + 10s);
    expect_in(10s, Due::close_at);
    deadlines_.close_in(now_, 5s);
    expect_in(5s, Due::close_at);
    deadlines_.close_at(WallTime::max());
    EXPECT_EQ(due(), Due::nothing);
}

TEST_F(WsDeadlinesTest, WhenClosingOnlyTheCloseTimeoutCounts) {
    deadlines_.close_at(wall_ + 1s);
    deadlines_.received(now_, true, true);
    deadlines_.output_moved(now_);
    deadlines_.closing(now_);
    expect_in(5s, Due::close_timeout);
}

TEST_F(WsDeadlinesTest, WhileWeDoNotReadThePeersSilenceIsOurs) {
    deadlines_.received(now_, true, true);
    pass(4s);
    deadlines_.input_paused(now_);
    pass(60s);
    EXPECT_EQ(due(), Due::nothing);
    EXPECT_GT(until_next(), 0ms);
    deadlines_.input_resumed(now_);
    expect_in(6s, Due::message);
}

TEST_F(WsDeadlinesTest, AnAnswerToAPingIsWaitedForLongerByThePause) {
    pass(25s);
    deadlines_.ping_sent(now_);
    pass(2s);
    deadlines_.input_paused(now_);
    pass(60s);
    EXPECT_EQ(due(), Due::nothing);
    deadlines_.input_resumed(now_);
    expect_in(10s, Due::peer_is_gone);
}

TEST_F(WsDeadlinesTest, APauseSavesNobodyWhoDoesNotRead) {
    deadlines_.output_moved(now_);
    deadlines_.input_paused(now_);
    expect_in(8s, Due::stall);
}

}  // namespace
}  // namespace confab::test
