#include "feed/subscription.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "feed/feed.hpp"
#include "support/plain_reader.hpp"

namespace confab::test {
namespace {

std::string text_of(const std::vector<feed::Rest>& rests) {
    std::string text;
    for (const feed::Rest& rest : rests)
        text += rest.view();
    return text;
}

class SubscriptionTest : public ::testing::Test {
  protected:
    SubscriptionTest() { reader_.enter(feed_); }

    metrics::Shard metrics_;
    feed::Budget budget_{{}, metrics_};
    feed::Feed feed_{budget_};
    PlainReader reader_;
    feed::Subscription& cursor_ = reader_.subscription;
};

TEST_F(SubscriptionTest, IsBehindFromTheFrameUntilItIsRead) {
    EXPECT_TRUE(cursor_.active());
    EXPECT_FALSE(cursor_.behind());
    feed_.append("frame");
    EXPECT_TRUE(cursor_.behind());
    EXPECT_FALSE(cursor_.lost());
    reader_.read_all();
    EXPECT_FALSE(cursor_.behind());
    reader_.leave();
    EXPECT_FALSE(cursor_.active());
    EXPECT_FALSE(cursor_.behind());
    EXPECT_FALSE(cursor_.lost());
}

TEST_F(SubscriptionTest, WhileItIsHeldNothingIsReadAndThenItIsTold) {
    cursor_.hold();
    feed_.append("one");
    feed_.append("two");
    EXPECT_FALSE(cursor_.behind());
    std::array<iovec, 8> parts;
    EXPECT_EQ(cursor_.gather(parts), 0U);
    EXPECT_GT(feed_.bytes(), 0U) << "it is kept";
    reader_.told = 0;
    cursor_.release();
    EXPECT_EQ(reader_.told, 1);
    reader_.read_all();
    EXPECT_EQ(reader_.text, "onetwo");
    cursor_.hold();
    cursor_.release();
    EXPECT_EQ(reader_.told, 1) << "there is nothing to read";
}

TEST_F(SubscriptionTest, GathersNoMoreThanThereIsPlaceFor) {
    feed_.append("one");
    feed_.append("two");
    EXPECT_EQ(cursor_.gather({}), 0U);
    std::array<iovec, 8> parts;
    ASSERT_GE(cursor_.gather(parts), 1U);
    EXPECT_EQ(cursor_.gather(std::span(parts).first(1)), 1U);
}

TEST_F(SubscriptionTest, WhatIsLeftOfAChunkIsItsRestAndNewFramesFollowIt) {
    PlainReader other;
    other.enter(feed_);
    for (const char* frame : {"one", "two", "three"})
        feed_.append(frame);
    EXPECT_EQ(reader_.read(4), 4U);
    EXPECT_FALSE(reader_.rest.empty());
    feed_.append("four");
    while (reader_.read(2) > 0) {
    }
    EXPECT_EQ(reader_.text, "onetwothreefour");
    EXPECT_TRUE(reader_.rest.empty());
    other.read_all();
    EXPECT_EQ(other.text, "onetwothreefour");
}

TEST_F(SubscriptionTest, ARestOutlivesItsPlaceInTheFeed) {
    feed_.append("one");
    feed_.append("two");
    reader_.read(1);
    reader_.read(0);
    const std::size_t held = budget_.used();
    EXPECT_GT(held, 0U) << "what only a slow reader holds is counted";
    reader_.leave();
    EXPECT_EQ(feed_.bytes(), 0U);
    reader_.rest.consume(1);
    EXPECT_TRUE(reader_.rest.view().starts_with("e"));
    reader_.rest = {};
    EXPECT_EQ(budget_.used(), 0U);
}

TEST_F(SubscriptionTest, ARestCanBeCutShort) {
    feed_.append("one");
    reader_.read(1);
    EXPECT_EQ(reader_.rest.chunk(), "one");
    EXPECT_EQ(reader_.rest.written(), 1U);
    reader_.rest.cut_at(2);
    EXPECT_EQ(reader_.rest.view(), "n");
    reader_.rest.cut_at(1);
    EXPECT_TRUE(reader_.rest.empty());
}

TEST_F(SubscriptionTest, HandsOverAllThatIsOwedAndNothingThatComesLater) {
    PlainReader other;
    other.enter(feed_);
    feed_.append("read ");
    reader_.read_all();
    feed_.append(std::string(20'000, 'x'));
    feed_.append("last");
    std::vector<feed::Rest> owed;
    cursor_.hand_over(owed);
    EXPECT_EQ(owed.size(), 2U);
    feed_.append("later");
    reader_.leave();
    other.leave();
    EXPECT_EQ(text_of(owed), std::string(20'000, 'x') + "last");
}

TEST_F(SubscriptionTest, HandsOverAChunkFromItsCursorOn) {
    PlainReader other;
    other.enter(feed_);
    feed_.append("some ");
    feed_.append("in one ");
    reader_.read_all();
    other.read_all();
    // The last turn had two frames: these share a chunk.
    feed_.append("chunk ");
    reader_.read_all();
    feed_.append("more");
    std::vector<feed::Rest> owed;
    cursor_.hand_over(owed);
    ASSERT_EQ(owed.size(), 1U);
    EXPECT_EQ(owed[0].chunk(), "chunk more");
    EXPECT_EQ(owed[0].view(), "more");
}

TEST_F(SubscriptionTest, WhoeverIsLostGetsNothingUntilItSkipsToTheEnd) {
    budget_.set_limits({.room_bytes_max = 40, .total_bytes_max = 1'000});
    for (int i = 0; i < 20; ++i)
        feed_.append("0123456789");
    ASSERT_TRUE(cursor_.lost());
    std::array<iovec, 4> parts;
    EXPECT_EQ(cursor_.gather(parts), 0U);
    std::vector<feed::Rest> owed;
    cursor_.hand_over(owed);
    EXPECT_TRUE(owed.empty());
    EXPECT_EQ(cursor_.advance(10, reader_.rest), 0U);
    cursor_.skip_to_end();
    EXPECT_FALSE(cursor_.lost());
    EXPECT_FALSE(cursor_.behind());
    EXPECT_EQ(feed_.bytes(), 0U) << "nobody else is behind";
    feed_.append("new");
    reader_.read_all();
    EXPECT_EQ(reader_.text, "new");
}

TEST_F(SubscriptionTest, WhatCameWhileItWasHeldCanBeGivenUp) {
    cursor_.hold();
    feed_.append("given up");
    cursor_.skip_to_end();
    EXPECT_EQ(feed_.bytes(), 0U) << "nobody else is behind";
    cursor_.skip_to_end();
    cursor_.release();
    feed_.append("new");
    reader_.read_all();
    EXPECT_EQ(reader_.text, "new");
}

}  // namespace
}  // namespace confab::test
