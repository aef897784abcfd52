#include "auth/login_throttle.hpp"

#include <algorithm>

#include "base/address_prefix.hpp"
#include "base/assert.hpp"
#include "base/crypto.hpp"

namespace confab::auth {
namespace {

constexpr std::size_t kDigestKeyBytes = 32;
constexpr auto kLoginWindow = std::chrono::minutes(1);
constexpr auto kRegistrationWindow = std::chrono::hours(1);

std::chrono::milliseconds rounded_up(std::chrono::steady_clock::duration wait) {
    return std::chrono::ceil<std::chrono::milliseconds>(wait);
}

}  // namespace

LoginThrottle::LoginThrottle(Options options, const Clock& clock)
    : clock_(clock), digest_key_(random_bytes(kDigestKeyBytes)), options_(options) {
    CONFAB_ASSERT(options_.entries_max >= 4);  // the entries of one attempt fit at once
}

std::optional<std::chrono::milliseconds> LoginThrottle::login_wait(std::string_view canonical_email,
                                                                   std::string_view address) {
    const std::string prefix = address_prefix(address);
    const auto pair_key = key_of(Kind::account_at_address, canonical_email, prefix);
    const auto account_key = key_of(Kind::account, canonical_email, {});
    const auto address_key = key_of(Kind::address, {}, prefix);
    const std::lock_guard lock(mutex_);
    if (!options_.enabled) return std::nullopt;
    const SteadyTime now = clock_.steady_now();
    const Entry* pair = find(pair_key);
    Wait wait = std::max(account_wait(pair, options_.free_failures, now),
                         window_wait(find(address_key), options_.failures_per_address_per_minute,
                                     kLoginWindow, now));
    // Who has been here with the right password before does not suffer from guesses made elsewhere.
    if (pair == nullptr || !pair->known) {
        wait = std::max(wait, account_wait(find(account_key), account_wide_free(), now));
    }
    if (wait > Wait::zero()) return rounded_up(wait);
    ++touch(pair_key).in_flight;
    ++touch(account_key).in_flight;
    ++touch(address_key).in_flight;
    return std::nullopt;
}

void LoginThrottle::login_failed(std::string_view canonical_email, std::string_view address) {
    settle(canonical_email, address, Outcome::failed);
}

void LoginThrottle::login_succeeded(std::string_view canonical_email, std::string_view address) {
    settle(canonical_email, address, Outcome::succeeded);
}

void LoginThrottle::login_abandoned(std::string_view canonical_email, std::string_view address) {
    settle(canonical_email, address, Outcome::abandoned);
}

std::optional<std::chrono::milliseconds> LoginThrottle::registration_wait(
    std::string_view address) {
    const auto key = key_of(Kind::signup, {}, address_prefix(address));
    const std::lock_guard lock(mutex_);
    if (!options_.enabled) return std::nullopt;
    const SteadyTime now = clock_.steady_now();
    const Wait wait = window_wait(find(key), options_.registrations_per_address_per_hour,
                                  kRegistrationWindow, now);
    if (wait > Wait::zero()) return rounded_up(wait);
    count_in_window(touch(key), kRegistrationWindow, now);
    return std::nullopt;
}

void LoginThrottle::registration_abandoned(std::string_view address) {
    const auto key = key_of(Kind::signup, {}, address_prefix(address));
    const std::lock_guard lock(mutex_);
    if (!options_.enabled) return;
    Entry& entry = touch(key);
    if (entry.in_window > 0) --entry.in_window;
}

void LoginThrottle::set_options(const Options& options) {
    CONFAB_ASSERT(options.entries_max >= 4);
    const std::lock_guard lock(mutex_);
    options_ = options;
    if (options_.enabled) return;
    // Attempts under way would never be settled.
    by_key_.clear();
    entries_.clear();
}

std::uint64_t LoginThrottle::evictions() const {
    const std::lock_guard lock(mutex_);
    return evictions_;
}

std::size_t LoginThrottle::entries() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
}

