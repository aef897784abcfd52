// Outbox: the frames that wait for one socket.
// Thread: the loop of its session.
// Owns:   references on the frames, never their bytes alone.
// Limits: bytes_max and frames_max, given at the call; push() refuses beyond and changes nothing.
// Invariants: (1) bytes() is the sum of what is still to be written. (2) an empty outbox holds no
//             heap memory.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <span>
#include <vector>

#include "base/shared_bytes.hpp"

namespace confab::net {

class Outbox {
  public:
    struct Limits {
        std::size_t bytes_max;
        std::size_t frames_max;
    };

    // False: over a limit, the frame was not taken.
    [[nodiscard]] bool push(const SharedBytes& frame, const Limits& limits);
    // Takes the frame whatever is waiting: for the one close frame at the end.
    void push_last(const SharedBytes& frame);

    // Describes the front of the queue; returns how many of `parts` are filled.
    [[nodiscard]] std::size_t gather(std::span<iovec> parts) const;
    // The first `bytes` of the queue are written.
    void consume(std::size_t bytes);

    // Drops every frame of which nothing was written yet.
    void drop_unstarted();

    [[nodiscard]] std::size_t bytes() const { return bytes_; }
    [[nodiscard]] std::size_t frames() const { return frames_.size() - first_; }
    [[nodiscard]] bool empty() const { return bytes_ == 0; }

  private:
    std::vector<SharedBytes> frames_;  // those before first_ are written
    std::size_t first_ = 0;
    std::size_t written_of_first_ = 0;
    std::size_t bytes_ = 0;
};

}  // namespace confab::net
