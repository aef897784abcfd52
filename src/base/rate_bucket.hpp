// RateBucket: whether something happens too often. So many at once, then so many in a second.
// Thread: any, several at once, without a lock: its state is one atomic number.
// Owns:   nothing.
// Limits: the Rate, which is given at each call: a new one holds from the next call on.
// Invariants: (1) in any time t at most burst + t * per_second calls of take() say yes. (2) a
//             refusal costs nothing: who asks too often is let through as often as who waits.
//             (3) a change of the rate leaves nobody waiting longer than the new rate makes them.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>

#include "base/clock.hpp"

namespace confab {

class Rate {
  public:
    static const Rate unlimited;

    // At least one at once, at most one in a nanosecond.
    constexpr Rate(double per_second, std::uint32_t burst)
        : interval_(static_cast<std::int64_t>(
              std::clamp(kSecond / std::max(per_second, kLeast), 1.0, kSecond / kLeast))),
          // What does not fit is longer than any machine is up.
          window_(static_cast<std::int64_t>(
              std::min(static_cast<double>(interval_) * std::max(burst, 1U), 0x1p62))) {}

    [[nodiscard]] constexpr bool is_unlimited() const { return interval_ == 0; }
    // Both in nanoseconds: from one to the next, and for a whole burst to come back.
    [[nodiscard]] constexpr std::int64_t interval() const { return interval_; }
    [[nodiscard]] constexpr std::int64_t window() const { return window_; }

    friend constexpr bool operator==(const Rate&, const Rate&) = default;

  private:
    static constexpr double kSecond = 1e9;
    static constexpr double kLeast = 1e-6;  // per second: one in eleven days

    constexpr Rate() = default;

    std::int64_t interval_ = 0;
    std::int64_t window_ = 0;
};

inline constexpr Rate Rate::unlimited{};

// The generic cell rate algorithm: instead of tokens, the time at which all of them are back.
class RateBucket {
  public:
    // True: one more may happen, and is counted.
    [[nodiscard]] bool take(SteadyTime now, const Rate& rate) {
        if (rate.is_unlimited()) return true;
        const auto at = nanoseconds(now);
        const auto latest = at + rate.window();
        auto full_at = full_at_.load(std::memory_order_relaxed);
        while (true) {
            const auto next = std::max(full_at, at) + rate.interval();
            // More debt than a burst is what a slower rate has left, or a clock read elsewhere.
            const auto wanted = next <= latest ? next : std::min(full_at, latest);
            if (full_at_.compare_exchange_weak(full_at, wanted, std::memory_order_relaxed)) {
                return next <= latest;
            }
        }
    }

    // For what is only slowed down: counts one that happens in any case. What is more than a burst
    // is owed, at most one burst more.
    void charge(SteadyTime now, const Rate& rate) {
        if (rate.is_unlimited()) return;
        const auto at = nanoseconds(now);
        const auto most = at + 2 * std::min(rate.window(), kDebtMax);
        auto full_at = full_at_.load(std::memory_order_relaxed);
        while (!full_at_.compare_exchange_weak(
            full_at, std::min(std::max(full_at, at) + rate.interval(), most),
            std::memory_order_relaxed)) {
        }
    }

    // take() would say no.
    [[nodiscard]] bool is_spent(SteadyTime now, const Rate& rate) const {
        return !rate.is_unlimited() && full_at_.load(std::memory_order_relaxed) + rate.interval() >
                                           nanoseconds(now) + rate.window();
    }

    // After what time take() says yes, if nobody else takes.
    [[nodiscard]] std::chrono::nanoseconds retry_after(SteadyTime now, const Rate& rate) const {
        if (rate.is_unlimited()) return std::chrono::nanoseconds(0);
        const auto latest = nanoseconds(now) + rate.window();
        const auto debt = std::min(full_at_.load(std::memory_order_relaxed), latest);
        return std::chrono::nanoseconds(std::max<std::int64_t>(debt + rate.interval() - latest, 0));
    }

    // As if nothing had ever been taken.
    [[nodiscard]] bool is_full(SteadyTime now) const {
        return full_at_.load(std::memory_order_relaxed) <= nanoseconds(now);
    }

  private:
    static constexpr std::int64_t kDebtMax = std::int64_t{3600} * 1'000'000'000;

    static std::int64_t nanoseconds(SteadyTime time) {
        return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch())
            .count();
    }

    std::atomic<std::int64_t> full_at_{0};
};

}  // namespace confab
