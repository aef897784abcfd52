#include "metrics/process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <ctime>
#include <memory>

namespace confab::metrics {
namespace {

ProcessUsage read_process_usage() {
    DescriptorCount descriptors;
    return metrics::read_process_usage(descriptors);
}

// One descriptor more.
class Opened {
  public:
    Opened() : descriptor_(::open("/dev/null", O_RDONLY)) {}
    ~Opened() { ::close(descriptor_); }
    Opened(const Opened&) = delete;
    Opened& operator=(const Opened&) = delete;

  private:
    const int descriptor_;
};

TEST(DescriptorCount, GoesUpAndDownWithWhatIsOpen) {
    DescriptorCount count;
    const auto now = std::chrono::steady_clock::now();
    const auto before = count.get(now);
    {
        const Opened one;
        const Opened two;
        EXPECT_EQ(*count.get(now + DescriptorCount::kGoodFor), *before + 2);
    }
    EXPECT_EQ(*count.get(now + 2 * DescriptorCount::kGoodFor), *before);
}

TEST(DescriptorCount, ListingSaysTheSameAndIsNotRepeatedAtEveryScrape) {
    DescriptorCount told;
    DescriptorCount listed(false);
    const auto now = std::chrono::steady_clock::now();
    const auto before = listed.get(now);
    EXPECT_EQ(before, told.get(now));
    const Opened one;
    EXPECT_EQ(listed.get(now + DescriptorCount::kGoodFor - std::chrono::seconds(1)), before);
    EXPECT_EQ(*listed.get(now + DescriptorCount::kGoodFor), *before + 1);
}

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
