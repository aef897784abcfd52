#include "auth/login_throttle.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "base/crypto.hpp"
#include "support/manual_clock.hpp"

namespace confab::auth {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kBob = "bob@example.com";
constexpr std::string_view kHere = "192.0.2.1";
constexpr std::string_view kElsewhere = "198.51.100.7";

std::string address_number(int number) {
    return "10.0." + std::to_string(number / 256) + "." + std::to_string(number % 256);
}

class LoginThrottleTest : public ::testing::Test {
  protected:
    LoginThrottleTest() { initialise_crypto(); }

    // Without the limit per address where it would get into the way.
    static LoginThrottle::Options per_account_only() {
        LoginThrottle::Options options;
        options.failures_per_address_per_minute = 1'000'000;
        return options;
    }
    static void fail(LoginThrottle& throttle, std::string_view email, std::string_view address) {
        ASSERT_FALSE(throttle.login_wait(email, address));
        throttle.login_failed(email, address);
    }
    // Like somebody who tries again as soon as he may; returns how often he got through.
    int hammer(LoginThrottle& throttle, std::string_view email, std::string_view address,
               std::chrono::seconds duration) {
        int tries = 0;
        const SteadyTime end = clock_.steady_now() + duration;
        while (clock_.steady_now() < end) {
            if (const auto wait = throttle.login_wait(email, address)) {
                clock_.advance(std::min<SteadyTime::duration>(*wait, end - clock_.steady_now()));
            } else {
                throttle.login_failed(email, address);
                ++tries;
            }
        }
        return tries;
    }

