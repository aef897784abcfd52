// Clock: where the time comes from, so that a test can hold it in its hand.
// Thread: implementations may be called from any thread.
// Owns:   nothing.
// Limits: none.
// Invariants: (1) steady_now() never goes back: every wait and time-out is measured with it.
//             (2) wall_now() may jump: used only for what people and tokens see.
#pragma once

#include <chrono>
#include <cstdint>

namespace confab {

using SteadyTime = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::system_clock::time_point;

class Clock {
  public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual SteadyTime steady_now() const = 0;
    [[nodiscard]] virtual WallTime wall_now() const = 0;
};

class SystemClock final : public Clock {
  public:
    [[nodiscard]] SteadyTime steady_now() const override {
        return std::chrono::steady_clock::now();
    }
    [[nodiscard]] WallTime wall_now() const override { return std::chrono::system_clock::now(); }
};

// Whole seconds since 1970-01-01T00:00:00Z, as tokens and protocol v1 count them.
[[nodiscard]] inline std::int64_t unix_seconds(WallTime time) {
    return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

[[nodiscard]] inline WallTime from_unix_seconds(std::int64_t seconds) {
    return WallTime(std::chrono::seconds(seconds));
}

// Whole milliseconds since then, as protocol v2 and the log of the rooms count them.
[[nodiscard]] inline std::int64_t unix_milliseconds(WallTime time) {
    return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}

[[nodiscard]] inline WallTime from_unix_milliseconds(std::int64_t milliseconds) {
    return WallTime(std::chrono::milliseconds(milliseconds));
}

}  // namespace confab
