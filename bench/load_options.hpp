// LoadOptions: what one run of the load client does.
// Thread: a value.
// Owns:   its texts.
// Limits: handshakes_max connections are being opened at once; every phase has a time limit.
// Invariant: members is a multiple of rooms; each has a token when the path asks for one.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace confab::bench {

using namespace std::chrono_literals;

inline constexpr auto kConnectTimeout = 120s;  // for all members together
inline constexpr auto kStallTimeout = 10s;     // nothing at all happened for this long
inline constexpr auto kQuietTimeout = 30s;
inline constexpr auto kDrainQuietTime = 500ms;  // stalled readers read on, at the end
inline constexpr auto kDrainTimeout = 5s;
inline constexpr auto kMemoryInterval = 200ms;  // between two looks at the server's memory

struct LoadOptions {
    std::string host = "127.0.0.1";
    std::uint16_t port = 8080;
    std::string path = "/ws?token={token}&room={room}";
    std::string protocol = "text";
    std::string tokens_file;
    std::string epoch;                 // of the position that members come back with
    std::optional<std::uint64_t> seq;  // none: they have no position
    std::size_t members = 1000;
    std::size_t rooms = 1;
    std::size_t window = 1;           // messages in flight in each room
    double rate = 0;                  // messages per second in each room, instead of the window
    std::size_t payload_bytes = 128;  // of a message, ASCII
    double churn = 0;                 // reconnects per second
    double stalled_percent = 0;       // of the members: they stop reading
    bool tls = false;
    bool deflate = false;  // offer permessage-deflate
    std::size_t handshakes_max = 64;
    double quiet_s = 1.5;  // no notice for this long: everybody has joined
    double warmup_s = 1;
    double seconds = 5;  // 0: connect, wait until it is quiet, report memory
    pid_t pid = 0;       // the server; 0: its cost is not measured

    [[nodiscard]] std::size_t room_of(std::size_t member) const { return member % rooms; }
    // The sender of a room stands in the middle of those who joined it: its own copy of a message
    // takes half a fan-out.
    [[nodiscard]] std::size_t sender_of(std::size_t room) const {
        return room + rooms * (members / rooms / 2);
    }
    [[nodiscard]] bool is_sender(std::size_t member) const {
        return member == sender_of(room_of(member));
    }
    // Spread evenly, the senders left out.
    [[nodiscard]] bool is_stalled(std::size_t member) const {
        const auto before =
            static_cast<std::size_t>(static_cast<double>(member) * stalled_percent / 100);
        const auto after =
            static_cast<std::size_t>(static_cast<double>(member + 1) * stalled_percent / 100);
        return after > before && !is_sender(member);
    }
};

// The text is printed already; 0 when it was asked for.
struct UsageError {
    int status;
};
// Fills the options from the command line. Throws UsageError.
void parse_options(int argc, char** argv, LoadOptions& options);

}  // namespace confab::bench