    test::ManualClock clock_;
};

TEST_F(LoginThrottleTest, FiveFailuresAreFreeThenTheDelayDoublesUpToAQuarterOfAnHour) {
    LoginThrottle throttle(per_account_only(), clock_);
    for (std::uint32_t i = 0; i < kLoginFreeFailures; ++i)
        fail(throttle, kBob, kHere);
    std::chrono::seconds expected = 1s;
    for (int i = 0; i < 14; ++i) {
        EXPECT_EQ(throttle.login_wait(kBob, kHere), std::chrono::milliseconds(expected));
        clock_.advance(expected - 1ms);
        EXPECT_EQ(throttle.login_wait(kBob, kHere), 1ms);
        clock_.advance(1ms);
        fail(throttle, kBob, kHere);
        expected = std::min<std::chrono::seconds>(2 * expected, 15min);
    }
    EXPECT_EQ(throttle.login_wait(kBob, kHere), 15min);
}

TEST_F(LoginThrottleTest, NewLimitsHoldFromTheNextAttemptOn) {
    LoginThrottle throttle(per_account_only(), clock_);
    fail(throttle, kBob, kHere);
    auto options = per_account_only();
    options.failures_per_address_per_minute = 1;
    throttle.set_options(options);
    EXPECT_TRUE(throttle.login_wait(kBob, kHere));
    EXPECT_FALSE(throttle.login_wait(kBob, kElsewhere));
}

TEST_F(LoginThrottleTest, SwitchedOffItForgetsAlsoWhatIsUnderWay) {
    LoginThrottle throttle(per_account_only(), clock_);
    for (std::uint32_t i = 0; i < kLoginFreeFailures; ++i)
        ASSERT_FALSE(throttle.login_wait(kBob, kHere));  // no outcome yet
    auto off = per_account_only();
    off.enabled = false;
    throttle.set_options(off);
    EXPECT_EQ(throttle.entries(), 0U);
    for (std::uint32_t i = 0; i < kLoginFreeFailures; ++i)
        throttle.login_abandoned(kBob, kHere);
    throttle.set_options(per_account_only());
    for (std::uint32_t i = 0; i < kLoginFreeFailures; ++i)
        fail(throttle, kBob, kHere);
    EXPECT_TRUE(throttle.login_wait(kBob, kHere));
}

TEST_F(LoginThrottleTest, EntriesThatArePushedOutAreCounted) {
    auto options = per_account_only();
    options.entries_max = 4;
    LoginThrottle throttle(options, clock_);
    fail(throttle, kBob, kHere);
    EXPECT_EQ(throttle.evictions(), 0U);
    fail(throttle, "alice@example.com", kElsewhere);
    EXPECT_EQ(throttle.evictions(), 2U);
}

TEST_F(LoginThrottleTest, LessThan120TriesADayReachTheHash) {
    LoginThrottle throttle({}, clock_);
    EXPECT_LT(hammer(throttle, kBob, kHere, 24h), 120);
}

TEST_F(LoginThrottleTest, TheOwnerElsewhereIsNotLockedOut) {
    LoginThrottle throttle({}, clock_);
    hammer(throttle, kBob, kHere, 10min);
    ASSERT_TRUE(throttle.login_wait(kBob, kHere));
    EXPECT_FALSE(throttle.login_wait(kBob, kElsewhere));
}

TEST_F(LoginThrottleTest, ACrowdOfGuessersIsSlowedDownForTheAccountAsAWhole) {
    LoginThrottle throttle(per_account_only(), clock_);
    int tries = 0;
    for (int i = 0; i < 1000; ++i) {
        if (throttle.login_wait(kBob, address_number(i))) continue;
        throttle.login_failed(kBob, address_number(i));
        ++tries;
    }
    EXPECT_EQ(tries, static_cast<int>(kLoginFreeFailures * kLoginAccountWideFactor));
}

TEST_F(LoginThrottleTest, ACrowdDelaysANewAddressByAMinuteAtMost) {
    LoginThrottle throttle(per_account_only(), clock_);
    for (int i = 0; i < 200; ++i)
        hammer(throttle, kBob, address_number(i), 1s);
    const auto wait = throttle.login_wait(kBob, kElsewhere);
    ASSERT_TRUE(wait);
    EXPECT_LE(*wait, kLoginAccountWideDelayMax);
    clock_.advance(*wait);
    EXPECT_FALSE(throttle.login_wait(kBob, kElsewhere));
}

TEST_F(LoginThrottleTest, ACrowdDoesNotConcernAnAddressWhereTheOwnerHasLoggedInBefore) {
    LoginThrottle throttle(per_account_only(), clock_);
    ASSERT_FALSE(throttle.login_wait(kBob, kElsewhere));
    throttle.login_succeeded(kBob, kElsewhere);
    for (int i = 0; i < 200; ++i)
        hammer(throttle, kBob, address_number(i), 1s);
    ASSERT_TRUE(throttle.login_wait(kBob, address_number(999)));
    EXPECT_FALSE(throttle.login_wait(kBob, kElsewhere));
}

TEST_F(LoginThrottleTest, OtherAccountsAtTheSameAddressAreNotDelayedByOne) {
    LoginThrottle throttle({}, clock_);
    for (std::uint32_t i = 0; i < kLoginFreeFailures; ++i)
        fail(throttle, kBob, kHere);
    ASSERT_TRUE(throttle.login_wait(kBob, kHere));
    EXPECT_FALSE(throttle.login_wait("alice@example.com", kHere));
}

TEST_F(LoginThrottleTest, SuccessForgivesTheFailuresAtThatAddress) {
    LoginThrottle throttle({}, clock_);
    for (std::uint32_t i = 0; i + 1 < kLoginFreeFailures; ++i)
        fail(throttle, kBob, kHere);
    ASSERT_FALSE(throttle.login_wait(kBob, kHere));
    throttle.login_succeeded(kBob, kHere);
    for (std::uint32_t i = 0; i < kLoginFreeFailures; ++i)
        fail(throttle, kBob, kHere);
    EXPECT_TRUE(throttle.login_wait(kBob, kHere));
}

TEST_F(LoginThrottleTest, FailuresAreForgottenAfterADay) {
    LoginThrottle throttle({}, clock_);
    for (std::uint32_t i = 0; i < kLoginFreeFailures; ++i)
        fail(throttle, kBob, kHere);
    clock_.advance(kLoginForgetAfter + 1s);
    for (std::uint32_t i = 0; i < kLoginFreeFailures; ++i)
        fail(throttle, kBob, kHere);
}

TEST_F(LoginThrottleTest, OnePasswordOnManyAccountsTripsTheLimitOfTheAddress) {
    LoginThrottle throttle({}, clock_);
    for (std::uint32_t i = 0; i < kLoginPerAddressPerMinute; ++i) {
        fail(throttle, "user" + std::to_string(i) + "@example.com", kHere);
    }
    clock_.advance(10s);
    EXPECT_EQ(throttle.login_wait("another@example.com", kHere), 50s);
    EXPECT_FALSE(throttle.login_wait("another@example.com", kElsewhere));
    clock_.advance(50s);
    EXPECT_FALSE(throttle.login_wait("another@example.com", kHere));
}

TEST_F(LoginThrottleTest, OneHundredAtOnceGetNoMoreTriesThanOneAfterTheOther) {
    LoginThrottle throttle({}, clock_);
    std::atomic<int> passed = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 100; ++i) {
        threads.emplace_back([&] {
            if (!throttle.login_wait(kBob, kHere)) ++passed;
        });
    }
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(passed, static_cast<int>(kLoginFreeFailures));
    EXPECT_EQ(throttle.login_wait(kBob, kHere), kLoginDelayFirst);
}

