#include "app/chat_client_backoff.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace confab::app {
namespace {

TEST(Backoff, DoublesTheSpanFromHalfASecondToThirty) {
    std::vector<std::uint32_t> spans;
    Backoff backoff([&](std::uint32_t bound) {
        spans.push_back(bound - 1);
        return bound - 1;
    });
    for (int i = 0; i < 9; ++i)
        (void)backoff.next();
    const std::vector<std::uint32_t> wanted{500,   1000,  2000,  4000, 8000,
                                            16000, 30000, 30000, 30000};
    EXPECT_EQ(spans, wanted);
}

TEST(Backoff, MayWaitNoTimeAtAll) {
    Backoff backoff([](std::uint32_t) { return 0U; });
    EXPECT_EQ(backoff.next().count(), 0);
}

TEST(Backoff, StartsOverAfterAReset) {
    Backoff backoff([](std::uint32_t bound) { return bound - 1; });
    (void)backoff.next();
    (void)backoff.next();
    backoff.reset();
    EXPECT_EQ(backoff.next(), std::chrono::milliseconds(500));
}

}  // namespace
}  // namespace confab::app
