#include "chat/page_builder.hpp"

#include <gtest/gtest.h>

#include <string>

namespace confab::chat {
namespace {

LogEvent event(Seq seq, std::size_t bytes) {
    LogEvent made;
    made.seq = seq;
    made.body = SharedBytes::copy_of(std::string(bytes, 'x'));
    return made;
}

TEST(PageBuilderTest, TakesSoManyEvents) {
    PageBuilder page({.limit = 2});
    EXPECT_TRUE(page.add(event(1, 10)));
    EXPECT_TRUE(page.add(event(2, 10)));
    EXPECT_FALSE(page.add(event(3, 10)));
    const Page done = std::move(page).finish({});
    EXPECT_EQ(done.events.size(), 2U);
    EXPECT_FALSE(done.end);
}

TEST(PageBuilderTest, TakesSoManyBytesOfText) {
    PageBuilder page({.bytes_max = 100});
    EXPECT_TRUE(page.add(event(1, 60)));
    EXPECT_TRUE(page.add(event(2, 40)));
    EXPECT_FALSE(page.add(event(3, 1)));
    EXPECT_FALSE(std::move(page).finish({}).end);
}

TEST(PageBuilderTest, TakesOneEventHoweverLongItIs) {
    PageBuilder page({.bytes_max = 100});
    EXPECT_TRUE(page.add(event(1, 1000)));
    const Page done = std::move(page).finish({});
    EXPECT_EQ(done.events.size(), 1U);
    EXPECT_TRUE(done.end);
}

TEST(PageBuilderTest, ThePageIsBySeqWhicheverEndItBeganAt) {
    for (const bool newest : {false, true}) {
        PageBuilder page({.newest = newest});
        for (Seq i = 1; i <= 3; ++i)
            EXPECT_TRUE(page.add(event(newest ? 4 - i : i, 1)));
        const Page done = std::move(page).finish({"life", 3, 1});
        for (Seq i = 0; i < 3; ++i)
            EXPECT_EQ(done.events[i].seq, i + 1);
        EXPECT_TRUE(done.end);
        EXPECT_EQ(done.state.epoch, "life");
    }
}

TEST(PageBuilderTest, AnEmptyPageIsTheEnd) {
    EXPECT_TRUE(PageBuilder({}).finish({}).end);
}

}  // namespace
}  // namespace confab::chat
