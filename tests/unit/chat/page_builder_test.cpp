#include "chat/page_builder.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace confab::chat {
namespace {

LogEvent event(Seq seq, std::size_t bytes) {
    LogEvent made;
    made.seq = seq;
    made.body = SharedBytes::copy_of(std::string(bytes, 'x'));
    return made;
}

// Events from 1 on with so many bytes, up to the first for which there is no room.
Page page_of(const PageRequest& request, const std::vector<std::size_t>& bytes) {
    PageBuilder page(request);
    for (Seq seq = 1; seq <= bytes.size() && page.add(event(seq, bytes[seq - 1]));)
        ++seq;
    return std::move(page).finish({});
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

TEST(PageBuilderTest, ThePageAroundAnEventHasItAndWhatIsNear) {
    const Page page = page_of({.middle = 4, .bytes_max = 100}, std::vector<std::size_t>(8, 20));
    EXPECT_EQ(page.first, 3U);
    EXPECT_EQ(page.last, 7U);
    EXPECT_FALSE(page.end);
}

TEST(PageBuilderTest, TheEventInTheMiddleIsThereHoweverLongItIs) {
    const Page page = page_of({.middle = 2, .bytes_max = 100}, {1, 1000, 1});
    EXPECT_EQ(page.first, 2U);
    EXPECT_EQ(page.last, 2U);
    EXPECT_FALSE(page.end);
}

TEST(PageBuilderTest, ThePageAroundAnEventIsWholeWhenAllFits) {
    const Page page = page_of({.middle = 2, .bytes_max = 100}, {20, 20, 20});
    EXPECT_EQ(page.first, 1U);
    EXPECT_EQ(page.last, 3U);
    EXPECT_TRUE(page.end);
}

TEST(PageBuilderTest, AnEmptyPageIsTheEnd) {
    EXPECT_TRUE(PageBuilder({}).finish({}).end);
}

}  // namespace
}  // namespace confab::chat
