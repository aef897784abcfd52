// Brake: lets a line through now and then that would otherwise come with every connection.
// Thread: one.
// Owns:   nothing.
// Limits: one line in each interval.
// Invariant: the first one passes.
#pragma once

#include <chrono>

#include "base/clock.hpp"

namespace confab::log {

class Brake {
  public:
    explicit Brake(std::chrono::seconds interval) : interval_(interval) {}

    [[nodiscard]] bool lets_through(SteadyTime now) {
        if (now < next_) return false;
        next_ = now + interval_;
        return true;
    }

  private:
    const std::chrono::seconds interval_;
    SteadyTime next_ = SteadyTime::min();
};

}  // namespace confab::log
