// Pacer: events at a steady rate, due whether or not the last one was in time (an open loop).
// Thread: a value, one thread.
// Owns:   a count.
// Limits: none; after a pause all that is overdue is taken at once.
// Invariant: event n is due n / rate after the start, without drift.
#pragma once

#include <chrono>
#include <cstdint>

namespace confab::bench {

class Pacer {
  public:
    using Time = std::chrono::steady_clock::time_point;

    Pacer(Time start, double per_second) : start_(start), per_second_(per_second) {}

    [[nodiscard]] Time due(std::uint64_t number) const {
        const std::chrono::duration<double> after(static_cast<double>(number) / per_second_);
        return start_ + std::chrono::round<Time::duration>(after);
    }
    [[nodiscard]] Time next_due() const { return due(taken_); }
    // Takes the next event when it is due by `now`.
    bool take(Time now) {
        if (next_due() > now) return false;
        ++taken_;
        return true;
    }
    [[nodiscard]] std::uint64_t taken() const { return taken_; }

  private:
    Time start_;
    double per_second_;
    std::uint64_t taken_ = 0;
};

}  // namespace confab::bench
