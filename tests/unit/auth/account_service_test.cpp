#include "auth/account_service.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "support/auth_fixture.hpp"

namespace confab::auth {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using test::code_of;

class AccountServiceTest : public test::AuthFixture {
  protected:
    Account stored(const Account& account) { return **accounts_.find_account(account.id); }

    // Everything of an error that a client can see.
    template <class T>
    static std::string seen(const Result<T>& result) {
        if (result) return "no error";
        const Error& error = result.error();
        return std::to_string(static_cast<int>(error.kind)) + "|" + std::string(error.code) + "|" +
               error.detail + "|" + error.field + "|" + std::to_string(error.retry_after.count());
    }
    Result<void> change(const Identity& identity, std::string_view old_password,
                        std::string_view new_password) {
        return service_->change_password(identity, Secret(std::string(old_password)),
                                         Secret(std::string(new_password)), kHere);
    }
};

TEST_F(AccountServiceTest, TheSeedsBodyRegistersAndLogsIn) {
    const auto account = service_->register_account(seed_example(), kHere);
    ASSERT_TRUE(account);
    EXPECT_EQ(account->id.text().size(), 36U);
    EXPECT_EQ(account->email, kEmail);
    EXPECT_EQ(account->full_name, "Test User");
    EXPECT_EQ(account->created_at, clock_.wall_now());
    EXPECT_TRUE(account->password_hash.empty());
    EXPECT_TRUE(log_in());
    EXPECT_EQ(count(metrics::Id::auth_registered), 1);
    EXPECT_EQ(count(metrics::Id::auth_login_ok), 1);
}

TEST_F(AccountServiceTest, APasswordIsStoredOnlyAsItsHash) {
    const auto account = stored(registered());
    EXPECT_TRUE(account.password_hash.reveal().starts_with("$argon2id$"));
    EXPECT_EQ(account.password_hash.reveal().find(kPassword), std::string_view::npos);
}

TEST_F(AccountServiceTest, ATakenEmailIsAConflictInAnySpelling) {
    registered();
    const int hashes = hasher_->hashes;
    const auto again = service_->register_account(seed_example(" TEST@Example.com "), kHere);
    ASSERT_EQ(code_of(again), "email_taken");
    EXPECT_EQ(again.error().kind, ErrorKind::conflict);
    EXPECT_EQ(again.error().field, "email");
    EXPECT_EQ(hasher_->hashes, hashes);
}

TEST_F(AccountServiceTest, OfManyRegistrationsAtOnceOneWins) {
    std::atomic<int> created = 0;
    std::atomic<int> taken = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 50; ++i) {
        threads.emplace_back([&] {
            const auto account = service_->register_account(seed_example(), kHere);
            ++(account ? created : taken);
            if (!account) {
                EXPECT_EQ(account.error().code, "email_taken");
            }
        });
    }
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(created, 1);
    EXPECT_EQ(taken, 49);
    EXPECT_EQ(accounts_.size(), 1U);
}

TEST_F(AccountServiceTest, WhoLosesTheRaceForAnEmailIsToldTheSame) {
    accounts_.after_find_by_email = [this] { registered(); };
    const auto late = service_->register_account(seed_example(), kHere);
    EXPECT_EQ(code_of(late), "email_taken");
    EXPECT_EQ(seen(late), seen(service_->register_account(seed_example(), kHere)));
}

TEST_F(AccountServiceTest, ABadFieldStoresNothingAndCostsNothing) {
    auto registration = seed_example();
    registration.age = 0;
    const int hashes = hasher_->hashes;
    for (std::uint32_t i = 0; i < 2 * kRegistrationsPerAddressPerHour; ++i) {
        EXPECT_EQ(code_of(service_->register_account(registration, kHere)), "invalid_field");
    }
    EXPECT_EQ(accounts_.size(), 0U);
    EXPECT_EQ(hasher_->hashes, hashes);
    EXPECT_TRUE(service_->register_account(seed_example(), kHere));
}

TEST_F(AccountServiceTest, RegistrationCanBeClosed) {
    make_service({.registration = false});
    const auto refused = service_->register_account(seed_example(), kHere);
    ASSERT_EQ(code_of(refused), "registration_closed");
    EXPECT_EQ(refused.error().kind, ErrorKind::forbidden);
    service_->set_registration(true);
    EXPECT_TRUE(service_->register_account(seed_example(), kHere));
    service_->set_registration(false);
    EXPECT_EQ(code_of(service_->register_account(seed_example(), kHere)), "registration_closed");
}

