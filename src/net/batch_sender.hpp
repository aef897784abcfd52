// BatchSender: what a loop has to send at the end of a turn, sent together.
// Thread: its loop.
// Owns:   the list of sends under construction; its way to the kernel.
// Limits: kBatchSendsMax sends and kBatchPartsMax parts in one batch; a full one goes out first.
// Invariants: (1) a target has at most one send in a batch, so that its bytes stay in order. (2)
//             every target is told what came of its send before flush() returns. (3) bytes and
//             target of a send stay where they are until then.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "metrics/metrics.hpp"
#include "net/socket_io.hpp"

namespace confab::net {

// One send: never blocks. `result` as of sendmsg(), but with -errno for an error.
struct Send {
    int socket = -1;
    std::uint32_t part_count = 0;
    iovec* parts = nullptr;
    int result = 0;
};

// How a batch gets to the kernel. One per loop, used by its thread only.
class Transmitter {
  public:
    virtual ~Transmitter() = default;
    // Sets the result of each.
    virtual void transmit(std::span<Send> sends) = 0;
    [[nodiscard]] virtual std::string_view name() const = 0;
    // Where its sends are counted.
    [[nodiscard]] virtual metrics::Id counter() const = 0;
};

class BatchSender {
  public:
    class Target {
      public:
        // `whole`: the socket took everything. Takes note; it must not add() before it returns.
        virtual void on_sent(IoStep step, bool whole) = 0;

      protected:
        ~Target() = default;
    };

    BatchSender(std::unique_ptr<Transmitter> transmitter, metrics::Shard& metrics);

    void use(std::unique_ptr<Transmitter> transmitter) { transmitter_ = std::move(transmitter); }
    [[nodiscard]] const Transmitter& transmitter() const { return *transmitter_; }

    // Where to describe the parts of the next send: kSendPartsMax of them. Sends the batch first
    // when there is no room left.
    [[nodiscard]] std::span<iovec> space();
    // The first `count` of what space() gave are to be sent.
    void add(Target& target, int socket, std::size_t count);

    void flush();

  private:
    std::unique_ptr<Transmitter> transmitter_;
    metrics::Shard& metrics_;
    std::vector<Send> sends_;
    struct Told {
        Target* target;
        std::size_t bytes;  // of its send
    };
    std::vector<Told> told_;
    std::vector<iovec> parts_;
    std::size_t parts_used_ = 0;
};

}  // namespace confab::net
