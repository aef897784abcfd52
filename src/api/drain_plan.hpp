// DrainPlan: when the clients of a server that goes away shall come back, so that the next one is
// not asked by all of them at once.
// Thread: any, several at once.
// Owns:   how many have been given a time.
// Limits: none: the last of many clients waits for as long as the rate of new connections makes it.
// Invariant: in every window at most as many come back as the server lets in meanwhile by its
//            `limits.connects_per_second`; no window is shorter than kDrainSpreadMin.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>

#include "api/connection_limits.hpp"
#include "base/rate_bucket.hpp"

namespace confab::api {

class DrainPlan {
  public:
    // From the end of the connection on; a client takes a moment between the two at random.
    struct Window {
        std::chrono::milliseconds first{0};
        std::chrono::milliseconds last{0};
    };

    // The window of one client more; `connects` is the rate of new connections.
    [[nodiscard]] Window next(const Rate& connects) {
        const std::int64_t spread = std::chrono::milliseconds(kDrainSpreadMin).count();
        const std::uint64_t number = given_.fetch_add(1, std::memory_order_relaxed);
        if (connects.is_unlimited()) return {{}, std::chrono::milliseconds(spread)};
        // Whole windows: who shares one shares all of it.
        const std::int64_t in_one =
            std::max<std::int64_t>(spread * kNanosecondsPerMillisecond / connects.interval(), 1);
        const std::int64_t length =
            std::max(spread, in_one * connects.interval() / kNanosecondsPerMillisecond);
        const auto turn = static_cast<std::int64_t>(number) / in_one;
        return {std::chrono::milliseconds(turn * length),
                std::chrono::milliseconds((turn + 1) * length)};
    }

  private:
    static constexpr std::int64_t kNanosecondsPerMillisecond = 1'000'000;

    std::atomic<std::uint64_t> given_ = 0;
};

}  // namespace confab::api
