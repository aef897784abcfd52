// LoadRun: opens the members, keeps the messages in flight, counts what is delivered.
// Thread: one, with one epoll.
// Owns:   the members and the counts.
// Limits: load_options.hpp; a run ends by itself, with an exception when the server does not do its
//         part (refuses, closes, stalls, sends what v1 does not).
// Invariants: (1) only deliveries between the two looks at the server's CPU clock are counted.
//             (2) when that begins nobody is joining and no notice is on its way.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bench/histogram.hpp"
#include "bench/load_member.hpp"
#include "bench/load_options.hpp"
#include "bench/process_probe.hpp"

namespace confab::bench {

struct LoadResult {
    double connect_s = 0;            // from the first SYN to the last 101
    double connect_cpu_s = 0;        // of the server, meanwhile
    double connect_waited_s = 0;     // of server and client, meanwhile: noise
    ProcessMemory memory_before;     // of the server, without members
    ProcessMemory memory_connected;  // with all of them, when it is quiet
    double seconds = 0;
    std::uint64_t deliveries = 0;  // frames that members received
    std::uint64_t echoes = 0;      // messages: those that came back to their sender
    std::uint64_t received_bytes = 0;
    ProcessCost server;  // these two: during the measured time
    double client_cpu_s = 0;
    double waited_s = 0;  // of server and client, for a core that others used: noise
    std::uint64_t echo_p50_ns = 0;
    std::uint64_t echo_p99_ns = 0;
};

class LoadRun {
  public:
    // `tokens` has one for each member.
    LoadRun(const LoadOptions& options, std::vector<std::string> tokens);

    [[nodiscard]] LoadResult run();

  private:
    struct Counts {
        std::uint64_t deliveries = 0;
        std::uint64_t echoes = 0;
        std::uint64_t bytes = 0;
    };

    void connect_all(LoadResult& result);
    void open_next();
    void wait_until_quiet();
    void start_senders();
    void run_until(SteadyTime end);
    void measure(LoadResult& result);

    // Waits at most until `limit` and handles what is ready.
    void turn(SteadyTime limit);
    void on_ready(std::size_t index, std::uint32_t events);
    void on_readable(std::size_t index);
    void count(Member& member, const FrameCounter::Seen& seen);
    void watch(int operation, std::size_t index, bool writable);
    [[nodiscard]] std::string request_of(std::size_t index) const;

    const LoadOptions options_;
    const std::vector<std::string> tokens_;
    const MessageTrain train_;
    const std::string accept_;
    FileDescriptor epoll_;
    std::vector<Member> members_;
    std::vector<char> buffer_;
    std::size_t open_ = 0;  // members that have their 101
    Counts counts_;
    SteadyTime last_delivery_;
    SteadyTime now_;  // when the current turn began to handle what was ready
    bool sending_ = false;
    bool measuring_ = false;
    Histogram echo_ns_;
};

}  // namespace confab::bench
