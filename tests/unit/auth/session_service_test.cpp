#include "auth/session_service.hpp"

#include <gtest/gtest.h>
#include <sodium.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "support/auth_fixture.hpp"

namespace confab::auth {
namespace {

using namespace std::chrono_literals;
using test::code_of;

class SessionTest : public test::AuthFixture {
  protected:
    SessionTest() : account_(registered()), first_(logged_in()) {}

    Result<AccountService::Tokens> refresh(const Secret& token) {
        return service_->refresh(token.reveal());
    }
    // The token after this one, or an empty one.
    Secret next(const Secret& token) {
        auto tokens = refresh(token);
        EXPECT_TRUE(tokens);
        return tokens ? std::move(tokens->refresh) : Secret();
    }
    // The middle part of a compact JWS, decoded.
    static std::string payload_of(const Secret& jws) {
        const std::string_view text = jws.reveal();
        const auto begin = text.find('.') + 1;
        std::string payload(text.size(), '\0');
        std::size_t size = 0;
        const char* end = nullptr;
        sodium_base642bin(reinterpret_cast<unsigned char*>(payload.data()), payload.size(),
                          text.data() + begin, text.find('.', begin) - begin, nullptr, &size, &end,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING);
        payload.resize(size);
        return payload;
    }
    bool family_revoked() { return families_.families().front().revoked_at.has_value(); }