TEST_F(LoginThrottleTest, OnceDelayedOneAttemptGoesAtATime) {
    LoginThrottle throttle({}, clock_);
    for (std::uint32_t i = 0; i < kLoginFreeFailures; ++i)
        fail(throttle, kBob, kHere);
    clock_.advance(1s);
    EXPECT_FALSE(throttle.login_wait(kBob, kHere));
    EXPECT_TRUE(throttle.login_wait(kBob, kHere));
}

TEST_F(LoginThrottleTest, AttemptsUnderWayCountForTheAddressToo) {
    LoginThrottle throttle({}, clock_);
    for (std::uint32_t i = 0; i < kLoginPerAddressPerMinute; ++i) {
        ASSERT_FALSE(throttle.login_wait("user" + std::to_string(i) + "@example.com", kHere));
    }
    EXPECT_EQ(throttle.login_wait("another@example.com", kHere), kLoginDelayFirst);
}

TEST_F(LoginThrottleTest, SuccessAndAbandoningGiveTheReservationBack) {
    LoginThrottle throttle({}, clock_);
    for (int i = 0; i < 100; ++i) {
        ASSERT_FALSE(throttle.login_wait(kBob, kHere));
        throttle.login_succeeded(kBob, kHere);
        ASSERT_FALSE(throttle.login_wait(kBob, kHere));
        throttle.login_abandoned(kBob, kHere);
    }
}

TEST_F(LoginThrottleTest, RegistrationsPerAddressAndHourAreLimited) {
    LoginThrottle throttle({}, clock_);
    for (std::uint32_t i = 0; i < kRegistrationsPerAddressPerHour; ++i) {
        ASSERT_FALSE(throttle.registration_wait(kHere));
    }
    EXPECT_EQ(throttle.registration_wait(kHere), 1h);
    EXPECT_FALSE(throttle.registration_wait(kElsewhere));
    throttle.registration_abandoned(kHere);
    EXPECT_FALSE(throttle.registration_wait(kHere));
    EXPECT_TRUE(throttle.registration_wait(kHere));
    clock_.advance(1h);
    EXPECT_FALSE(throttle.registration_wait(kHere));
}

TEST_F(LoginThrottleTest, WhenFullTheEntryIdleLongestGoes) {
    LoginThrottle::Options options = per_account_only();
    options.entries_max = 300;
    LoginThrottle throttle(options, clock_);
    for (std::uint32_t i = 0; i < kLoginFreeFailures; ++i) {
        fail(throttle, "early@example.com", kHere);
        fail(throttle, kBob, kElsewhere);
    }
    for (int i = 0; i < 10'000; ++i) {
        fail(throttle, "user" + std::to_string(i) + "@example.com", address_number(i));
        // Looked at again and again, it stays.
        if (i % 20 == 0) {
            clock_.advance(15min);
            fail(throttle, kBob, kElsewhere);
        }
        ASSERT_LE(throttle.entries(), options.entries_max);
    }
    EXPECT_EQ(throttle.entries(), options.entries_max);
    EXPECT_FALSE(throttle.login_wait("early@example.com", kHere));
    EXPECT_TRUE(throttle.login_wait(kBob, kElsewhere));
}

TEST_F(LoginThrottleTest, AnOutcomeWhoseEntryWasPushedOutIsHarmless) {
    LoginThrottle::Options options = per_account_only();
    options.entries_max = 4;
    LoginThrottle throttle(options, clock_);
    ASSERT_FALSE(throttle.login_wait(kBob, kHere));
    fail(throttle, "other@example.com", kElsewhere);
    throttle.login_abandoned(kBob, kHere);
    EXPECT_FALSE(throttle.login_wait(kBob, kHere));
}

TEST_F(LoginThrottleTest, SwitchedOffItLetsEverythingPassAndKeepsNothing) {
    LoginThrottle::Options options;
    options.enabled = false;
    LoginThrottle throttle(options, clock_);
    for (int i = 0; i < 1000; ++i) {
        fail(throttle, kBob, kHere);
        ASSERT_FALSE(throttle.registration_wait(kHere));
    }
    EXPECT_EQ(throttle.entries(), 0U);
}

}  // namespace
}  // namespace confab::auth
