#include "auth/revocations.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "support/auth_fixture.hpp"

namespace confab::auth {
namespace {

using namespace std::chrono_literals;
using test::code_of;

class RevocationsTest : public ::testing::Test {
  protected:
    // The store has it revoked now.
    void end_elsewhere(const std::string& id) {
        RefreshFamily family;
        family.id = id;
        family.user = UserId("u-" + id);
        family.created_at = clock_.wall_now() - 24h;
        family.expires_at = clock_.wall_now() + 24h;
        ASSERT_TRUE(store_.create_family(family, "hash of " + id, family.created_at));
        ASSERT_TRUE(store_.revoke_family(id, clock_.wall_now()));
    }
    void catch_up() { ASSERT_TRUE(revocations_.catch_up(store_, clock_.wall_now())); }

    test::ManualClock clock_;
    test::FakeRefreshStore store_;
    Revocations revocations_{{}};
};

TEST_F(RevocationsTest, WhatWasAddedIsRevokedAndNothingElse) {
    revocations_.add("a", clock_.wall_now());
    revocations_.add("a", clock_.wall_now());
    EXPECT_TRUE(revocations_.is_revoked("a"));
    EXPECT_FALSE(revocations_.is_revoked("A"));
    EXPECT_FALSE(revocations_.is_revoked("ab"));
    EXPECT_EQ(revocations_.size(), 1U);
}

TEST_F(RevocationsTest, ATokenWithoutASessionIsNeverRevoked) {
    revocations_.add("", clock_.wall_now());
    EXPECT_FALSE(revocations_.is_revoked(""));
    EXPECT_EQ(revocations_.size(), 0U);
}

TEST_F(RevocationsTest, TheFirstTimeAllWithinTheLifeOfATokenAreRead) {
    end_elsewhere("too old");
    clock_.advance(kRevocationSlack + 1s);
    end_elsewhere("still counts");
    clock_.advance(kAccessTokenTtl);
    end_elsewhere("now");
    catch_up();
    EXPECT_TRUE(revocations_.is_revoked("now"));
    EXPECT_TRUE(revocations_.is_revoked("still counts"));
    EXPECT_FALSE(revocations_.is_revoked("too old"));
}

TEST_F(RevocationsTest, WhatEndsElsewhereIsSeenTheNextTime) {
    catch_up();
    clock_.advance(kRevocationPollInterval);
    end_elsewhere("a");
    EXPECT_FALSE(revocations_.is_revoked("a"));
    catch_up();
    EXPECT_TRUE(revocations_.is_revoked("a"));
}

TEST_F(RevocationsTest, ARevocationThatBecomesVisibleLateIsSeen) {
    const WallTime stamped = clock_.wall_now();
    clock_.advance(kRevocationSlack - 1s);
    catch_up();  // whoever revoked still waits for the database
    const WallTime looked = clock_.wall_now();
    clock_.set_wall(stamped);
    end_elsewhere("slow");
    clock_.set_wall(looked + kRevocationPollInterval);
    catch_up();
    EXPECT_TRUE(revocations_.is_revoked("slow"));
}

TEST_F(RevocationsTest, AClockThatIsSetBackHidesNothing) {
    for (const auto back : {std::chrono::seconds(20s), std::chrono::seconds(48h)}) {
        const std::string id = std::to_string(back.count());
        catch_up();
        clock_.set_wall(clock_.wall_now() - back - 20s);
        end_elsewhere(id);
        clock_.advance(20s);  // until it is visible
        catch_up();
        EXPECT_TRUE(revocations_.is_revoked(id)) << id;
    }
}

TEST_F(RevocationsTest, AClockThatJumpsAheadAndBackLosesNothing) {
    end_elsewhere("a");
    clock_.advance(20min);
    catch_up();
    clock_.set_wall(clock_.wall_now() + 48h);
    catch_up();
    EXPECT_FALSE(revocations_.is_revoked("a"));
    clock_.set_wall(clock_.wall_now() - 48h);
    catch_up();
    EXPECT_TRUE(revocations_.is_revoked("a"));
}

TEST_F(RevocationsTest, ARevocationIsForgottenOnlyWhenItsLastTokenHasExpired) {
    revocations_.add("a", clock_.wall_now());
    clock_.advance(1s);
    revocations_.add("b", clock_.wall_now());
    clock_.advance(kAccessTokenTtl + kRevocationSlack - 1s);
    catch_up();
    EXPECT_TRUE(revocations_.is_revoked("a"));
    clock_.advance(1s);
    catch_up();
    EXPECT_FALSE(revocations_.is_revoked("a"));
    EXPECT_TRUE(revocations_.is_revoked("b"));
    EXPECT_EQ(revocations_.size(), 1U);
    EXPECT_EQ(revocations_.take_dropped(), 0U);
}

TEST_F(RevocationsTest, MoreThanOnePieceIsForgottenAtOnce) {
    for (std::size_t i = 0; i < 2 * kRevocationsPage + 1; ++i) {
        revocations_.add(std::to_string(i), clock_.wall_now());
    }
    clock_.advance(2 * kAccessTokenTtl);
    catch_up();
    EXPECT_EQ(revocations_.size(), 0U);
}

TEST_F(RevocationsTest, ALongerTokenIsWatchedLonger) {
    Revocations patient({.token_ttl = 24h});
    patient.add("a", clock_.wall_now());
    clock_.advance(23h);
    ASSERT_TRUE(patient.catch_up(store_, clock_.wall_now()));
    EXPECT_TRUE(patient.is_revoked("a"));
}

TEST_F(RevocationsTest, WhenFullTheOldestGoesFirstAndIsCounted) {
    Revocations small({.ids_max = 2});
    small.add("late", clock_.wall_now() + 2s);
    small.add("early", clock_.wall_now());
    small.add("middle", clock_.wall_now() + 1s);
    EXPECT_FALSE(small.is_revoked("early"));
    EXPECT_TRUE(small.is_revoked("middle"));
    EXPECT_TRUE(small.is_revoked("late"));
    EXPECT_EQ(small.size(), 2U);
    EXPECT_EQ(small.take_dropped(), 1U);
    EXPECT_EQ(small.take_dropped(), 0U);
}

TEST_F(RevocationsTest, PagesReachEverythingAlsoWithinOneSecond) {
    Revocations paged({.page = 2});
    for (int second = 0; second < 4; ++second) {
        for (int i = 0; i < 1 + 4 * (second % 2); ++i) {  // 1, 5, 1 and 5 of them
            end_elsewhere(std::to_string(second) + "-" + std::to_string(i));
        }
        clock_.advance(1s);
    }
    ASSERT_TRUE(paged.catch_up(store_, clock_.wall_now()));
    EXPECT_EQ(paged.size(), 12U);
    for (const auto& family : store_.families()) {
        EXPECT_TRUE(paged.is_revoked(family.id)) << family.id;
    }
}

TEST_F(RevocationsTest, ASecondWithMoreThanThereIsRoomForDoesNotHoldUpTheNext) {
    Revocations small({.ids_max = 4, .page = 2});
    for (int i = 0; i < 9; ++i) {
        end_elsewhere("crowd-" + std::to_string(i));
    }
    clock_.advance(1s);
    end_elsewhere("after");
    ASSERT_TRUE(small.catch_up(store_, clock_.wall_now()));
    EXPECT_TRUE(small.is_revoked("after"));
    EXPECT_EQ(small.size(), 4U);
    EXPECT_GT(small.take_dropped(), 0U);
}

TEST_F(RevocationsTest, AFailingStoreIsToldAndAskedAgainForTheSame) {
    catch_up();
    end_elsewhere("a");
    store_.down = true;
    clock_.advance(kAccessTokenTtl / 2);
    EXPECT_EQ(code_of(revocations_.catch_up(store_, clock_.wall_now())), "store_unavailable");
    store_.down = false;
    catch_up();
    EXPECT_TRUE(revocations_.is_revoked("a"));
}

TEST_F(RevocationsTest, ManyThreadsMayAskAddAndCatchUp) {
    constexpr int kThreads = 4;
    constexpr int kIds = 200;
    std::atomic<int> unseen = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < kIds; ++i) {
                const std::string id = std::to_string(t) + "-" + std::to_string(i);
                revocations_.add(id, clock_.wall_now());
                if (!revocations_.is_revoked(id)) ++unseen;
                if (!revocations_.catch_up(store_, clock_.wall_now())) ++unseen;
            }
        });
    }
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(unseen, 0);
    EXPECT_EQ(revocations_.size(), static_cast<std::size_t>(kThreads) * kIds);
}

