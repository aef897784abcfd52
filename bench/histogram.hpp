// Histogram: times in nanoseconds, in buckets that are at most 1/64 of their value wide.
// Thread: one.
// Owns:   a fixed table of counts.
// Limits: none; every 64-bit time has a bucket.
// Invariant: quantile() is off by one bucket at most.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace confab::bench {

class Histogram {
  public:
    void add(std::uint64_t value) {
        ++counts_[bucket(value)];
        ++total_;
    }

    [[nodiscard]] std::uint64_t total() const { return total_; }

    // The smallest time that at least this share (0 to 1) of all times does not exceed, rounded
    // down to its bucket; 0 when there are none.
    [[nodiscard]] std::uint64_t quantile(double share) const {
        const double wanted = share * static_cast<double>(total_);
        std::uint64_t below = 0;
        for (std::size_t i = 0; i < counts_.size(); ++i) {
            below += counts_[i];
            if (below > 0 && static_cast<double>(below) >= wanted) return lowest(i);
        }
        return 0;
    }

  private:
    static constexpr unsigned kBits = 6;
    static constexpr std::size_t kPerPower = 1U << kBits;

    static std::size_t bucket(std::uint64_t value) {
        if (value < kPerPower) return value;
        const auto shift = static_cast<unsigned>(std::bit_width(value)) - kBits - 1;
        return (shift + 1) * kPerPower + ((value >> shift) - kPerPower);
    }
    static std::uint64_t lowest(std::size_t index) {
        if (index < kPerPower) return index;
        return (kPerPower + index % kPerPower) << (index / kPerPower - 1);
    }

    std::array<std::uint64_t, (64 - kBits + 1) * kPerPower> counts_{};
    std::uint64_t total_ = 0;
};

}  // namespace confab::bench
