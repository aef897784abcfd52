// Process: what the system says about this process, for the scrape.
// Thread: any; no shared state. Reads a few files under /proc.
// Owns:   nothing.
// Limits: none.
// Invariant: a figure the system does not tell is absent, never a guess.
#pragma once

#include <cstdint>
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

[[nodiscard]] ProcessUsage read_process_usage();

}  // namespace confab::metrics