TEST_F(AccountServiceTest, RegistrationsFromOneAddressAreLimitedTakenOnesToo) {
    registered();
    for (std::uint32_t i = 1; i < kRegistrationsPerAddressPerHour; ++i) {
        ASSERT_EQ(code_of(service_->register_account(seed_example(), kHere)), "email_taken");
    }
    const auto refused = service_->register_account(seed_example(), kHere);
    ASSERT_EQ(code_of(refused), "rate_limited");
    EXPECT_EQ(refused.error().retry_after, 1h);
    EXPECT_EQ(count(metrics::Id::auth_registration_throttled), 1);
    EXPECT_TRUE(service_->register_account(seed_example("other@example.com"), kElsewhere));
}

TEST_F(AccountServiceTest, ARegistrationThatFailedForOurReasonIsNotCounted) {
    accounts_.down = true;
    for (std::uint32_t i = 0; i < 2 * kRegistrationsPerAddressPerHour; ++i) {
        ASSERT_EQ(code_of(service_->register_account(seed_example(), kHere)), "store_unavailable");
    }
    accounts_.down = false;
    EXPECT_TRUE(service_->register_account(seed_example(), kHere));
}

TEST_F(AccountServiceTest, TheEmailIsTakenInAnySpelling) {
    registered();
    EXPECT_TRUE(log_in(kPassword, "  Test@EXAMPLE.com "));
}

TEST_F(AccountServiceTest, UnknownWrongAndDisabledGetTheSameAnswer) {
    registered();
    const auto disabled = registered("gone@example.com");
    ASSERT_TRUE(accounts_.set_disabled(disabled.id, true));
    const auto wrong = seen(log_in("wrong password"));
    EXPECT_NE(wrong.find("invalid_credentials"), std::string::npos);
    EXPECT_EQ(seen(log_in(kPassword, "nobody@example.com")), wrong);
    EXPECT_EQ(seen(log_in(kPassword, "not an address")), wrong);
    EXPECT_EQ(seen(log_in(kPassword, "gone@example.com")), wrong);
    EXPECT_EQ(seen(log_in("wrong password", "gone@example.com")), wrong);
    EXPECT_EQ(seen(log_in("\xff")), wrong);
    EXPECT_EQ(seen(log_in(std::string(4000, 'x'))), wrong);
    EXPECT_EQ(seen(log_in("")), wrong);
    EXPECT_EQ(count(metrics::Id::auth_login_failed), 8);
    EXPECT_TRUE(families_.families().empty());
}

TEST_F(AccountServiceTest, UnknownWrongAndDisabledCostTheSameWork) {
    const auto account = registered();
    const auto disabled = registered("gone@example.com");
    ASSERT_TRUE(accounts_.set_disabled(disabled.id, true));
    const auto broken = registered("broken@example.com");
    ASSERT_TRUE(accounts_.set_password_hash(broken.id, Secret("no hash at all")));
    const int hashes = hasher_->hashes;
    const auto work = [&](std::string_view password, std::string_view email) {
        const int before = hasher_->verifications;
        EXPECT_FALSE(log_in(password, email));
        return hasher_->verifications - before;
    };
    EXPECT_EQ(work("wrong password", kEmail), 1);
    EXPECT_EQ(work("wrong password", "nobody@example.com"), 1);
    EXPECT_EQ(work("wrong password", "not an address"), 1);
    EXPECT_EQ(work("wrong password", "gone@example.com"), 1);
    EXPECT_EQ(work(kPassword, "gone@example.com"), 1);
    EXPECT_EQ(work("wrong password", "broken@example.com"), 1);
    EXPECT_EQ(work("\xff", kEmail), 1);
    EXPECT_EQ(hasher_->hashes, hashes);
}

TEST_F(AccountServiceTest, ComposedAndDecomposedPasswordsLogIn) {
    auto registration = seed_example();
    registration.password = Secret("cafe\u0301 noir");
    ASSERT_TRUE(service_->register_account(std::move(registration), kHere));
    EXPECT_TRUE(log_in("caf\u00e9 noir"));
    EXPECT_TRUE(log_in("cafe\u0301 noir"));
    EXPECT_FALSE(log_in("cafe noir"));
}

TEST_F(AccountServiceTest, ARaisedFloorDoesNotLockOutOldPasswords) {
    registered();
    make_service({.password_min = 15});
    EXPECT_TRUE(log_in());
    EXPECT_EQ(code_of(service_->register_account(seed_example("b@example.com"), kHere)),
              "password_too_short");
}

