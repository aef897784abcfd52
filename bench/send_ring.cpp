#include "bench/send_ring.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace confab::bench {
namespace {

// With MSG_WAITALL a short send counts as failed, and thus leaves its completion.
constexpr int kSendFlags = MSG_DONTWAIT | MSG_NOSIGNAL | MSG_WAITALL;

[[noreturn]] void fail(int error, const char* call) {
    throw std::system_error(error, std::system_category(), call);
}

}  // namespace

SendRing::SendRing(Handler& handler) : handler_(handler) {
    int result = io_uring_queue_init(kEntries, &ring_,
                                     IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN);
    if (result == -EINVAL) result = io_uring_queue_init(kEntries, &ring_, 0);  // before Linux 6.1
    if (result < 0) fail(-result, "io_uring_queue_init");
    if ((ring_.features & IORING_FEAT_CQE_SKIP) == 0) {
        io_uring_queue_exit(&ring_);
        fail(ENOSYS, "io_uring without IORING_FEAT_CQE_SKIP");
    }
    io_uring_register_ring_fd(&ring_);  // saves a look-up in each submit; works without, too
}

SendRing::~SendRing() {
    io_uring_queue_exit(&ring_);
}

void SendRing::add(int fd, std::string_view bytes, void* tag) {
    if (added_ == kEntries) submit();
    io_uring_sqe* entry = io_uring_get_sqe(&ring_);
    io_uring_prep_send(entry, fd, bytes.data(), bytes.size(), kSendFlags);
    io_uring_sqe_set_flags(entry, IOSQE_CQE_SKIP_SUCCESS);
    io_uring_sqe_set_data(entry, tag);
    ++added_;
}

void SendRing::submit() {
    while (added_ > 0) {
        const int taken = io_uring_submit_and_get_events(&ring_);
        if (taken < 0 && taken != -EINTR && taken != -EAGAIN) fail(-taken, "io_uring_submit");
        if (taken > 0) added_ -= static_cast<unsigned>(taken);
        take_completions();
    }
}

void SendRing::take_completions() {
    io_uring_cqe* completion = nullptr;
    while (io_uring_peek_cqe(&ring_, &completion) == 0) {
        void* tag = io_uring_cqe_get_data(completion);
        const int sent = std::max(completion->res, 0);
        io_uring_cqe_seen(&ring_, completion);
        handler_.on_unsent(tag, static_cast<std::size_t>(sent));
    }
}

}  // namespace confab::bench
