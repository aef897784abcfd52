#include "net/poller.hpp"

#include <cerrno>
#include <utility>

#include "base/assert.hpp"
#include "base/limits.hpp"

namespace confab::net {
namespace {

int make_set() {
    const int set = ::epoll_create1(EPOLL_CLOEXEC);
    if (set < 0) {
        throw boost::system::system_error(errno, boost::system::system_category(), "epoll_create1");
    }
    return set;
}

}  // namespace

Poller::Poller(boost::asio::io_context& context)
    : set_(context, make_set()), ready_(kReadyPerTurn) {}

void Poller::start() {
    wait();
}

bool Poller::set_interest(int socket, Pollable& object, std::uint32_t events) {
    if (object.interest_ == events) return true;
    const int operation = object.interest_ == 0 ? EPOLL_CTL_ADD
                          : events == 0         ? EPOLL_CTL_DEL
                                                : EPOLL_CTL_MOD;
    epoll_event event{};
    event.events = events;
    event.data.ptr = &object;
    if (::epoll_ctl(set_.native_handle(), operation, socket, &event) != 0) return false;
    object.interest_ = events;
    return true;
}

void Poller::hand_over(int socket, Pollable& from, Pollable& to) {
    const std::uint32_t events = std::exchange(from.interest_, 0);
    if (events == 0) return;
    epoll_event event{};
    event.events = events;
    event.data.ptr = &to;
    // Changing what is there takes no memory: it cannot fail.
    CONFAB_ASSERT(::epoll_ctl(set_.native_handle(), EPOLL_CTL_MOD, socket, &event) == 0);
    to.interest_ = events;
}

void Poller::wait() {
    set_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                    [this](boost::system::error_code error) {
                        if (error) return;
                        tell();
                        wait();
                    });
}

void Poller::tell() {
    const int count =
        ::epoll_wait(set_.native_handle(), ready_.data(), static_cast<int>(ready_.size()), 0);
    for (int i = 0; i < count; ++i) {
        const epoll_event& event = ready_[static_cast<std::size_t>(i)];
        static_cast<Pollable*>(event.data.ptr)->on_ready(event.events);
    }
}

}  // namespace confab::net
