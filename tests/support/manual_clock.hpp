// ManualClock: time that stands still until the test moves it.
// Thread: any.
// Owns:   both readings.
// Limits: none.
// Invariant: advance() moves both clocks by the same amount; the set_* functions move only one.
#pragma once

#include <chrono>
#include <mutex>

#include "base/clock.hpp"

namespace confab::test {

class ManualClock final : public Clock {
  public:
    // Starts well away from zero: subtracting an hour or a day must not be special.
    explicit ManualClock(WallTime wall = from_unix_seconds(1'700'000'000))
        : steady_(std::chrono::hours(24 * 365)), wall_(wall) {}

    [[nodiscard]] SteadyTime steady_now() const override {
        const std::lock_guard lock(mutex_);
        return steady_;
    }
    [[nodiscard]] WallTime wall_now() const override {
        const std::lock_guard lock(mutex_);
        return wall_;
    }

    void advance(std::chrono::nanoseconds by) {
        const std::lock_guard lock(mutex_);
        steady_ += std::chrono::duration_cast<SteadyTime::duration>(by);
        wall_ += std::chrono::duration_cast<WallTime::duration>(by);
    }
    void set_steady(SteadyTime time) {
        const std::lock_guard lock(mutex_);
        steady_ = time;
    }
    void set_wall(WallTime time) {
        const std::lock_guard lock(mutex_);
        wall_ = time;
    }

  private:
    mutable std::mutex mutex_;  // guards both
    SteadyTime steady_;
    WallTime wall_;
};

}  // namespace confab::test