TEST_F(AccountServiceTest, RisenParametersRewriteTheHashAtTheNextLogIn) {
    const auto account = registered();
    const Secret before = stored(account).password_hash;
    make_service({}, {2 * kSmallMemory, 2});
    EXPECT_FALSE(log_in("wrong password"));
    EXPECT_TRUE(stored(account).password_hash.same_as(before.reveal()));
    EXPECT_TRUE(log_in());
    EXPECT_TRUE(stored(account).password_hash.reveal().starts_with("$argon2id$v=19$m=16,t=2,p=1$"));
    const int hashes = hasher_->hashes;
    EXPECT_TRUE(log_in());
    EXPECT_EQ(hasher_->hashes, hashes);
}

TEST_F(AccountServiceTest, ALogInWhoseHashIsRewrittenMeanwhileSucceeds) {
    registered();
    make_service({}, {2 * kSmallMemory, 2});
    accounts_.after_find_by_email = [this] { ASSERT_TRUE(log_in()); };
    EXPECT_TRUE(log_in());
}

TEST_F(AccountServiceTest, ManyLogInsWhileTheHashIsRewrittenAllSucceed) {
    registered();
    LoginThrottle::Options limits;
    limits.enabled = false;
    make_service({}, {2 * kSmallMemory, 2}, limits);
    std::atomic<int> failed = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 20; ++i) {
        threads.emplace_back([&] {
            if (!log_in()) ++failed;
        });
    }
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(failed, 0);
}

TEST_F(AccountServiceTest, APasswordChangedDuringTheLogInOpensNoSession) {
    const auto account = registered();
    const auto identity = identity_of(account, new_family().id);
    accounts_.after_find_by_email = [&] {
        ASSERT_TRUE(change(identity, kPassword, "another password"));
    };
    EXPECT_EQ(code_of(log_in()), "invalid_credentials");
    EXPECT_TRUE(log_in("another password"));
}

TEST_F(AccountServiceTest, AfterFiveFailuresTheNextMustWait) {
    registered();
    for (std::uint32_t i = 0; i < kLoginFreeFailures; ++i) {
        EXPECT_EQ(code_of(log_in("wrong password")), "invalid_credentials");
    }
    const int verifications = hasher_->verifications;
    const auto refused = log_in();
    ASSERT_EQ(code_of(refused), "rate_limited");
    EXPECT_EQ(refused.error().kind, ErrorKind::rate_limited);
    EXPECT_EQ(refused.error().retry_after, 1s);
    EXPECT_EQ(hasher_->verifications, verifications);
    EXPECT_EQ(count(metrics::Id::auth_login_throttled), 1);
    EXPECT_TRUE(log_in(kPassword, kEmail, kElsewhere));
    clock_.advance(1s);
    EXPECT_TRUE(log_in());
}

TEST_F(AccountServiceTest, AnUnknownAccountIsThrottledLikeAKnownOne) {
    registered();
    for (std::uint32_t i = 0; i < kLoginFreeFailures; ++i) {
        EXPECT_FALSE(log_in("wrong password"));
        EXPECT_FALSE(log_in("wrong password", "nobody@example.com"));
    }
    EXPECT_EQ(seen(log_in()), seen(log_in(kPassword, "nobody@example.com")));
    EXPECT_EQ(code_of(log_in()), "rate_limited");
}

TEST_F(AccountServiceTest, OneHundredGuessesAtOnceReachTheHashNoMoreOftenThanOneByOne) {
    registered();
    const int before = hasher_->verifications;
    std::vector<std::thread> threads;
    for (int i = 0; i < 100; ++i) {
        threads.emplace_back([&] { EXPECT_FALSE(log_in("wrong password")); });
    }
    for (auto& thread : threads)
        thread.join();
    EXPECT_LE(hasher_->verifications - before, static_cast<int>(kLoginFreeFailures));
}

TEST_F(AccountServiceTest, AStoreThatIsDownIsNoFailureOfTheUser) {
    registered();
    accounts_.down = true;
    for (std::uint32_t i = 0; i < 2 * kLoginFreeFailures; ++i) {
        EXPECT_EQ(code_of(log_in()), "store_unavailable");
    }
    accounts_.down = false;
    families_.down = true;
    EXPECT_EQ(code_of(log_in()), "store_unavailable");
    families_.down = false;
    EXPECT_TRUE(log_in());
}

}  // namespace
}  // namespace confab::auth
