// Metrics: counters and gauges per event loop, summed when somebody asks; Prometheus text.
// Thread: a Shard has one writer (its loop) or, for the shared one, any; reading from any thread.
// Owns:   its shards; they live as long as the Metrics.
// Limits: the series of catalog.hpp; one histogram of loop latency per shard.
// Invariants: (1) counting never locks. (2) a scrape sees every shard, each value at some moment
//             during the scrape.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "metrics/catalog.hpp"
#include "metrics/process.hpp"

namespace confab::metrics {

// How long tasks waited, in buckets from 50 µs to 1.6 s, each twice the one before.
class Histogram {
  public:
    static constexpr std::size_t kBuckets = 16;  // and one for everything above
    void observe(std::chrono::nanoseconds value);

  private:
    friend class Metrics;
    std::array<std::atomic<std::uint64_t>, kBuckets + 1> counts_{};
    std::atomic<std::uint64_t> sum_ns_{0};
};

class alignas(64) Shard {
  public:
    void add(Id id, std::int64_t amount = 1) {
        values_[static_cast<std::size_t>(id)].fetch_add(amount, std::memory_order_relaxed);
    }
    void sub(Id id, std::int64_t amount = 1) { add(id, -amount); }
    [[nodiscard]] std::int64_t get(Id id) const {
        return values_[static_cast<std::size_t>(id)].load(std::memory_order_relaxed);
    }
    Histogram loop_latency;

  private:
    std::array<std::atomic<std::int64_t>, kSeriesCount> values_{};
};

class Metrics {
  public:
    // `version` is shown as the label of confab_build_info.
    Metrics(std::size_t loops, std::string version);

    [[nodiscard]] Shard& loop(std::size_t index) { return *shards_[index]; }
    // For whatever runs outside the loops: workers, fetchers, the main thread.
    [[nodiscard]] Shard& shared() { return *shards_.back(); }

    // A series whose value others keep: asked for at each scrape, on the thread that scrapes. For
    // the time before any thread starts; `value` must be good for as long as somebody scrapes.
    void read_from(Id id, std::function<std::int64_t()> value);

    [[nodiscard]] std::int64_t total(Id id) const;

    // Prometheus text format 0.0.4: all series, the latency histogram, process memory, descriptors
    // and CPU time, and a constant series with the version. Reads files under /proc.
    [[nodiscard]] std::string render() const;

  private:
    void render_latency(std::string& out) const;

    const std::string version_;
    std::vector<std::unique_ptr<Shard>> shards_;
    std::array<std::function<std::int64_t()>, kSeriesCount> sources_;
    mutable DescriptorCount descriptors_;
};

}  // namespace confab::metrics
