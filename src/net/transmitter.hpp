// Transmitters: the ways of a batch to the kernel: one call each, or all in one through io_uring.
// Thread: made and used on one loop's thread.
// Owns:   IoUringTransmitter its ring.
// Limits: kBatchSendsMax entries in the ring.
// Invariants: (1) every send is tried once and none waits: what the socket does not take comes back
//             as -EAGAIN. (2) when transmit() returns the kernel holds no reference to the bytes.
#pragma once

#include <memory>
#include <string>

#include "net/batch_sender.hpp"

struct io_uring;
struct io_uring_probe;

namespace confab::net {

class SendmsgTransmitter final : public Transmitter {
  public:
    void transmit(std::span<Send> sends) override;
    [[nodiscard]] std::string_view name() const override { return "sendmsg"; }
    [[nodiscard]] metrics::Id counter() const override { return metrics::Id::sends_sendmsg; }
};

// How the ring's entries are handed to the kernel: as io_uring_submit_and_wait().
using RingSubmit = int (*)(io_uring* ring, unsigned wait_for);

// Whether the kernel knows all that is sent with; `probe` may be null, when it does not even tell.
[[nodiscard]] bool can_send(const io_uring_probe* probe);

// Null when the kernel or a sandbox refuses; `reason` then says why. It goes on with sendmsg for
// good should the kernel refuse later on. `submit`: null, or what a test does instead.
[[nodiscard]] std::unique_ptr<Transmitter> make_io_uring_transmitter(std::string& reason,
                                                                     RingSubmit submit = nullptr);

// io_uring when wanted and possible, else sendmsg.
[[nodiscard]] std::unique_ptr<Transmitter> make_transmitter(bool want_io_uring);

}  // namespace confab::net
