#include "feed/feed.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "support/plain_reader.hpp"

namespace confab::test {
namespace {

class FeedTest : public ::testing::Test {
  protected:
    metrics::Shard metrics_;
    feed::Budget budget_{{.room_bytes_max = 400, .total_bytes_max = 4000}, metrics_};
    feed::Feed feed_{budget_};
};

TEST_F(FeedTest, EveryReaderGetsWhatComesAfterItsSubscription) {
    PlainReader first;
    PlainReader second;
    first.enter(feed_);
    feed_.append("one ");
    second.enter(feed_);
    feed_.append("two ");
    first.read_all();
    second.read_all();
    EXPECT_EQ(first.text, "one two ");
    EXPECT_EQ(second.text, "two ");
}

TEST_F(FeedTest, NothingIsKeptWhereNobodyReads) {
    feed_.append("nobody");
    EXPECT_EQ(feed_.bytes(), 0U);
    PlainReader reader;
    reader.enter(feed_);
    feed_.append("");
    EXPECT_EQ(feed_.bytes(), 0U);
    EXPECT_EQ(reader.told, 0);
}

TEST_F(FeedTest, HoldsNothingWhenEverybodyHasReadAll) {
    PlainReader fast;
    PlainReader slow;
    fast.enter(feed_);
    slow.enter(feed_);
    feed_.append("frame");
    fast.read_all();
    EXPECT_GT(feed_.bytes(), 0U);
    slow.read_all();
    EXPECT_EQ(feed_.bytes(), 0U);
    EXPECT_EQ(budget_.used(), 0U);
    EXPECT_EQ(metrics_.get(metrics::Id::feed_bytes), 0);
}

TEST_F(FeedTest, TheLastReaderThatIsBehindTakesTheChunksWithIt) {
    PlainReader fast;
    PlainReader slow;
    fast.enter(feed_);
    slow.enter(feed_);
    feed_.append("frame");
    fast.read_all();
    slow.leave();
    EXPECT_EQ(feed_.bytes(), 0U);
    EXPECT_EQ(feed_.subscribers(), 1U);
}

TEST_F(FeedTest, AReaderIsToldOnceUntilSomethingWasRead) {
    PlainReader a;
    PlainReader b;
    a.enter(feed_);
    b.enter(feed_);
    for (int i = 0; i < 3; ++i)
        feed_.append("frame");
    EXPECT_EQ(a.told, 1);
    EXPECT_EQ(b.told, 1);
    a.read_all();
    feed_.append("frame");
    EXPECT_EQ(a.told, 2);
}

TEST_F(FeedTest, WhoeverSubscribesAfterTheOthersWereToldIsToldToo) {
    PlainReader before;
    before.enter(feed_);
    feed_.append("before joined");
    PlainReader after;
    after.enter(feed_);
    feed_.append("after joined");
    EXPECT_EQ(after.told, 1) << "the others may be blocked: nobody else wakes it up";
    EXPECT_EQ(before.told, 1) << "once is enough";
}

TEST_F(FeedTest, WhoeverSkippedToTheEndIsToldOfTheNextFrame) {
    PlainReader reader;
    PlainReader other;
    reader.enter(feed_);
    other.enter(feed_);
    feed_.append("skipped");
    reader.subscription.skip_to_end();
    feed_.append("next");
    EXPECT_EQ(reader.told, 2);
    reader.read_all();
    EXPECT_EQ(reader.text, "next");
}

TEST_F(FeedTest, WhoeverWasToldStaysToldWhenAnotherLeaves) {
    for (int leaving = 0; leaving < 4; ++leaving) {
        std::vector<std::unique_ptr<PlainReader>> readers;
        const auto add = [&] {
            readers.push_back(std::make_unique<PlainReader>());
            readers.back()->enter(feed_);
        };
        add();
        add();
        feed_.append("to two");
        add();
        add();
        readers.erase(readers.begin() + leaving);
        feed_.append("to three");
        for (const auto& reader : readers)
            EXPECT_EQ(reader->told, 1);
    }
}

TEST_F(FeedTest, BeyondItsLimitTheOldestGoesAndWhoHadNotReadItIsLost) {
    PlainReader fast;
    PlainReader slow;
    fast.reads_when_full = true;
    fast.enter(feed_);
    slow.enter(feed_);
    for (int i = 0; i < 100; ++i) {
        feed_.append("0123456789");
        fast.read_all();
        EXPECT_LE(feed_.bytes(), 400U);
    }
    EXPECT_FALSE(fast.subscription.lost());
    EXPECT_EQ(fast.text.size(), 1000U);
    EXPECT_TRUE(slow.subscription.lost());
    EXPECT_EQ(slow.read(100), 0U);
    EXPECT_GT(metrics_.get(metrics::Id::feed_evictions), 0);
}

TEST_F(FeedTest, ABurstInOneTurnLosesNobodyWhoReadsWhenAsked) {
    PlainReader reader;
    reader.reads_when_full = true;
    reader.enter(feed_);
    std::string expected;
    for (int i = 0; i < 1000; ++i) {
        const std::string frame = std::to_string(i) + " ";
        feed_.append(frame);
        expected += frame;
    }
    ASSERT_FALSE(reader.subscription.lost());
    reader.read_all();
    EXPECT_EQ(reader.text, expected);
    EXPECT_GT(reader.told_full, 0);
}

// One reader that reads in the middle of a turn must not make the feed believe that all could.
TEST_F(FeedTest, WhatOnlyAnotherReaderHasReadIsOfferedBeforeItGoes) {
    PlainReader early;
    PlainReader late;
    late.reads_when_full = true;
    early.enter(feed_);
    late.enter(feed_);
    std::string expected;
    for (int i = 0; i < 200; ++i) {
        const std::string frame = std::to_string(i) + " ";
        feed_.append(frame);
        expected += frame;
        early.read_all();
        ASSERT_FALSE(late.subscription.lost()) << i;
    }
    late.read_all();
    EXPECT_EQ(late.text, expected);
}

TEST_F(FeedTest, AFrameLongerThanTheRoomMayHoldIsStillSent) {
    PlainReader reader;
    reader.enter(feed_);
    const std::string frame(1'000, 'x');
    feed_.append(frame);
    reader.read_all();
    EXPECT_EQ(reader.text, frame);
}

// A room that says one short thing per turn while somebody does not read.
TEST_F(FeedTest, ALongTailOfShortFramesIsAFewPieces) {
    budget_.set_limits({});
    PlainReader fast;
    PlainReader slow;
    fast.enter(feed_);
    slow.enter(feed_);
    constexpr int kTurns = 5'000;
    for (int i = 0; i < kTurns; ++i) {
        feed_.append("a frame of some thirty bytes..");
        fast.read_all();
    }
    ASSERT_FALSE(slow.subscription.lost());
    EXPECT_LT(slow.read_all(), 10);
    EXPECT_EQ(slow.text, fast.text);
}

TEST_F(FeedTest, LongFramesDoNotWasteHalfOfWhatTheRoomMayHold) {
    budget_.set_limits({.room_bytes_max = 1'000'000, .total_bytes_max = 2'000'000});
    PlainReader slow;
    slow.enter(feed_);
    for (int i = 0; i < 98; ++i)
        feed_.append(std::string(10'000, 'x'));
    EXPECT_FALSE(slow.subscription.lost());
    EXPECT_LE(feed_.bytes(), 1'000'000U);
    EXPECT_EQ(slow.told_full, 0);
}

TEST_F(FeedTest, AQuietRoomTakesNoMoreThanItsFrame) {
    budget_.set_limits({});
    PlainReader reader;
    reader.enter(feed_);
    for (int i = 0; i < 3; ++i) {
        feed_.append("0123456789");
        EXPECT_EQ(feed_.bytes(), 10U);
        reader.read_all();
    }
}

}  // namespace
}  // namespace confab::test
