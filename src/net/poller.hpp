// Poller: tells the loop's sessions that their sockets are ready, many in one turn.
// Thread: its loop.
// Owns:   an epoll set, which is itself one descriptor of the loop's io_context.
// Limits: kReadyPerTurn sockets in one turn; the others have the next one.
// Invariants: (1) a registered socket is told again and again while it is ready. (2) a socket
//             without interest is in no set: not even its errors are told. (3) an object may be
//             told once more, in the same turn, after its interest was changed or withdrawn: it
//             must not be destroyed before the turn ends.
#pragma once

#include <sys/epoll.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <vector>

namespace confab::net {

class Pollable {
  public:
    // `events` as epoll_wait() gives them.
    virtual void on_ready(std::uint32_t events) = 0;

  protected:
    virtual ~Pollable() = default;

  private:
    friend class Poller;
    std::uint32_t interest_ = 0;
};

class Poller {
  public:
    explicit Poller(boost::asio::io_context& context);

    // Waits from now on; what is ready is told in handlers of the io_context.
    void start();

    // EPOLLIN, EPOLLOUT, both, or 0 to be left alone. Costs nothing when nothing changes. False:
    // the kernel had no memory for it.
    bool set_interest(int socket, Pollable& object, std::uint32_t events);
    // The socket belongs to `to` from now on, with the same interest.
    void hand_over(int socket, Pollable& from, Pollable& to);

  private:
    void wait();
    void tell();

    boost::asio::posix::stream_descriptor set_;
    std::vector<epoll_event> ready_;
};

}  // namespace confab::net
