// ProcessProbe: what another process has cost so far, as the kernel counts it.
// Thread: any; no state.
// Owns:   nothing.
// Limits: none.
// Invariant: the numbers of one process never go down, memory excepted.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace confab::bench {

struct ProcessCost {
    double cpu_s = 0;   // user and system, all threads, to the nanosecond
    double user_s = 0;  // these two in steps of 10 ms (/proc/PID/stat)
    double system_s = 0;
    double waited_s = 0;  // ready to run, but the core was taken by somebody else
};

struct ProcessMemory {
    std::int64_t resident_bytes = 0;   // VmRSS
    std::int64_t anonymous_bytes = 0;  // RssAnon: without the pages of programs and libraries
};

// Throws std::runtime_error when there is no such process. PID 0 stands for nobody: all zeros.
[[nodiscard]] ProcessCost cost_of(pid_t pid);
[[nodiscard]] ProcessMemory memory_of(pid_t pid);

}  // namespace confab::bench
