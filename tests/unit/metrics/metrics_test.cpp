#include "metrics/metrics.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace confab::metrics {
namespace {

using namespace std::chrono_literals;

// A strict reader of the Prometheus text format 0.0.4: a family's HELP, then its TYPE, then its
// samples, each family once, each series once.
class Exposition {
  public:
    explicit Exposition(std::string_view text) {
        EXPECT_TRUE(text.ends_with('\n'));
        while (!text.empty()) {
            const auto end = text.find('\n');
            read_line(text.substr(0, end));
            text.remove_prefix(end + 1);
        }
    }

    // The value of a series as it stands in the text, braces included; -1 when it is not there.
    [[nodiscard]] double value(const std::string& series) const {
        const auto found = samples_.find(series);
        return found == samples_.end() ? -1 : found->second;
    }
    [[nodiscard]] const std::map<std::string, std::string>& types() const { return types_; }
    [[nodiscard]] const std::map<std::string, double>& samples() const { return samples_; }

  private:
    void read_line(std::string_view line) {
        const std::string text(line);
        if (line.starts_with("# HELP ")) {
            const auto name_end = text.find(' ', 7);
            ASSERT_NE(name_end, std::string::npos) << text;
            helped_ = text.substr(7, name_end - 7);
            EXPECT_GT(text.size(), name_end + 1) << "no help: " << text;
        } else if (line.starts_with("# TYPE ")) {
            const auto name_end = text.find(' ', 7);
            family_ = text.substr(7, name_end - 7);
            EXPECT_EQ(family_, helped_) << "TYPE without HELP";
            EXPECT_TRUE(types_.emplace(family_, text.substr(name_end + 1)).second) << text;
        } else {
            read_sample(text);
        }
    }

    void read_sample(const std::string& text) {
        const auto space = text.rfind(' ');
        ASSERT_NE(space, std::string::npos) << text;
        const auto series = text.substr(0, space);
        const auto name = series.substr(0, series.find('{'));
        for (const char c : name)
            EXPECT_TRUE(std::isalnum(c) != 0 || c == '_') << text;
        const auto suffix = name.substr(std::min(family_.size(), name.size()));
        EXPECT_TRUE(name.starts_with(family_)) << text << " in family " << family_;
        if (types_[family_] == "histogram") {
            EXPECT_TRUE(suffix == "_bucket" || suffix == "_sum" || suffix == "_count") << text;
        } else {
            EXPECT_EQ(suffix, "") << text;
        }
        if (series.size() > name.size()) read_labels(series.substr(name.size()));
        char* end = nullptr;
        const double value = std::strtod(text.c_str() + space + 1, &end);
        EXPECT_TRUE(end != text.c_str() + space + 1 && *end == '\0') << text;
        EXPECT_TRUE(samples_.emplace(series, value).second) << "twice: " << series;
    }

    static void read_labels(const std::string& text) {
        std::size_t at = 0;
        ASSERT_EQ(text[at++], '{');
        while (true) {
            const auto equals = text.find("=\"", at);
            ASSERT_NE(equals, std::string::npos) << text;
            for (const char c : text.substr(at, equals - at)) {
                EXPECT_TRUE(std::islower(c) != 0 || c == '_') << text;
            }
            at = equals + 2;
            while (at < text.size() && text[at] != '"')
                at += text[at] == '\\' ? 2U : 1U;
            ASSERT_LT(++at, text.size()) << text;
            if (text[at] == '}') break;
            ASSERT_EQ(text[at++], ',') << text;
        }
        EXPECT_EQ(at + 1, text.size()) << text;
    }

