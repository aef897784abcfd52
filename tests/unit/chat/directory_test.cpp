#include "chat/directory.hpp"

#include <gtest/gtest.h>

#include <set>

#include "support/recording_bus.hpp"

namespace confab::test {
namespace {

TEST(DirectoryTest, NumberLeadsToItsConnection) {
    chat::Directory directory;
    EagerMember a;
    EagerMember b;
    const auto number_a = directory.add(a);
    const auto number_b = directory.add(b);
    EXPECT_NE(number_a, 0U);
    EXPECT_NE(number_a, number_b);
    EXPECT_EQ(directory.find(number_a), &a);
    EXPECT_EQ(directory.find(number_b), &b);
}

TEST(DirectoryTest, NumberOfWhoHasGoneFindsNobodyEvenWhenThePlaceIsTaken) {
    chat::Directory directory;
    EagerMember a;
    EagerMember b;
    const auto first = directory.add(a);
    directory.remove(first);
    EXPECT_EQ(directory.find(first), nullptr);
    const auto second = directory.add(b);
    EXPECT_EQ(directory.find(first), nullptr);
    EXPECT_EQ(directory.find(second), &b);
}

TEST(DirectoryTest, NumbersNobodyHadFindNobody) {
    chat::Directory directory;
    EXPECT_EQ(directory.find(0), nullptr);
    EXPECT_EQ(directory.find(UINT64_MAX), nullptr);
    EagerMember a;
    const auto number = directory.add(a);
    EXPECT_EQ(directory.find(0), nullptr);
    EXPECT_EQ(directory.find(number + 1), nullptr);
}

TEST(DirectoryTest, NoNumberComesTwice) {
    chat::Directory directory;
    EagerMember a;
    std::set<std::uint64_t> seen;
    for (int i = 0; i < 1000; ++i) {
        const auto kept = directory.add(a);
        const auto number = directory.add(a);
        EXPECT_TRUE(seen.insert(kept).second);
        EXPECT_TRUE(seen.insert(number).second);
        directory.remove(i % 2 == 0 ? kept : number);
    }
}

TEST(DirectoryTest, EachMeetsWhoIsThere) {
    chat::Directory directory;
    EagerMember a;
    EagerMember b;
    EagerMember c;
    (void)directory.add(a);
    const auto gone = directory.add(b);
    (void)directory.add(c);
    directory.remove(gone);
    std::set<chat::Caller*> met;
    directory.each([&](chat::Caller& caller) { EXPECT_TRUE(met.insert(&caller).second); });
    EXPECT_EQ(met, (std::set<chat::Caller*>{&a, &c}));
}

}  // namespace
}  // namespace confab::test
