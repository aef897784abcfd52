// LoadOptions: what one run of the load client does.
// Thread: a value.
// Owns:   its texts.
// Limits: handshakes_max connections are being opened at once; every phase has a time limit.
// Invariant: members is a multiple of rooms; there is a token for each member.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace confab::bench {

using namespace std::chrono_literals;

inline constexpr auto kConnectTimeout = 120s;  // for all members together
inline constexpr auto kStallTimeout = 10s;     // nothing at all happened for this long
inline constexpr auto kQuietTime = 1500ms;     // no notice for this long: everybody has joined
inline constexpr auto kQuietTimeout = 30s;

struct LoadOptions {
    std::string host = "127.0.0.1";
    std::uint16_t port = 8080;
    std::string tokens_file;
    std::size_t members = 1000;
    std::size_t rooms = 1;
    std::size_t window = 1;           // messages in flight in each room
    std::size_t payload_bytes = 128;  // of a message, ASCII
    std::size_t handshakes_max = 64;
    double warmup_s = 1;
    double seconds = 5;  // 0: connect, wait until it is quiet, report memory
    pid_t pid = 0;       // the server; 0: its cost is not measured
};

}  // namespace confab::bench