// What the services add, without anybody polling.
class EndedSessionTest : public test::AuthFixture {
  protected:
    EndedSessionTest() : account_(registered()) {}

    const Account account_;
};

TEST_F(EndedSessionTest, LogOutCountsAtOnceAndForThatSessionOnly) {
    const auto mine = new_family().id;
    const auto other = new_family().id;
    EXPECT_FALSE(revocations_.is_revoked(mine));
    ASSERT_TRUE(service_->log_out(identity_of(account_, mine)));
    EXPECT_TRUE(revocations_.is_revoked(mine));
    EXPECT_FALSE(revocations_.is_revoked(other));
}

TEST_F(EndedSessionTest, ALogOutThatTheStoreDidNotTakeCountsForNothing) {
    const auto mine = new_family().id;
    families_.down = true;
    EXPECT_EQ(code_of(service_->log_out(identity_of(account_, mine))), "store_unavailable");
    EXPECT_FALSE(revocations_.is_revoked(mine));
}

TEST_F(EndedSessionTest, AnOutsideTokenThatNamesASessionOfOursDoesNotEndIt) {
    auto outside = identity_of(account_, new_family().id);
    outside.own = false;
    ASSERT_TRUE(service_->log_out(outside));
    EXPECT_FALSE(revocations_.is_revoked(outside.session_id));
}

TEST_F(EndedSessionTest, ANewPasswordCountsAtOnceForAllOtherSessions) {
    const auto mine = new_family().id;
    const auto other = new_family().id;
    const auto third = new_family().id;
    ASSERT_TRUE(revocations_.catch_up(families_, clock_.wall_now()));
    ASSERT_TRUE(service_->change_password(identity_of(account_, mine),
                                          Secret(std::string(kPassword)),
                                          Secret("another password"), kHere));
    EXPECT_FALSE(revocations_.is_revoked(mine));
    EXPECT_TRUE(revocations_.is_revoked(other));
    EXPECT_TRUE(revocations_.is_revoked(third));
}

TEST_F(EndedSessionTest, AReusedRefreshTokenCountsAtOnce) {
    const auto tokens = logged_in();
    const auto family = families_.families().front().id;
    const auto second = service_->refresh(tokens.refresh.reveal());
    ASSERT_TRUE(second && service_->refresh(second->refresh.reveal()));
    EXPECT_FALSE(revocations_.is_revoked(family));
    EXPECT_EQ(code_of(service_->refresh(tokens.refresh.reveal())), "refresh_invalid");
    EXPECT_TRUE(revocations_.is_revoked(family));
}

}  // namespace
}  // namespace confab::auth
