// Process: what the system says about this process, for the scrape.
// Thread: any, concurrently. Reads a few files under /proc.
// Owns:   the last count of the descriptors.
// Limits: none.
// Invariant: a figure the system does not tell is absent, never a guess.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>

namespace confab::metrics {

struct ProcessUsage {
    std::optional<std::uint64_t> resident_bytes;
    std::optional<std::uint64_t> virtual_bytes;
    std::optional<std::uint64_t> open_descriptors;
    std::optional<std::uint64_t> descriptors_max;
    std::optional<double> cpu_seconds;         // user and system
    std::optional<double> start_time_seconds;  // since 1970
};

// How many descriptors are open. Linux tells since 6.2; before, they have to be listed, which takes
// long when there are many: then one count is good for kGoodFor.
class DescriptorCount {
  public:
    static constexpr auto kGoodFor = std::chrono::seconds(15);

    // `kernel_tells`: false lists them in any case, for tests.
    explicit DescriptorCount(bool kernel_tells = true) : kernel_tells_(kernel_tells) {}

    [[nodiscard]] std::optional<std::uint64_t> get(std::chrono::steady_clock::time_point now);

  private:
    const bool kernel_tells_;
    std::mutex mutex_;  // guards all below
    std::optional<std::uint64_t> listed_;
    std::chrono::steady_clock::time_point listed_at_{};
};

[[nodiscard]] ProcessUsage read_process_usage(DescriptorCount& descriptors);

}  // namespace confab::metrics