    const Account account_;
    const AccountService::Tokens first_;
};

TEST_F(SessionTest, LogInGivesTwoTokensAndTheLifeOfTheAccessToken) {
    EXPECT_FALSE(first_.access.empty());
    EXPECT_EQ(first_.refresh.size(), 43U);  // 32 bytes in base64url
    EXPECT_EQ(first_.expires_in, 3600s);
}

TEST_F(SessionTest, TheAccessTokenNamesUserAndFamily) {
    const std::string payload = payload_of(first_.access);
    EXPECT_NE(payload.find(account_.id.text()), std::string::npos);
    EXPECT_NE(payload.find(families_.families().front().id), std::string::npos);
    EXPECT_NE(payload.find("Test User"), std::string::npos);
    const auto refreshed = refresh(first_.refresh);
    ASSERT_TRUE(refreshed);
    EXPECT_NE(payload_of(refreshed->access).find(families_.families().front().id),
              std::string::npos);
}

TEST_F(SessionTest, TheStoreNeverSeesAToken) {
    const Secret second = next(first_.refresh);
    for (const auto& text : families_.stored_texts()) {
        EXPECT_EQ(text.size(), 64U);
        EXPECT_EQ(text.find(first_.refresh.reveal()), std::string::npos);
        EXPECT_EQ(text.find(second.reveal()), std::string::npos);
    }
}

TEST_F(SessionTest, EachRefreshRotates) {
    Secret token = first_.refresh;
    for (int i = 0; i < 5; ++i) {
        clock_.advance(1h);
        Secret successor = next(token);
        EXPECT_FALSE(successor.same_as(token.reveal()));
        token = std::move(successor);
    }
    EXPECT_EQ(families_.rotations, 5);
    EXPECT_EQ(count(metrics::Id::auth_refreshed), 5);
}

TEST_F(SessionTest, WhatIsNotATokenOfOursIsInvalid) {
    for (const std::string& text :
         {std::string(), std::string("x"), std::string(43, 'A'), std::string(5000, 'A'),
          std::string(first_.access.reveal()), std::string(first_.refresh.reveal()) + "="}) {
        const auto refused = service_->refresh(text);
        ASSERT_EQ(code_of(refused), "refresh_invalid");
        EXPECT_EQ(refused.error().kind, ErrorKind::unauthenticated);
    }
    EXPECT_EQ(count(metrics::Id::auth_refresh_failed), 6);
}

TEST_F(SessionTest, ATextOfAnotherLengthDoesNotReachTheStore) {
    families_.down = true;
    EXPECT_EQ(code_of(service_->refresh(std::string(42, 'A'))), "refresh_invalid");
    EXPECT_EQ(code_of(service_->refresh(std::string(43, 'A'))), "store_unavailable");
    EXPECT_EQ(code_of(service_->refresh(std::string(44, 'A'))), "refresh_invalid");
}

TEST_F(SessionTest, AUsedTokenThatComesBackEndsTheFamily) {
    const Secret second = next(first_.refresh);
    const Secret third = next(second);
    EXPECT_EQ(code_of(refresh(first_.refresh)), "refresh_invalid");
    EXPECT_TRUE(family_revoked());
    EXPECT_EQ(code_of(refresh(third)), "refresh_invalid");
    EXPECT_EQ(count(metrics::Id::auth_refresh_reused), 1);
}

TEST_F(SessionTest, ReuseIsLoggedWithTheFamilyAndWithoutTheToken) {
    const Secret second = next(first_.refresh);
    const Secret third = next(second);
    ASSERT_FALSE(refresh(first_.refresh));
    const std::string text = log_text();
    EXPECT_NE(text.find("refresh_reused"), std::string::npos);
    EXPECT_NE(text.find(families_.families().front().id), std::string::npos);
    for (const Secret* token : {&first_.refresh, &first_.access, &second, &third}) {
        EXPECT_EQ(text.find(token->reveal()), std::string::npos);
    }
}

TEST_F(SessionTest, ALostAnswerCanBeAskedForAgainWithinTheGrace) {
    const Secret second = next(first_.refresh);
    clock_.advance(kRefreshGrace);
    const auto again = refresh(first_.refresh);
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->refresh.same_as(second.reveal()));
    EXPECT_FALSE(again->access.empty());
    EXPECT_EQ(families_.rotations, 1);
    EXPECT_FALSE(next(second).empty());
}

TEST_F(SessionTest, AfterTheGraceARetryIsReuse) {
    const Secret second = next(first_.refresh);
    clock_.advance(kRefreshGrace + 1s);
    EXPECT_EQ(code_of(refresh(first_.refresh)), "refresh_invalid");
    EXPECT_TRUE(family_revoked());
    EXPECT_EQ(code_of(refresh(second)), "refresh_invalid");
}

TEST_F(SessionTest, TheGraceEndsWhenTheSuccessorIsUsed) {
    const Secret second = next(first_.refresh);
    ASSERT_FALSE(next(second).empty());
    EXPECT_EQ(code_of(refresh(first_.refresh)), "refresh_invalid");
    EXPECT_TRUE(family_revoked());
}

TEST_F(SessionTest, TheGraceIsForTheLastPredecessorOnly) {
    const Secret second = next(first_.refresh);
    const Secret third = next(second);
    const auto again = refresh(second);
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->refresh.same_as(third.reveal()));
    EXPECT_EQ(code_of(refresh(first_.refresh)), "refresh_invalid");
    EXPECT_EQ(code_of(refresh(third)), "refresh_invalid");
}

TEST_F(SessionTest, AWallClockSetBackDoesNotEndASession) {
    const Secret second = next(first_.refresh);
    clock_.set_wall(clock_.wall_now() - 2s);
    const auto again = refresh(first_.refresh);
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->refresh.same_as(second.reveal()));
}

TEST_F(SessionTest, AWallClockSetFarBackDoesNotOpenTheGraceAgain) {
    ASSERT_FALSE(next(first_.refresh).empty());
    clock_.set_wall(clock_.wall_now() - 1h);
    EXPECT_EQ(code_of(refresh(first_.refresh)), "refresh_invalid");
}

TEST_F(SessionTest, AnIdleTokenExpires) {
    clock_.advance(kRefreshIdleTtl - 1s);
    const Secret second = next(first_.refresh);
    clock_.advance(kRefreshIdleTtl);
    EXPECT_EQ(code_of(refresh(second)), "refresh_invalid");
    EXPECT_FALSE(family_revoked());
}

