// Backoff: how long to wait before the next attempt: full jitter over a doubling span.
// Thread: one user; not synchronised.
// Owns:   the count of attempts.
// Limits: kChatBackoffFirst, kChatBackoffMax (base/limits.hpp).
// Invariant: the n-th wait is evenly spread over [0, min(max, first * 2^n)], so that clients which
//            were cut off together do not come back together.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>

#include "app/chat_client_limits.hpp"
#include "base/crypto.hpp"

namespace confab::app {

class Backoff {
  public:
    // A number in [0, bound), evenly distributed.
    using Random = std::function<std::uint32_t(std::uint32_t bound)>;

    explicit Backoff(Random random = random_below) : random_(std::move(random)) {}

    [[nodiscard]] std::chrono::milliseconds next() {
        const std::chrono::milliseconds span = span_;
        span_ = std::min<std::chrono::milliseconds>(span_ * 2, kChatBackoffMax);
        return std::chrono::milliseconds(random_(static_cast<std::uint32_t>(span.count()) + 1));
    }

    void reset() { span_ = kChatBackoffFirst; }

  private:
    Random random_;
    std::chrono::milliseconds span_ = kChatBackoffFirst;
};

}  // namespace confab::app
