#include "metrics/metrics.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <string_view>
#include <utility>

namespace confab::metrics {
namespace {

constexpr std::uint64_t kFirstBucketNs = 50'000;

template <class Number>
std::string text_of(Number number) {
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
    return {text.data(), end};
}

// Seconds without an exponent: a whole number, a point, nine digits less the zeros at the end.
std::string seconds_of(std::uint64_t nanoseconds) {
    constexpr std::uint64_t kSecond = 1'000'000'000;
    std::string fraction = text_of(nanoseconds % kSecond);
    fraction.insert(0, 9 - fraction.size(), '0');
    fraction.erase(fraction.find_last_not_of('0') + 1);
    auto text = text_of(nanoseconds / kSecond);
    if (!fraction.empty()) text += '.' + fraction;
    return text;
}

void append_family(std::string& out, std::string_view name, std::string_view type,
                   std::string_view help) {
    out.append("# HELP ").append(name).append(" ").append(help).append("\n");
    out.append("# TYPE ").append(name).append(" ").append(type).append("\n");
}

void append_sample(std::string& out, std::string_view name, std::string_view labels,
                   std::string_view value) {
    out.append(name);
    if (!labels.empty()) out.append("{").append(labels).append("}");
    out.append(" ").append(value).append("\n");
}

template <class Number>
void append_process(std::string& out, std::string_view name, std::string_view type,
                    std::string_view help, const std::optional<Number>& value) {
    if (!value) return;
    append_family(out, name, type, help);
    append_sample(out, name, "", text_of(*value));
}

void render_process(std::string& out, DescriptorCount& descriptors) {
    const auto usage = read_process_usage(descriptors);
    append_process(out, "process_resident_memory_bytes", "gauge", "Memory in use.",
                   usage.resident_bytes);
    append_process(out, "process_virtual_memory_bytes", "gauge", "Address space in use.",
                   usage.virtual_bytes);
    append_process(out, "process_open_fds", "gauge", "Open file descriptors.",
                   usage.open_descriptors);
    append_process(out, "process_max_fds", "gauge", "How many descriptors may be open.",
                   usage.descriptors_max);
    append_process(out, "process_cpu_seconds_total", "counter", "User and system CPU time.",
                   usage.cpu_seconds);
    append_process(out, "process_start_time_seconds", "gauge", "Start, in seconds since 1970.",
                   usage.start_time_seconds);
}

// A label's value, escaped as the text format wants it.
std::string label_value(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\' || c == '"') out += '\\';
        c == '\n' ? out.append("\\n") : out.append(1, c);
    }
    return out;
}

}  // namespace

void Histogram::observe(std::chrono::nanoseconds value) {
    const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(value.count(), 0));
    // The bucket that ends at 50 µs times 2^n takes what is longer than half of that.
    const auto units = (ns + kFirstBucketNs - 1) / kFirstBucketNs;
    const auto doubled = units <= 1 ? 0 : static_cast<std::size_t>(std::bit_width(units - 1));
    counts_[std::min(doubled, kBuckets)].fetch_add(1, std::memory_order_relaxed);
    sum_ns_.fetch_add(ns, std::memory_order_relaxed);
}

Metrics::Metrics(std::size_t loops, std::string version) : version_(std::move(version)) {
    for (std::size_t i = 0; i < loops + 1; ++i)
        shards_.push_back(std::make_unique<Shard>());
}

std::int64_t Metrics::total(Id id) const {
    std::int64_t sum = 0;
    for (const auto& shard : shards_)
        sum += shard->get(id);
    const auto& source = sources_[static_cast<std::size_t>(id)];
    return source ? sum + source() : sum;
}

void Metrics::read_from(Id id, std::function<std::int64_t()> value) {
    sources_[static_cast<std::size_t>(id)] = std::move(value);
}

std::string Metrics::render() const {
    constexpr std::size_t kUsualBytes = 16 * 1024;
    std::string out;
    out.reserve(kUsualBytes);
    std::string_view family;
    for (const auto& series : kSeries) {
        if (series.family != family) {
            family = series.family;
            append_family(out, family, series.type == Type::counter ? "counter" : "gauge",
                          series.help);
        }
        append_sample(out, family, series.labels, text_of(total(series.id)));
    }
    render_latency(out);
    render_process(out, descriptors_);
    append_family(out, "confab_build_info", "gauge", "Always 1; the label is the version.");
    append_sample(out, "confab_build_info", "version=\"" + label_value(version_) + '"', "1");
    return out;
}

void Metrics::render_latency(std::string& out) const {
    append_family(out, "confab_loop_latency_seconds", "histogram",
                  "How long a task waited for its event loop.");
    for (std::size_t i = 0; i + 1 < shards_.size(); ++i) {
        const auto& histogram = shards_[i]->loop_latency;
        const auto loop = "loop=\"" + text_of(i) + '"';
        std::uint64_t seen = 0;
        std::uint64_t end_ns = kFirstBucketNs;
        for (const auto& count : histogram.counts_) {
            seen += count.load(std::memory_order_relaxed);
            const bool last = &count == &histogram.counts_.back();
            append_sample(out, "confab_loop_latency_seconds_bucket",
                          loop + ",le=\"" + (last ? "+Inf" : seconds_of(end_ns)) + '"',
                          text_of(seen));
            end_ns *= 2;
        }
        append_sample(out, "confab_loop_latency_seconds_sum", loop,
                      seconds_of(histogram.sum_ns_.load(std::memory_order_relaxed)));
        append_sample(out, "confab_loop_latency_seconds_count", loop, text_of(seen));
    }
}

}  // namespace confab::metrics
