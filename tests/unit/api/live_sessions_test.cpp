#include "api/live_sessions.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "support/manual_clock.hpp"

namespace confab::api {
namespace {

constexpr const char* kFirst = "018f6f2e-0000-7000-8000-000000000001";
constexpr const char* kSecond = "018f6f2e-0000-7000-8000-000000000002";

class LiveSessionsTest : public ::testing::Test {
  protected:
    struct Connection final : LiveSessions::Member {
        void on_session_ended() override { ++told; }
        int told = 0;
    };

    static auth::Identity token_of(const std::string& session, bool own = true) {
        return {.user = UserId("u"), .name = "U", .session_id = session, .own = own};
    }
    void end(const std::string& session) { revocations_.add(session, clock_.wall_now()); }

    test::ManualClock clock_;
    auth::Revocations revocations_{{}};
    LiveSessions sessions_{revocations_};
};

TEST_F(LiveSessionsTest, AllConnectionsOfAnEndedSessionAreToldOnceAndNoOthers) {
    Connection one, two, other;
    EXPECT_TRUE(sessions_.follow(one, token_of(kFirst)));
    EXPECT_TRUE(sessions_.follow(two, token_of(kFirst)));
    EXPECT_TRUE(sessions_.follow(other, token_of(kSecond)));
    end(kFirst);
    sessions_.check();
    sessions_.check();
    EXPECT_EQ(one.told, 1);
    EXPECT_EQ(two.told, 1);
    EXPECT_EQ(other.told, 0);
}

TEST_F(LiveSessionsTest, WhatEndedBeforeIsNotFollowed) {
    end(kFirst);
    Connection late;
    EXPECT_FALSE(sessions_.follow(late, token_of(kFirst)));
    sessions_.check();
    EXPECT_EQ(late.told, 0);
}

TEST_F(LiveSessionsTest, ANewTokenReplacesTheSessionOfTheOld) {
    Connection connection;
    EXPECT_TRUE(sessions_.follow(connection, token_of(kFirst)));
    EXPECT_TRUE(sessions_.follow(connection, token_of(kSecond)));
    end(kFirst);
    sessions_.check();
    EXPECT_EQ(connection.told, 0);
    end(kSecond);
    sessions_.check();
    EXPECT_EQ(connection.told, 1);
}

TEST_F(LiveSessionsTest, TokensWithoutASessionOfOursDoNotEnd) {
    Connection outside, none;
    EXPECT_TRUE(sessions_.follow(outside, token_of(kFirst, false)));
    EXPECT_TRUE(sessions_.follow(none, token_of("")));
    end(kFirst);
    sessions_.check();
    EXPECT_EQ(outside.told, 0);
    EXPECT_EQ(none.told, 0);
}

TEST_F(LiveSessionsTest, AConnectionThatIsGoneIsNotTold) {
    auto gone = std::make_unique<Connection>();
    EXPECT_TRUE(sessions_.follow(*gone, token_of(kFirst)));
    gone.reset();
    end(kFirst);
    sessions_.check();
}

TEST_F(LiveSessionsTest, MoreAtOnceThanAreKnownInOrderMissNobody) {
    Connection one, two, other;
    EXPECT_TRUE(sessions_.follow(one, token_of(kFirst)));
    EXPECT_TRUE(sessions_.follow(two, token_of(kFirst)));
    EXPECT_TRUE(sessions_.follow(other, token_of(kSecond)));
    end(kFirst);
    for (std::size_t i = 0; i < kRevocationsRecent; ++i)
        end("another " + std::to_string(i));
    sessions_.check();
    EXPECT_EQ(one.told, 1);
    EXPECT_EQ(two.told, 1);
    EXPECT_EQ(other.told, 0);
}

}  // namespace
}  // namespace confab::api
