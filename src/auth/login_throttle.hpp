// LoginThrottle: slows down the guessing of passwords and mass registration, locks nobody out.
// Thread: any, concurrently; one mutex inside, held for microseconds.
// Owns:   a table of counters; its keys are keyed digests, no e-mail or address is kept.
// Limits: entries_max entries; when full, the one idle longest goes. Failures are forgotten after
//         kLoginForgetAfter without another.
// Invariants: (1) an attempt that may go counts as a failure until told otherwise, so many at once
//             get no more tries than one after the other. (2) whether an account exists makes no
//             difference here. (3) failed log-ins close a way for kLoginDelayMax at most; failures
//             elsewhere do not concern an account at an address where it has logged in before.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/limits.hpp"
#include "base/secret.hpp"

namespace confab::auth {

class LoginThrottle {
  public:
    struct Options {
        bool enabled = true;
        std::uint32_t free_failures = kLoginFreeFailures;
        std::uint32_t failures_per_address_per_minute = kLoginPerAddressPerMinute;
        std::uint32_t registrations_per_address_per_hour = kRegistrationsPerAddressPerHour;
        std::size_t entries_max = kThrottleEntriesMax;
    };

    LoginThrottle(Options options, const Clock& clock);
    LoginThrottle(const LoginThrottle&) = delete;
    LoginThrottle& operator=(const LoginThrottle&) = delete;

    // Nothing: go, and tell the outcome afterwards with exactly one of the three calls below.
    // Otherwise how long to wait, and nothing is to be told.
    [[nodiscard]] std::optional<std::chrono::milliseconds> login_wait(
        std::string_view canonical_email, std::string_view address);
    void login_failed(std::string_view canonical_email, std::string_view address);
    void login_succeeded(std::string_view canonical_email, std::string_view address);
    // The attempt came to no verdict: it does not count.
    void login_abandoned(std::string_view canonical_email, std::string_view address);

    // Nothing: go, and the registration is counted, also when the e-mail turns out to be taken
    // (else it would be free to ask who has an account). Otherwise how long to wait.
    [[nodiscard]] std::optional<std::chrono::milliseconds> registration_wait(
        std::string_view address);
    // It failed for a reason of ours: it does not count.
    void registration_abandoned(std::string_view address);

    // Any thread; for the attempts to come. Switched off, it forgets what it has counted.
    void set_options(const Options& options);

    [[nodiscard]] std::size_t entries() const;
    // Entries pushed out by others.
    [[nodiscard]] std::uint64_t evictions() const;

  private:
    enum class Kind : char { account_at_address = 'p', account = 'a', address = 'l', signup = 'r' };
    enum class Outcome { failed, succeeded, abandoned };

    struct Entry {
        std::string key;
        std::uint32_t failures = 0;   // for accounts
        std::uint32_t in_flight = 0;  // attempts without an outcome yet
        std::uint32_t in_window = 0;  // for addresses: events since window_start
        bool known = false;           // the account has logged in from this address
        SteadyTime last_failure{};
        SteadyTime blocked_until{};
        SteadyTime window_start{};
    };
    using Wait = std::chrono::steady_clock::duration;

    [[nodiscard]] std::string key_of(Kind kind, std::string_view email,
                                     std::string_view prefix) const;
    [[nodiscard]] const Entry* find(const std::string& key) const;
    Entry& touch(const std::string& key);
    void settle(std::string_view email, std::string_view address, Outcome outcome);
    static void count_failure(Entry& entry, std::uint32_t free, Wait delay_max, SteadyTime now);
    [[nodiscard]] static Wait account_wait(const Entry* entry, std::uint32_t free, SteadyTime now);
    [[nodiscard]] static Wait window_wait(const Entry* entry, std::uint32_t limit, Wait window,
                                          SteadyTime now);
    static void count_in_window(Entry& entry, Wait window, SteadyTime now);

    [[nodiscard]] std::uint32_t account_wide_free() const {
        return options_.free_failures * kLoginAccountWideFactor;
    }

    const Clock& clock_;
    const Secret digest_key_;  // so that nobody outside can choose texts whose digests collide

    mutable std::mutex mutex_;  // guards everything below
    Options options_;
    std::uint64_t evictions_ = 0;
    std::list<Entry> entries_;  // the one touched last is first
    std::unordered_map<std::string_view, std::list<Entry>::iterator>
        by_key_;  // views into entries_
};

}  // namespace confab::auth
