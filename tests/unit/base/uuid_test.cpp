#include "base/uuid.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace confab {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kText = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";  // RFC 9562 A.6

TEST(UuidTest, TextAndBytesAreTheSameThing) {
    const auto uuid = Uuid::parse(kText);
    ASSERT_TRUE(uuid);
    EXPECT_EQ(uuid->text(), kText);
    EXPECT_EQ(uuid->bytes().substr(0, 4), std::string_view("\x01\x7f\x22\xe2", 4));
    EXPECT_EQ(Uuid::from_bytes(uuid->bytes()), *uuid);
}

TEST(UuidTest, CapitalsAreRead) {
    EXPECT_EQ(Uuid::parse("017F22E2-79B0-7CC3-98C4-DC0C0C07398F"), Uuid::parse(kText));
}

TEST(UuidTest, AnythingElseIsNone) {
    const std::string good(kText);
    for (const std::string& text :
         {std::string(), good + "0", good.substr(1), "{" + good.substr(2) + "}",
          good.substr(0, 8) + "0" + good.substr(9), "g" + good.substr(1), std::string(36, '-'),
          std::string(36, '\0')}) {
        EXPECT_FALSE(Uuid::parse(text)) << text;
    }
}

TEST(UuidTest, NilIsNone) {
    EXPECT_TRUE(Uuid().is_nil());
    EXPECT_EQ(Uuid().text(), "00000000-0000-0000-0000-000000000000");
    EXPECT_FALSE(Uuid::parse(kText)->is_nil());
}

TEST(UuidSourceTest, VersionVariantAndTimeAreInPlace) {
    UuidSource source;
    const std::string text = source.next(WallTime(0x017f22e279b0ms)).text();
    EXPECT_EQ(text.substr(0, 15), "017f22e2-79b0-7");
    EXPECT_NE(std::string("89ab").find(text[19]), std::string::npos) << text;
}

TEST(UuidSourceTest, EachIsGreaterThanTheOneBefore) {
    UuidSource source;
    WallTime now(1'700'000'000'000ms);
    Uuid last;
    for (int i = 0; i < 20'000; ++i) {
        if (i % 1000 == 0) now += 1ms;
        if (i == 10'000) now -= 1h;  // the clock was set
        const Uuid next = source.next(now);
        ASSERT_LT(last, next) << i;
        last = next;
    }
}

TEST(UuidSourceTest, TwoSourcesDoNotMeet) {
    std::set<Uuid> seen;
    for (int i = 0; i < 1000; ++i) {
        UuidSource source;
        EXPECT_TRUE(seen.insert(source.next(WallTime(1'700'000'000'000ms))).second);
    }
}

TEST(UuidSourceTest, TimeBefore1970IsTakenAsItsBeginning) {
    UuidSource source;
    EXPECT_EQ(source.next(WallTime(-5ms)).text().substr(0, 13), "00000000-0000");
}

}  // namespace
}  // namespace confab
