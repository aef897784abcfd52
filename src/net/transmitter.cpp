#include "net/transmitter.hpp"

#include <liburing.h>

#include <array>
#include <cerrno>
#include <optional>
#include <system_error>

#include "base/assert.hpp"
#include "base/limits.hpp"

namespace confab::net {
namespace {

void send_each(std::span<Send> sends) {
    for (Send& send : sends) {
        send.result = send_parts(send.socket, {send.parts, send.part_count});
    }
}

class IoUringTransmitter final : public Transmitter {
  public:
    IoUringTransmitter(const io_uring& ring, RingSubmit submit) : ring_(ring), submit_(submit) {}
    IoUringTransmitter(const IoUringTransmitter&) = delete;
    IoUringTransmitter& operator=(const IoUringTransmitter&) = delete;
    ~IoUringTransmitter() override { end_ring(); }

    void transmit(std::span<Send> sends) override {
        if (!ring_) return send_each(sends);
        CONFAB_ASSERT(sends.size() <= kBatchSendsMax);
        for (std::size_t i = 0; i < sends.size(); ++i) {
            prepare(sends[i], i);
        }
        // With MSG_DONTWAIT each send is done, one way or the other, while it is submitted.
        std::size_t left = sends.size();
        while (left > 0) {
            const int submitted = submit_(&*ring_, static_cast<unsigned>(left));
            const std::size_t done = reap(sends);
            left -= done;
            if (submitted <= 0 && submitted != -EINTR && done == 0) return give_up(sends);
        }
    }
    [[nodiscard]] std::string_view name() const override { return ring_ ? "io_uring" : "sendmsg"; }
    [[nodiscard]] metrics::Id counter() const override {
        return ring_ ? metrics::Id::sends_io_uring : metrics::Id::sends_sendmsg;
    }

  private:
    // Of a send that the kernel has and has not told about.
    static constexpr int kUnknown = -ECANCELED;

    void prepare(Send& send, std::size_t index) {
        constexpr int kFlags = MSG_DONTWAIT | MSG_NOSIGNAL;
        io_uring_sqe* entry = io_uring_get_sqe(&*ring_);
        CONFAB_ASSERT(entry != nullptr);
        if (send.part_count == 1) {
            io_uring_prep_send(entry, send.socket, send.parts->iov_base, send.parts->iov_len,
                               kFlags);
        } else {
            msghdr& message = messages_[index];
            message = {};
            message.msg_iov = send.parts;
            message.msg_iovlen = send.part_count;
            io_uring_prep_sendmsg(entry, send.socket, &message, kFlags);
        }
        entry->user_data = index;
        send.result = kUnknown;
    }

    std::size_t reap(std::span<Send> sends) {
        std::size_t count = 0;
        unsigned head = 0;
        io_uring_cqe* completion = nullptr;
        io_uring_for_each_cqe(&*ring_, head, completion) {
            sends[completion->user_data].result = completion->res;
            ++count;
        }
        io_uring_cq_advance(&*ring_, static_cast<unsigned>(count));
        return count;
    }

    // The kernel takes no more, for want of memory for example. What it has not taken are the last
    // ones; the ring goes before they are sent, so that it cannot send them as well.
    void give_up(std::span<Send> sends) {
        const std::size_t not_taken = io_uring_sq_ready(&*ring_);
        end_ring();
        send_each(sends.last(not_taken));
    }

    void end_ring() {
        if (ring_) io_uring_queue_exit(&*ring_);
        ring_.reset();
    }

    std::optional<io_uring> ring_;  // none: the kernel has refused it; sendmsg from then on
    const RingSubmit submit_;
    std::array<msghdr, kBatchSendsMax> messages_{};
};

std::string text_of(int error) {
    return std::error_code(error, std::generic_category()).message();
}

}  // namespace

void SendmsgTransmitter::transmit(std::span<Send> sends) {
    send_each(sends);
}

bool can_send(const io_uring_probe* probe) {
    return probe != nullptr && io_uring_opcode_supported(probe, IORING_OP_SEND) != 0 &&
           io_uring_opcode_supported(probe, IORING_OP_SENDMSG) != 0;
}

std::unique_ptr<Transmitter> make_io_uring_transmitter(std::string& reason, RingSubmit submit) {
    io_uring ring{};
    // Only this thread submits, and it looks for completions itself: no interrupts for them. Older
    // kernels do not know the flags.
    constexpr unsigned kOneThread = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
    int error = io_uring_queue_init(kBatchSendsMax, &ring, kOneThread);
    if (error == -EINVAL) error = io_uring_queue_init(kBatchSendsMax, &ring, 0);
    if (error != 0) {
        reason = text_of(-error);
        return nullptr;
    }
    io_uring_probe* const probe = io_uring_get_probe_ring(&ring);
    const bool usable = can_send(probe);
    io_uring_free_probe(probe);
    if (!usable) {
        io_uring_queue_exit(&ring);
        reason = "the kernel's io_uring cannot send";
        return nullptr;
    }
    return std::make_unique<IoUringTransmitter>(
        ring, submit != nullptr ? submit : &io_uring_submit_and_wait);
}

std::unique_ptr<Transmitter> make_transmitter(bool want_io_uring) {
    std::string reason;
    if (want_io_uring) {
        if (auto ring = make_io_uring_transmitter(reason)) return ring;
    }
    return std::make_unique<SendmsgTransmitter>();
}

}  // namespace confab::net
