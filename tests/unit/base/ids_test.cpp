#include "base/ids.hpp"

#include <gtest/gtest.h>

#include <string>
#include <type_traits>
#include <unordered_set>

namespace confab {
namespace {

TEST(RoomName, EveryByteIsJudgedByTheAllowedList) {
    const std::string allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    for (int c = 0; c < 256; ++c) {
        const std::string name = std::string("a") + static_cast<char>(c) + "b";
        EXPECT_EQ(RoomName::parse(name).has_value(),
                  allowed.find(static_cast<char>(c)) != std::string::npos)
            << c;
    }
}

TEST(RoomName, LengthIsOneToTheLimit) {
    EXPECT_FALSE(RoomName::parse("").has_value());
    EXPECT_TRUE(RoomName::parse("x").has_value());
    EXPECT_TRUE(RoomName::parse(std::string(kRoomNameCharactersMax, 'x')).has_value());
    EXPECT_FALSE(RoomName::parse(std::string(kRoomNameCharactersMax + 1, 'x')).has_value());
}

TEST(RoomName, KeepsItsTextAndCaseMatters) {
    EXPECT_EQ(RoomName::parse("General")->text(), "General");
    EXPECT_NE(RoomName::parse("General"), RoomName::parse("general"));
    EXPECT_EQ(RoomName::parse("general"), RoomName::parse("general"));
}

TEST(RoomName, CannotBeMadeWithoutTheCheck) {
    static_assert(!std::is_default_constructible_v<RoomName>);
    static_assert(!std::is_constructible_v<RoomName, std::string>);
}

TEST(Ids, CannotBeMixedUp) {
    static_assert(!std::is_convertible_v<std::string, UserId>);
    static_assert(!std::is_convertible_v<UserId, RoomName>);
    static_assert(!std::is_convertible_v<RoomName, UserId>);
    static_assert(!std::is_assignable_v<UserId&, std::string>);
}

TEST(Ids, AreKeysOfMaps) {
    std::unordered_set<UserId> users = {UserId("a"), UserId("b"), UserId("a")};
    EXPECT_EQ(users.size(), 2U);
    EXPECT_EQ(users.count(UserId("b")), 1U);
    EXPECT_LT(UserId("a"), UserId("b"));
    std::unordered_set<RoomName> rooms = {*RoomName::parse("x"), *RoomName::parse("x")};
    EXPECT_EQ(rooms.size(), 1U);
}

}  // namespace
}  // namespace confab
