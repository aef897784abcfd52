#include "bench/process_probe.hpp"

#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

namespace confab::bench {
namespace {

std::string directory_of(pid_t pid) {
    return "/proc/" + std::to_string(pid);
}

std::ifstream open(const std::string& path) {
    std::ifstream file(path);
    if (!file) throw std::runtime_error("cannot read " + path);
    return file;
}

double clock_seconds(pid_t pid) {
    clockid_t clock{};
    timespec time{};
    if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &time) != 0) {
        throw std::runtime_error("no CPU clock of process " + std::to_string(pid));
    }
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// Fields 14 and 15 of /proc/PID/stat; the name in field 2 may contain anything up to its bracket.
void read_stat(pid_t pid, ProcessCost& cost) {
    std::string text;
    std::getline(open(directory_of(pid) + "/stat"), text);
    std::istringstream rest(text.substr(text.rfind(')') + 1));
    std::string field;
    for (int number = 3; number < 14; ++number)
        rest >> field;
    double user = 0;
    double system = 0;
    rest >> user >> system;
    const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    cost.user_s = user / ticks;
    cost.system_s = system / ticks;
}

double waited_seconds(pid_t pid) {
    double nanoseconds = 0;
    for (const auto& task : std::filesystem::directory_iterator(directory_of(pid) + "/task")) {
        double ran = 0;
        double waited = 0;
        open(task.path().string() + "/schedstat") >> ran >> waited;
        nanoseconds += waited;
    }
    return nanoseconds * 1e-9;
}

}  // namespace

ProcessCost cost_of(pid_t pid) {
    ProcessCost cost;
    if (pid == 0) return cost;
    cost.cpu_s = clock_seconds(pid);
    read_stat(pid, cost);
    cost.waited_s = waited_seconds(pid);
    return cost;
}

ProcessMemory memory_of(pid_t pid) {
    ProcessMemory memory;
    if (pid == 0) return memory;
    auto status = open(directory_of(pid) + "/status");
    std::string line;
    while (std::getline(status, line)) {
        std::istringstream words(line);
        std::string name;
        std::int64_t kibibytes = 0;
        words >> name >> kibibytes;
        if (name == "VmRSS:") memory.resident_bytes = kibibytes * 1024;
        if (name == "RssAnon:") memory.anonymous_bytes = kibibytes * 1024;
    }
    return memory;
}

}  // namespace confab::bench
