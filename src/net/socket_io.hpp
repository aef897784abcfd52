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

// What the result of a call means: the number of bytes, or -errno.
[[nodiscard]] IoStep step_of(int result);

[[nodiscard]] std::size_t bytes_of(std::span<const iovec> parts);

[[nodiscard]] IoStep receive_some(int socket, std::span<char> buffer);
[[nodiscard]] IoStep send_some(int socket, std::string_view bytes);
[[nodiscard]] IoStep send_some(int socket, std::span<iovec> parts);
// The same, as a result: the number of bytes, or -errno.
[[nodiscard]] int send_parts(int socket, std::span<iovec> parts);

}  // namespace confab::net
