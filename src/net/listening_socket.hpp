// ListeningSocket: a bound, listening descriptor, and the file of a Unix socket.
// Thread: one; made before the loops run.
// Owns:   the descriptor, until release(); the file of a Unix socket, unless it was made by
//         another(). The file goes when the socket that made it does, if it still is that file.
// Limits: kListenBacklog.
// Invariants: (1) claiming an address fails when anybody listens on it: sharing a port (or taking a
//             path over) must never join this server to another one by accident. (2) a socket file
//             is replaced only when nobody listens on it; anything else under its name stays and
//             is an error. (3) no user can connect to a socket file before it has its mode.
//             (4) an IPv6 socket takes IPv6 only, but for the address `::`, which takes IPv4 as
//             well (as mapped addresses, see net/trusted_peers.hpp).
#pragma once

#include <sys/stat.h>

#include <utility>

#include "base/file_descriptor.hpp"
#include "base/listen_address.hpp"
#include "base/result.hpp"

namespace confab::net {

class ListeningSocket {
  public:
    struct Options {
        bool share = false;         // TCP: another() will be called (SO_REUSEPORT)
        mode_t socket_mode = 0660;  // of the file of a Unix socket
    };

    // Claims the address and listens on it. A port 0 becomes a free one. The text of an error names
    // the address and is for the operator.
    [[nodiscard]] static Result<ListeningSocket> open(const ListenAddress& address,
                                                      const Options& options);
    // One more for the same address, for another loop. TCP: a socket of its own, the kernel spreads
    // the connections. Unix: the same socket once more, so whoever accepts first gets it.
    [[nodiscard]] Result<ListeningSocket> another() const;

    ListeningSocket(ListeningSocket&& other) noexcept;
    ListeningSocket& operator=(ListeningSocket&&) = delete;
    ~ListeningSocket();

    [[nodiscard]] const ListenAddress& address() const { return address_; }
    [[nodiscard]] int descriptor() const { return descriptor_.get(); }
    // The caller has the socket from now on; a file is still removed by this object.
    [[nodiscard]] FileDescriptor release() { return std::move(descriptor_); }

  private:
    ListeningSocket(ListenAddress address, FileDescriptor descriptor)
        : address_(std::move(address)), descriptor_(std::move(descriptor)) {}
    [[nodiscard]] static Result<ListeningSocket> open_tcp(const ListenAddress& address, bool share);
    [[nodiscard]] static Result<ListeningSocket> open_unix(const ListenAddress& address,
                                                           mode_t mode);

    ListenAddress address_;
    FileDescriptor descriptor_;
    bool owns_file_ = false;
    dev_t device_ = 0;  // which file it is
    ino_t inode_ = 0;
};

}  // namespace confab::net
