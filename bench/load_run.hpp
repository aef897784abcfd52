// LoadRun: opens the members, lets the senders send, counts what is delivered and when.
// Thread: one.
// Owns:   the members; the times at which messages were sent.
// Limits: load_options.hpp; a run ends by itself, with an exception when the server does not do its
//         part (refuses, closes, stalls, sends what it should not).
// Invariants: (1) only deliveries between the two looks at the server's CPU clock are counted.
//             (2) when that begins nobody is joining and no notice is on its way, churn excepted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/crowd.hpp"
#include "bench/histogram.hpp"
#include "bench/load_options.hpp"
#include "bench/pacer.hpp"
#include "bench/process_probe.hpp"

namespace confab::bench {

struct LoadResult {
    double connect_s = 0;            // from the first SYN to the last member
    double connect_cpu_s = 0;        // of the server, meanwhile
    double connect_waited_s = 0;     // of server and client, meanwhile: noise
    std::uint64_t replayed = 0;      // messages that members were sent before they were open
    ProcessMemory memory_before;     // of the server, without members
    ProcessMemory memory_connected;  // with all of them, when it is quiet
    ProcessMemory memory_peak;       // of what was seen while messages were sent
    double seconds = 0;
    std::uint64_t messages = 0;  // those that came back to their sender
    Crowd::Counts counts;        // from here on: during the measured time
    ProcessCost server;
    double client_cpu_s = 0;
    double waited_s = 0;  // of server and client, for a core that others used: noise
    std::size_t stalled = 0;
    std::uint64_t cut = 0;  // stalled members that the server gave up, at any time
};

class LoadRun final : private Crowd::Handler {
  public:
    LoadRun(const LoadOptions& options, std::vector<std::string> tokens);

    [[nodiscard]] LoadResult run();

    // From sending a message, or from when it was due at a fixed rate, to the sender's own copy;
    // and, at a fixed rate only, to the copy of any member.
    [[nodiscard]] const Histogram& echo_ns() const { return echo_ns_; }
    [[nodiscard]] const Histogram& delivery_ns() const { return delivery_ns_; }
    // From the same moment to the reply; empty where the protocol has none.
    [[nodiscard]] const Histogram& reply_ns() const { return reply_ns_; }

  private:
    void connect_all(LoadResult& result);
    void wait_until_quiet(SteadyTime::duration quiet, SteadyTime::duration limit);
    void stall_some(LoadResult& result);
    void start_senders();
    void make_messages();
    void note_sent(std::size_t room, SteadyTime time);
    void run_until(SteadyTime end, LoadResult& result);
    void send_what_is_due();
    void reconnect_what_is_due();
    void measure(LoadResult& result);
    void drain(LoadResult& result);

    void on_messages(std::size_t index, std::uint64_t first, std::uint64_t count) override;
    void on_replies(std::size_t index, std::uint64_t first, std::uint64_t count) override;
    void record(std::size_t index, std::uint64_t first, std::uint64_t count);

    const LoadOptions options_;
    Crowd crowd_;
    std::vector<MessageTrain> trains_;  // one for all rooms, or one for each; or none, but
    std::vector<CidFrame> cid_frames_;  // one for each room
    std::vector<SentTimes> sent_;       // of each room
    std::vector<SentTimes> unreplied_;  // the same until the reply; none where there are no replies
    std::optional<Pacer> messages_due_;
    std::optional<Pacer> reconnects_due_;
    std::size_t next_reconnect_ = 0;
    std::uint64_t echoes_ = 0;
    bool measuring_ = false;
    SteadyTime next_memory_look_;
    Histogram echo_ns_;
    Histogram delivery_ns_;
    Histogram reply_ns_;
};

}  // namespace confab::bench
