// Socket I/O: one non-blocking read or write, and what came of it.
// Thread: any; no state.
// Owns:   nothing.
// Limits: the caller's buffers.
// Invariant: never blocks, never raises SIGPIPE; an interrupted call is no result.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <span>
#include <string_view>

namespace confab::net {

struct IoStep {
    enum class What {
        moved,        // `bytes` of them
        would_block,  // wait for readiness
        ended,        // end of input, or a broken connection
    };
    What what;
    std::size_t bytes = 0;
};

[[nodiscard]] IoStep receive_some(int socket, std::span<char> buffer);
[[nodiscard]] IoStep send_some(int socket, std::string_view bytes);
[[nodiscard]] IoStep send_some(int socket, std::span<iovec> parts);

}  // namespace confab::net
