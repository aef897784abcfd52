// AuthFixture: an AccountService on fake stores, with time, hashes and log lines in the test's
// hand. Thread: as the parts; the fixture itself is used by the test's thread. Owns:   everything
// the service needs, and the file the log goes to. Limits: none; for tests. Invariant: the hashes
// are the cheapest argon2id knows, so that a test takes milliseconds.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "auth/account_service.hpp"
#include "base/crypto.hpp"
#include "log/log.hpp"
#include "metrics/metrics.hpp"
#include "support/fake_auth_stores.hpp"
#include "support/manual_clock.hpp"

namespace confab::test {

class CountingHasher final : public auth::PasswordHasher {
  public:
    using auth::PasswordHasher::PasswordHasher;

    mutable std::atomic<int> hashes = 0;
    mutable std::atomic<int> verifications = 0;
    // Called once before the next hash: for races. Set and used by one thread.
    mutable std::function<void()> before_hash;

    Result<Secret> hash(std::string_view normalised) const override {
        ++hashes;
        if (before_hash) std::exchange(before_hash, nullptr)();
        return auth::PasswordHasher::hash(normalised);
    }
    bool verify(const Secret& phc, std::string_view normalised) const override {
        if (is_hash(phc)) ++verifications;  // anything else costs nothing
        return auth::PasswordHasher::verify(phc, normalised);
    }
};

class AuthFixture : public ::testing::Test {
  protected:
    static constexpr std::uint64_t kSmallMemory = 8192;
    static constexpr std::string_view kPassword = "password123";
    static constexpr std::string_view kEmail = "test@example.com";
    static constexpr std::string_view kHere = "192.0.2.1";
    static constexpr std::string_view kElsewhere = "198.51.100.7";

    AuthFixture() : log_file_(std::tmpfile(), &std::fclose) {
        initialise_crypto();
        log_options_.level = log::Level::debug;
        log_options_.format = log::Format::json;
        log_options_.descriptor = fileno(log_file_.get());
        logger_ = std::make_unique<log::Logger>(log_options_);
        make_service({});
    }

    void make_service(auth::AccountService::Options options,
                      auth::PasswordHasher::Options hashing = {kSmallMemory, 1},
                      auth::LoginThrottle::Options limits = {}) {
        service_.reset();
        hasher_ = std::make_unique<CountingHasher>(hashing);
        throttle_ = std::make_unique<auth::LoginThrottle>(limits, clock_);
        service_ = std::make_unique<auth::AccountService>(
            accounts_, families_, revocations_, *hasher_, signer_, *throttle_, clock_,
            Secret(std::string(32, 'k')), metrics_.shared(), *logger_, options);
    }

    // The body printed in the seed.
    static auth::Registration seed_example(std::string email = std::string(kEmail)) {
        auth::Registration registration;
        registration.full_name = "Test User";
        registration.email = std::move(email);
        registration.age = 30;
        registration.password = Secret(std::string(kPassword));
        registration.date_of_birth = "1993-05-15T00:00:00Z";
        registration.gender = "male";
        registration.phone_number = "+1234567890";
        return registration;
    }

    auth::Account registered(std::string email = std::string(kEmail)) {
        auto account = service_->register_account(seed_example(std::move(email)), kHere);
        EXPECT_TRUE(account);
        return *account;
    }
    Result<auth::AccountService::Tokens> log_in(std::string_view password = kPassword,
                                                std::string_view email = kEmail,
                                                std::string_view address = kHere) {
        return service_->log_in(email, Secret(std::string(password)), address);
    }
    auth::AccountService::Tokens logged_in() {
        auto tokens = log_in();
        EXPECT_TRUE(tokens);
        return std::move(*tokens);
    }
    // The identity an access token of the family made last would give.
    auth::Identity identity_of(const auth::Account& account, const std::string& family_id) {
        auth::Identity identity;
        identity.user = account.id;
        identity.name = account.full_name;
        identity.session_id = family_id;
        identity.own = true;
        return identity;
    }
    // Logs in and returns the new family.
    auth::RefreshFamily new_family() {
        const auto before = families_.families();
        logged_in();
        for (const auto& family : families_.families()) {
            if (std::none_of(before.begin(), before.end(),
                             [&](const auto& old) { return old.id == family.id; })) {
                return family;
            }
        }
        ADD_FAILURE() << "no new family";
        return {};
    }

    // Everything logged so far.
    std::string log_text() {
        logger_->flush();
        std::rewind(log_file_.get());
        std::string text;
        for (int c = std::fgetc(log_file_.get()); c != EOF; c = std::fgetc(log_file_.get())) {
            text += static_cast<char>(c);
        }
        return text;
    }
    [[nodiscard]] std::int64_t count(metrics::Id id) const { return metrics_.total(id); }

    ManualClock clock_;
    FakeAccountStore accounts_;
    FakeRefreshStore families_;
    auth::Revocations revocations_{{}};
    metrics::Metrics metrics_{1, "test"};
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> log_file_;
    log::Logger::Options log_options_;
    std::unique_ptr<log::Logger> logger_;
    auth::TokenSigner signer_{
        {Secret(std::string(32, 's')), "confab", "confab", std::chrono::seconds(3600)}, clock_};
    std::unique_ptr<CountingHasher> hasher_;
    std::unique_ptr<auth::LoginThrottle> throttle_;
    std::unique_ptr<auth::AccountService> service_;
};

// "" for a value, else the error's code.
template <class T>
std::string code_of(const Result<T>& result) {
    return result.has_value() ? std::string() : std::string(result.error().code);
}

}  // namespace confab::test
