#include "feed/budget.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <string>

#include "support/plain_reader.hpp"

namespace confab::test {
namespace {

constexpr std::size_t kTotalBytes = 64 * 1024;

// A room and somebody in it.
struct Room {
    explicit Room(feed::Budget& budget) : feed(budget) { reader.enter(feed); }
    ~Room() { reader.leave(); }
    void say(std::size_t bytes, int times = 1) {
        for (int i = 0; i < times; ++i)
            feed.append(std::string(bytes, 'x'));
        said += bytes * static_cast<std::size_t>(times);
    }
    // Nothing is left of it but the chunk of which a part was read.
    void pin(std::size_t bytes) {
        say(bytes);
        reader.read(1);
    }
    bool hears_everything() {
        reader.read_all();
        return reader.text.size() == said;
    }

    feed::Feed feed;
    PlainReader reader;
    std::size_t said = 0;
};

class BudgetTest : public ::testing::Test {
  protected:
    metrics::Shard metrics_;
    feed::Budget budget_{{.room_bytes_max = 60'000, .total_bytes_max = kTotalBytes}, metrics_};
};

TEST_F(BudgetTest, AFullLoopCostsTheRoomThatHoldsMost) {
    Room hog(budget_);
    Room other(budget_);
    hog.say(1'000, 58);
    other.say(1'000, 20);
    EXPECT_LE(budget_.used(), kTotalBytes);
    EXPECT_TRUE(hog.reader.subscription.lost());
    EXPECT_TRUE(other.hears_everything());
}

TEST_F(BudgetTest, ARoomThatHoldsMostItselfPaysItself) {
    Room other(budget_);
    Room hog(budget_);
    other.say(1'000, 10);
    hog.say(1'000, 58);
    EXPECT_LE(budget_.used(), kTotalBytes);
    EXPECT_TRUE(hog.reader.subscription.lost());
    EXPECT_TRUE(other.hears_everything());
}

TEST_F(BudgetTest, TheReadersOfARoomThatGivesWayAreAskedToReadFirst) {
    Room large(budget_);
    large.reader.reads_when_full = true;
    large.say(1'000, 58);
    Room other(budget_);
    other.say(1'000, 20);
    EXPECT_EQ(large.reader.told_full, 1);
    EXPECT_TRUE(large.hears_everything());
    EXPECT_TRUE(other.hears_everything());
    EXPECT_EQ(metrics_.get(metrics::Id::feed_evictions), 0);
}

TEST_F(BudgetTest, WhileReadersHoldMostThoseThatGotNowhereForLongestAreCutOff) {
    std::deque<Room> stuck;
    while (budget_.used() + 3'000 < kTotalBytes)
        stuck.emplace_back(budget_).pin(2'500);
    // One that gets on is the newest again.
    stuck.front().reader.read(2'499);
    stuck.front().pin(2'500);
    Room healthy(budget_);
    healthy.say(1'000, 20);
    EXPECT_LE(budget_.used(), kTotalBytes);
    EXPECT_TRUE(healthy.hears_everything());
    EXPECT_EQ(metrics_.get(metrics::Id::feed_evictions), 0);
    EXPECT_FALSE(stuck.front().reader.cut_off);
    EXPECT_TRUE(stuck[1].reader.cut_off);
    EXPECT_TRUE(stuck[2].reader.cut_off);
    EXPECT_FALSE(stuck.back().reader.cut_off);
}

TEST_F(BudgetTest, ChunksThatAFeedHasDroppedAndAReaderHoldsAreTheReaders) {
    Room hog(budget_);
    hog.say(22'000);
    hog.say(22'000);
    hog.reader.read(1);
    Room other(budget_);
    other.say(8'000, 3);
    EXPECT_LE(budget_.used(), kTotalBytes);
    EXPECT_TRUE(other.hears_everything());
}

TEST_F(BudgetTest, WhateverReadersHoldGoesWhenNoFeedHoldsAnything) {
    Room stuck(budget_);
    stuck.pin(30'000);
    Room other(budget_);
    other.say(50'000);
    EXPECT_TRUE(stuck.reader.cut_off);
    EXPECT_LE(budget_.used(), kTotalBytes);
    EXPECT_TRUE(other.hears_everything());
}

TEST_F(BudgetTest, AFrameLongerThanTheTotalIsStillSent) {
    Room stuck(budget_);
    stuck.pin(30'000);
    Room room(budget_);
    room.say(10'000);
    room.reader.read_all();
    room.say(2 * kTotalBytes);
    EXPECT_TRUE(room.hears_everything());
    EXPECT_TRUE(stuck.reader.cut_off);
    EXPECT_EQ(budget_.used(), 0U);
}

TEST_F(BudgetTest, UnderTheTotalNobodyIsAskedAnything) {
    std::deque<Room> rooms;
    for (int i = 0; i < 5; ++i)
        rooms.emplace_back(budget_).say(1'000, 5);
    for (Room& room : rooms) {
        EXPECT_EQ(room.reader.told_full, 0);
        EXPECT_TRUE(room.hears_everything());
    }
    EXPECT_EQ(budget_.used(), 0U);
}

}  // namespace
}  // namespace confab::test