TEST_F(SessionTest, AFamilyEndsEvenWhenUsedEveryDay) {
    Secret token = first_.refresh;
    for (int day = 1; day < 90; ++day) {
        clock_.advance(24h);
        token = next(token);
    }
    clock_.advance(24h);
    EXPECT_EQ(code_of(refresh(token)), "refresh_invalid");
}

TEST_F(SessionTest, ADisabledAccountDoesNotRefresh) {
    ASSERT_TRUE(accounts_.set_disabled(account_.id, true));
    EXPECT_EQ(code_of(refresh(first_.refresh)), "refresh_invalid");
    EXPECT_EQ(families_.rotations, 0);
    ASSERT_TRUE(accounts_.set_disabled(account_.id, false));
    EXPECT_FALSE(next(first_.refresh).empty());
}

TEST_F(SessionTest, EachLogInIsAFamilyOfItsOwn) {
    const auto other = logged_in();
    EXPECT_FALSE(other.refresh.same_as(first_.refresh.reveal()));
    const auto families = families_.families();
    ASSERT_EQ(families.size(), 2U);
    EXPECT_NE(families[0].id, families[1].id);
    EXPECT_EQ(families[0].user, account_.id);
    EXPECT_EQ(families[0].expires_at - families[0].created_at, kRefreshAbsoluteTtl);
}

TEST_F(SessionTest, OfManyAtOnceOneRotatesAndAllGetTheSameSuccessor) {
    constexpr int kThreads = 100;
    std::vector<std::string> successors(kThreads);
    std::atomic<bool> go = false;
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < kThreads; ++i) {
        threads.emplace_back([&, i] {
            while (!go)
                std::this_thread::yield();
            auto tokens = service_->refresh(first_.refresh.reveal());
            if (tokens) successors[i] = tokens->refresh.reveal();
        });
    }
    go = true;
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(families_.rotations, 1);
    for (const auto& successor : successors) {
        EXPECT_EQ(successor, successors.front());
        EXPECT_FALSE(successor.empty());
    }
    EXPECT_FALSE(family_revoked());
}

TEST_F(SessionTest, WhoLosesTheRaceLooksAgainAndGetsTheSameSuccessor) {
    // Another node rotates between our look and our own rotation.
    std::optional<Secret> winner;
    families_.before_rotate = [&] { winner = next(first_.refresh); };
    const auto late = refresh(first_.refresh);
    ASSERT_TRUE(late);
    ASSERT_TRUE(winner);
    EXPECT_TRUE(late->refresh.same_as(winner->reveal()));
    EXPECT_EQ(families_.rotations, 1);
}

TEST_F(SessionTest, ALogOutDuringARefreshWins) {
    const auto family = families_.families().front().id;
    families_.before_rotate = [&] {
        ASSERT_TRUE(families_.revoke_family(family, clock_.wall_now()));
    };
    EXPECT_EQ(code_of(refresh(first_.refresh)), "refresh_invalid");
    EXPECT_EQ(families_.rotations, 0);
}

TEST_F(SessionTest, AStoreThatIsDownIsToldAsSuchAndLosesNothing) {
    families_.down = true;
    EXPECT_EQ(code_of(refresh(first_.refresh)), "store_unavailable");
    families_.down = false;
    accounts_.down = true;
    EXPECT_EQ(code_of(refresh(first_.refresh)), "store_unavailable");
    accounts_.down = false;
    EXPECT_FALSE(next(first_.refresh).empty());
}

TEST_F(SessionTest, AShortKeyIsRefusedAtStart) {
    EXPECT_THROW(SessionService(accounts_, families_, revocations_, signer_, clock_,
                                Secret(std::string(31, 'k')), metrics_.shared(), *logger_, {}),
                 std::invalid_argument);
}

}  // namespace
}  // namespace confab::auth
