#include "base/shared_bytes.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace confab {
namespace {

TEST(SharedBytes, DefaultIsEmpty) {
    const SharedBytes bytes;
    EXPECT_TRUE(bytes.empty());
    EXPECT_EQ(bytes.size(), 0U);
    EXPECT_EQ(bytes.view(), "");
}

TEST(SharedBytes, JoinHoldsBothPartsInOrder) {
    EXPECT_EQ(SharedBytes::join("head", "payload").view(), "headpayload");
    EXPECT_EQ(SharedBytes::join("", "payload").view(), "payload");
    EXPECT_EQ(SharedBytes::join("head", "").view(), "head");
    EXPECT_EQ(SharedBytes::join({}, {}).size(), 0U);
    const std::string zeros("\0a\0", 3);
    EXPECT_EQ(SharedBytes::join(zeros, zeros).view(), zeros + zeros);
}

TEST(SharedBytes, CopyOfOutlivesItsSource) {
    SharedBytes bytes;
    {
        const std::string source(1000, 'x');
        bytes = SharedBytes::copy_of(source);
    }
    EXPECT_EQ(bytes.view(), std::string(1000, 'x'));
}

TEST(SharedBytes, CopiesShareTheSameBytes) {
    const SharedBytes first = SharedBytes::copy_of("content");
    const SharedBytes second = first;
    EXPECT_EQ(first.data(), second.data());
}

TEST(SharedBytes, BytesStayInPlaceUntilTheLastCopyIsGone) {
    SharedBytes first = SharedBytes::copy_of("content");
    const char* place = first.data();
    SharedBytes second = first;
    first = SharedBytes{};
    EXPECT_TRUE(first.empty());
    EXPECT_EQ(second.data(), place);
    EXPECT_EQ(second.view(), "content");
}

TEST(SharedBytes, MoveLeavesAnEmptySource) {
    SharedBytes first = SharedBytes::copy_of("content");
    SharedBytes second = std::move(first);
    EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): the rule under test
    EXPECT_EQ(second.view(), "content");
    static_assert(std::is_nothrow_move_constructible_v<SharedBytes>);
}

TEST(SharedBytes, AssignmentToItselfKeepsTheContent) {
    SharedBytes bytes = SharedBytes::copy_of("content");
    const SharedBytes& same = bytes;
    bytes = same;
    EXPECT_EQ(bytes.view(), "content");
}

// Many threads copy and drop the same buffer; the sanitizers see a double free, a leak or a race.
TEST(SharedBytes, CopiesMayBeTakenAndDroppedOnAnyThread) {
    SharedBytes bytes = SharedBytes::copy_of(std::string(100, 'x'));
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([mine = bytes] {
            for (int i = 0; i < 20000; ++i) {
                SharedBytes copy = mine;
                const SharedBytes moved = std::move(copy);
                ASSERT_EQ(moved.view()[static_cast<std::size_t>(i) % 100], 'x');
            }
        });
    }
    bytes = SharedBytes{};  // the last copy goes on one of the threads
    for (auto& thread : threads)
        thread.join();
}

}  // namespace
}  // namespace confab