    std::string helped_;
    std::string family_;
    std::map<std::string, std::string> types_;
    std::map<std::string, double> samples_;
};

TEST(Metrics, TextHoldsEverySeriesOfTheCatalogAndParses) {
    const Metrics metrics(2, "1.2.3");
    const Exposition text(metrics.render());
    for (const auto& row : kSeries) {
        std::string name(row.family);
        if (!row.labels.empty()) name += '{' + std::string(row.labels) + '}';
        EXPECT_EQ(text.value(name), 0) << name;
    }
    EXPECT_EQ(text.value(R"(confab_build_info{version="1.2.3"})"), 1);
    EXPECT_EQ(text.types().at("confab_connections"), "gauge");
    EXPECT_EQ(text.types().at("confab_messages_total"), "counter");
}

TEST(Metrics, WhatOthersCountIsAskedForAtEachScrape) {
    Metrics metrics(1, "1");
    std::int64_t dropped = 3;
    metrics.read_from(Id::log_lines_dropped, [&dropped] { return dropped; });
    EXPECT_EQ(metrics.total(Id::log_lines_dropped), 3);
    dropped = 5;
    EXPECT_EQ(Exposition(metrics.render()).value("confab_log_lines_dropped_total"), 5);
}

TEST(Metrics, NumberOfSeriesDoesNotChangeWithUse) {
    Metrics metrics(2, "1");
    const auto before = Exposition(metrics.render()).samples().size();
    for (std::size_t i = 0; i < kSeriesCount; ++i)
        metrics.loop(1).add(static_cast<Id>(i), 7);
    metrics.loop(0).loop_latency.observe(1ms);
    EXPECT_EQ(Exposition(metrics.render()).samples().size(), before);
}

TEST(Metrics, ShardsAreSummed) {
    Metrics metrics(2, "1");
    metrics.loop(0).add(Id::messages, 3);
    metrics.loop(1).add(Id::messages);
    metrics.shared().add(Id::messages, 10);
    EXPECT_EQ(metrics.total(Id::messages), 14);
    EXPECT_EQ(Exposition(metrics.render()).value("confab_messages_total"), 14);
}

TEST(Metrics, GaugeGoesUpOnOneLoopAndDownOnAnother) {
    Metrics metrics(2, "1");
    metrics.loop(0).add(Id::rooms, 5);
    metrics.loop(1).sub(Id::rooms, 2);
    EXPECT_EQ(metrics.total(Id::rooms), 3);
}

TEST(Metrics, CountsOfSeveralThreadsAreAllThere) {
    Metrics metrics(1, "1");
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&metrics] {
            for (int n = 0; n < 10000; ++n)
                metrics.shared().add(Id::deliveries);
        });
    }
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(metrics.total(Id::deliveries), 40000);
}

TEST(Metrics, LatencyBucketsAreCumulativeAndEndWithTheCount) {
    Metrics metrics(2, "1");
    auto& latency = metrics.loop(1).loop_latency;
    latency.observe(0ns);
    latency.observe(50us);  // the end of a bucket belongs to it
    latency.observe(50us + 1ns);
    latency.observe(100us);
    latency.observe(101us);
    latency.observe(1638400us);
    latency.observe(1638400us + 1ns);
    latency.observe(1h);
    latency.observe(-5ms);  // a clock's whim counts as no time at all
    const Exposition text(metrics.render());
    const auto bucket = [&](const std::string& end) {
        return text.value("confab_loop_latency_seconds_bucket{loop=\"1\",le=\"" + end + "\"}");
    };
    EXPECT_EQ(bucket("0.00005"), 3);
    EXPECT_EQ(bucket("0.0001"), 5);
    EXPECT_EQ(bucket("0.0002"), 6);
    EXPECT_EQ(bucket("0.8192"), 6);
    EXPECT_EQ(bucket("1.6384"), 7);
    EXPECT_EQ(bucket("+Inf"), 9);
    EXPECT_EQ(text.value("confab_loop_latency_seconds_count{loop=\"1\"}"), 9);
    EXPECT_NEAR(text.value("confab_loop_latency_seconds_sum{loop=\"1\"}"), 3603.277101001, 1e-6);
    EXPECT_EQ(text.value("confab_loop_latency_seconds_count{loop=\"0\"}"), 0);
    EXPECT_EQ(text.value("confab_loop_latency_seconds_count{loop=\"2\"}"), -1);
}

TEST(Metrics, ProcessFiguresAreThoseOfThisProcess) {
    const Metrics metrics(1, "1");
    const Exposition before(metrics.render());
    const int extra = ::open("/dev/null", O_RDONLY);
    const Exposition after(metrics.render());
    ::close(extra);
    EXPECT_EQ(after.value("process_open_fds"), before.value("process_open_fds") + 1);
    EXPECT_GT(after.value("process_max_fds"), after.value("process_open_fds"));
    EXPECT_GT(after.value("process_resident_memory_bytes"), 1e6);
    EXPECT_GT(after.value("process_virtual_memory_bytes"),
              after.value("process_resident_memory_bytes"));
    EXPECT_GE(after.value("process_cpu_seconds_total"), before.value("process_cpu_seconds_total"));
    const auto age =
        static_cast<double>(std::time(nullptr)) - after.value("process_start_time_seconds");
    EXPECT_GT(age, -5);
    EXPECT_LT(age, 3600);
}

TEST(Metrics, VersionIsEscapedAsALabel) {
    const Metrics metrics(1, "1\"\\\n");
    EXPECT_EQ(Exposition(metrics.render()).value("confab_build_info{version=\"1\\\"\\\\\\n\"}"), 1);
}

}  // namespace
}  // namespace confab::metrics