void LoginThrottle::settle(std::string_view email, std::string_view address, Outcome outcome) {
    const std::string prefix = address_prefix(address);
    const auto pair_key = key_of(Kind::account_at_address, email, prefix);
    const auto account_key = key_of(Kind::account, email, {});
    const auto address_key = key_of(Kind::address, {}, prefix);
    const std::lock_guard lock(mutex_);
    if (!options_.enabled) return;
    const SteadyTime now = clock_.steady_now();
    for (const auto& key : {pair_key, account_key, address_key}) {
        Entry& entry = touch(key);
        // Zero when the entry was pushed out meanwhile.
        if (entry.in_flight > 0) --entry.in_flight;
    }
    if (outcome == Outcome::failed) {
        count_failure(touch(pair_key), options_.free_failures, kLoginDelayMax, now);
        count_failure(touch(account_key), account_wide_free(), kLoginAccountWideDelayMax, now);
        count_in_window(touch(address_key), kLoginWindow, now);
    } else if (outcome == Outcome::succeeded) {
        // The account-wide count stays: else each log-in of the owner would give a crowd of
        // guessers their free failures back.
        Entry& pair = touch(pair_key);
        pair.failures = 0;
        pair.known = true;
        pair.blocked_until = SteadyTime{};
    }
}

// Kind and lengths are part of the text, so that no two keys are made of the same bytes.
std::string LoginThrottle::key_of(Kind kind, std::string_view email,
                                  std::string_view prefix) const {
    std::string text(1, static_cast<char>(kind));
    text += std::to_string(prefix.size());
    text += ':';
    text += prefix;
    text += email;
    return hmac_sha256(digest_key_.reveal(), text);
}

const LoginThrottle::Entry* LoginThrottle::find(const std::string& key) const {
    const auto found = by_key_.find(key);
    return found == by_key_.end() ? nullptr : &*found->second;
}

// The entry, made when missing, now the last one to be pushed out.
LoginThrottle::Entry& LoginThrottle::touch(const std::string& key) {
    if (const auto found = by_key_.find(key); found != by_key_.end()) {
        entries_.splice(entries_.begin(), entries_, found->second);
        return entries_.front();
    }
    if (entries_.size() >= options_.entries_max) {
        ++evictions_;
        by_key_.erase(entries_.back().key);
        entries_.pop_back();
    }
    entries_.emplace_front().key = key;
    by_key_.emplace(entries_.front().key, entries_.begin());
    return entries_.front();
}

// After the free failures: 1 s, 2 s, 4 s and so on up to delay_max.
void LoginThrottle::count_failure(Entry& entry, std::uint32_t free, Wait delay_max,
                                  SteadyTime now) {
    constexpr std::uint32_t kDoublingsMax = 20;
    if (now - entry.last_failure > kLoginForgetAfter) entry.failures = 0;
    entry.last_failure = now;
    ++entry.failures;
    if (entry.failures < free) return;
    const Wait delay = kLoginDelayFirst * (1U << std::min(entry.failures - free, kDoublingsMax));
    entry.blocked_until = now + std::min(delay, delay_max);
}

LoginThrottle::Wait LoginThrottle::account_wait(const Entry* entry, std::uint32_t free,
                                                SteadyTime now) {
    if (entry == nullptr) return Wait::zero();
    if (now < entry->blocked_until) return entry->blocked_until - now;
    const bool forgotten = now - entry->last_failure > kLoginForgetAfter;
    const std::uint32_t failures = forgotten ? 0 : entry->failures;
    // If all that are under way failed, this one would not be free any more: one at a time.
    const bool uncertain = entry->in_flight > 0 && failures + entry->in_flight >= free;
    return uncertain ? Wait(kLoginDelayFirst) : Wait::zero();
}

LoginThrottle::Wait LoginThrottle::window_wait(const Entry* entry, std::uint32_t limit, Wait window,
                                               SteadyTime now) {
    if (entry == nullptr) return Wait::zero();
    const SteadyTime end = entry->window_start + window;
    const std::uint32_t counted = now < end ? entry->in_window : 0;
    if (counted >= limit && now < end) return end - now;
    return counted + entry->in_flight >= limit && entry->in_flight > 0 ? Wait(kLoginDelayFirst)
                                                                       : Wait::zero();
}

// Windows start with their first event and do not slide.
void LoginThrottle::count_in_window(Entry& entry, Wait window, SteadyTime now) {
    if (now >= entry.window_start + window) {
        entry.window_start = now;
        entry.in_window = 0;
    }
    ++entry.in_window;
}

}  // namespace confab::auth
