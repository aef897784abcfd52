#include "metrics/process.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

namespace confab::metrics {
namespace {

// proc(5): sizes in pages.
void read_memory(ProcessUsage& usage) {
    std::ifstream file("/proc/self/statm");
    std::uint64_t virtual_pages = 0;
    std::uint64_t resident_pages = 0;
    const auto page_bytes = ::sysconf(_SC_PAGESIZE);
    if (!(file >> virtual_pages >> resident_pages) || page_bytes <= 0) return;
    usage.virtual_bytes = virtual_pages * static_cast<std::uint64_t>(page_bytes);
    usage.resident_bytes = resident_pages * static_cast<std::uint64_t>(page_bytes);
}

constexpr const char* kDescriptors = "/proc/self/fd";

// proc(5): since Linux 6.2 the size of the directory is their number; before it is 0.
std::optional<std::uint64_t> told_descriptors() {
    struct stat status {};
    if (::stat(kDescriptors, &status) != 0 || status.st_size <= 0) return std::nullopt;
    return static_cast<std::uint64_t>(status.st_size);
}

std::optional<std::uint64_t> listed_descriptors() {
    std::error_code error;
    std::filesystem::directory_iterator entry(kDescriptors, error);
    std::uint64_t count = 0;
    for (const std::filesystem::directory_iterator end; !error && entry != end;
         entry.increment(error)) {
        ++count;
    }
    // One of them is the iterator's own.
    if (error || count == 0) return std::nullopt;
    return count - 1;
}

std::optional<std::uint64_t> descriptors_max() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::nullopt;
    return limit.rlim_cur;
}

void read_cpu(ProcessUsage& usage) {
    rusage used{};
    if (::getrusage(RUSAGE_SELF, &used) != 0) return;
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    usage.cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
}

// proc(5): field 22 of stat is the start in clock ticks after boot, btime the boot in seconds.
void read_start(ProcessUsage& usage) {
    std::ifstream stat("/proc/self/stat");
    std::string text;
    std::getline(stat, text, '\0');
    // Field 2, the name, may hold spaces and brackets; it ends at the last bracket.
    const auto name_end = text.rfind(')');
    if (name_end == std::string::npos) return;
    std::size_t at = name_end;
    constexpr int kSpacesToField22 = 20;
    for (int i = 0; i < kSpacesToField22 && at != std::string::npos; ++i)
        at = text.find(' ', at + 1);
    const auto ticks_per_second = ::sysconf(_SC_CLK_TCK);
    if (at == std::string::npos || ticks_per_second <= 0) return;
    const auto ticks = std::strtoull(text.c_str() + at, nullptr, 10);

    std::ifstream boot("/proc/stat");
    for (std::string word; boot >> word;) {
        std::uint64_t boot_seconds = 0;
        if (word != "btime" || !(boot >> boot_seconds)) continue;
        usage.start_time_seconds =
            static_cast<double>(boot_seconds) +
            static_cast<double>(ticks) / static_cast<double>(ticks_per_second);
        return;
    }
}

}  // namespace

std::optional<std::uint64_t> DescriptorCount::get(std::chrono::steady_clock::time_point now) {
    if (kernel_tells_) {
        if (const auto told = told_descriptors()) return told;
    }
    const std::lock_guard lock(mutex_);
    if (!listed_ || now >= listed_at_ + kGoodFor) {
        listed_ = listed_descriptors();
        listed_at_ = now;
    }
    return listed_;
}

ProcessUsage read_process_usage(DescriptorCount& descriptors) {
    ProcessUsage usage;
    read_memory(usage);
    usage.open_descriptors = descriptors.get(std::chrono::steady_clock::now());
    usage.descriptors_max = descriptors_max();
    read_cpu(usage);
    read_start(usage);
    return usage;
}

}  // namespace confab::metrics
