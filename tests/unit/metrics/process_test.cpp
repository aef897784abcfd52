#include "metrics/process.hpp"

#include <gtest/gtest.h>
#include <sys/prctl.h>

#include <ctime>
#include <memory>

namespace confab::metrics {
namespace {

TEST(ProcessUsage, EveryFigureIsThereOnLinux) {
    const auto usage = read_process_usage();
    EXPECT_TRUE(usage.resident_bytes && usage.virtual_bytes && usage.open_descriptors &&
                usage.descriptors_max && usage.cpu_seconds && usage.start_time_seconds);
}

TEST(ProcessUsage, ResidentMemoryGrowsWithWhatIsTouched) {
    constexpr std::size_t kBytes = 32UL * 1024 * 1024;
    const auto before = *read_process_usage().resident_bytes;
    const auto block = std::make_unique<volatile char[]>(kBytes);  // touched by being zeroed
    const auto after = *read_process_usage().resident_bytes;
    EXPECT_EQ(block[kBytes - 1], 0);
    EXPECT_GT(after, before + kBytes / 2);
}

TEST(ProcessUsage, StartIsReadEvenWhenTheNameLooksLikeFields) {
    ASSERT_EQ(::prctl(PR_SET_NAME, "a) R 1 2 (b"), 0);
    const auto start = read_process_usage().start_time_seconds;
    ASSERT_TRUE(start);
    EXPECT_NEAR(*start, static_cast<double>(std::time(nullptr)), 3600);
}

}  // namespace
}  // namespace confab::metrics
