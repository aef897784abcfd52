#include "net/listening_socket.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <string>
#include <system_error>

#include "base/limits.hpp"

namespace confab::net {
namespace {

using boost::asio::ip::tcp;

constexpr int kSocketFlags = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK;

// With the text of errno: call it before errno can change.
Error cannot_listen(const ListenAddress& address, std::string_view step) {
    const std::error_code code(errno, std::generic_category());
    return {ErrorKind::unavailable, "cannot_listen",
            "cannot listen on " + address.to_string() + ": " + std::string(step) + ": " +
                code.message()};
}

Error occupied(const ListenAddress& address, std::string_view reason) {
    return {ErrorKind::conflict, "address_in_use",
            "cannot listen on " + address.to_string() + ": " + std::string(reason)};
}

bool set_flag(int descriptor, int level, int name, bool value) {
    const int number = value ? 1 : 0;
    return ::setsockopt(descriptor, level, name, &number, sizeof number) == 0;
}

// A TCP socket that listens; an invalid one and errno when that fails.
FileDescriptor listen_tcp(const tcp::endpoint& endpoint, bool share) {
    FileDescriptor descriptor(::socket(endpoint.protocol().family(), kSocketFlags, 0));
    const int number = descriptor.get();
    if (!descriptor.valid()) return descriptor;
    const bool six = endpoint.protocol() == tcp::v6();
    const bool v6_only = six && !endpoint.address().is_unspecified();
    // bind() alone does not see a listener that shares its port, hence listen() even to claim one.
    if (set_flag(number, SOL_SOCKET, SO_REUSEADDR, true) &&
        (!share || set_flag(number, SOL_SOCKET, SO_REUSEPORT, true)) &&
        (!six || set_flag(number, IPPROTO_IPV6, IPV6_V6ONLY, v6_only)) &&
        ::bind(number, endpoint.data(), static_cast<socklen_t>(endpoint.size())) == 0 &&
        ::listen(number, kListenBacklog) == 0) {
        return descriptor;
    }
    const int reason = errno;
    descriptor = FileDescriptor();
    errno = reason;
    return descriptor;
}

sockaddr_un unix_name(const std::string& path) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    path.copy(name.sun_path, sizeof name.sun_path - 1);
    return name;
}

int with_name(int (*call)(int, const sockaddr*, socklen_t), int descriptor,
              const std::string& path) {
    const sockaddr_un name = unix_name(path);
    return call(descriptor, reinterpret_cast<const sockaddr*>(&name), sizeof name);
}

// Makes the name free when what has it is a socket that nobody listens on; otherwise says why not.
std::string_view remove_stale(const std::string& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0)
        return errno == ENOENT ? "" : "cannot look at the file";
    if (!S_ISSOCK(status.st_mode)) return "there is a file of that name, and it is no socket";
    const FileDescriptor probe(::socket(AF_UNIX, kSocketFlags, 0));
    if (!probe.valid()) return "cannot make a socket";
    // A full backlog (EAGAIN) is somebody, too.
    if (with_name(::connect, probe.get(), path) == 0 || errno != ECONNREFUSED) {
        return "somebody listens on it, or may do so";
    }
    return ::unlink(path.c_str()) == 0 || errno == ENOENT ? "" : "cannot remove the stale file";
}

}  // namespace

ListeningSocket::ListeningSocket(ListeningSocket&& other) noexcept
    : address_(std::move(other.address_)),
      descriptor_(std::move(other.descriptor_)),
      owns_file_(std::exchange(other.owns_file_, false)),
      device_(other.device_),
      inode_(other.inode_) {}

ListeningSocket::~ListeningSocket() {
    if (!owns_file_) return;
    struct stat status {};
    if (::lstat(address_.path.c_str(), &status) == 0 && status.st_dev == device_ &&
        status.st_ino == inode_) {
        ::unlink(address_.path.c_str());
    }
}

Result<ListeningSocket> ListeningSocket::open(const ListenAddress& address,
                                              const Options& options) {
    return address.kind == ListenAddress::Kind::tcp ? open_tcp(address, options.share)
                                                    : open_unix(address, options.socket_mode);
}

Result<ListeningSocket> ListeningSocket::open_tcp(const ListenAddress& address, bool share) {
    FileDescriptor claimed = listen_tcp({address.ip, address.port}, false);
    if (!claimed.valid()) return cannot_listen(address, "listen");
    tcp::endpoint endpoint;
    socklen_t size = static_cast<socklen_t>(endpoint.capacity());
    if (::getsockname(claimed.get(), endpoint.data(), &size) != 0) {
        return cannot_listen(address, "getsockname");
    }
    endpoint.resize(size);
    ListenAddress found = address;
    found.port = endpoint.port();
    if (!share) return ListeningSocket(std::move(found), std::move(claimed));
    claimed = FileDescriptor();
    FileDescriptor shared = listen_tcp(endpoint, true);
    if (!shared.valid()) return cannot_listen(found, "listen");
    return ListeningSocket(std::move(found), std::move(shared));
}

Result<ListeningSocket> ListeningSocket::open_unix(const ListenAddress& address, mode_t mode) {
    FileDescriptor descriptor(::socket(AF_UNIX, kSocketFlags, 0));
    if (!descriptor.valid()) return cannot_listen(address, "socket");
    // Linux gives the file the mode of the socket, less the umask: never wider than asked for.
    if (::fchmod(descriptor.get(), mode) != 0) return cannot_listen(address, "fchmod");
    int bound = with_name(::bind, descriptor.get(), address.path);
    if (bound != 0 && errno == EADDRINUSE) {
        const std::string_view reason = remove_stale(address.path);
        if (!reason.empty()) return occupied(address, reason);
        bound = with_name(::bind, descriptor.get(), address.path);
    }
    if (bound != 0) return cannot_listen(address, "bind");

    ListeningSocket made(address, std::move(descriptor));
    struct stat status {};
    if (::lstat(address.path.c_str(), &status) != 0) return cannot_listen(address, "lstat");
    made.device_ = status.st_dev;
    made.inode_ = status.st_ino;
    made.owns_file_ = true;
    if (::chmod(address.path.c_str(), mode) != 0) return cannot_listen(address, "chmod");
    if (::listen(made.descriptor_.get(), kListenBacklog) != 0)
        return cannot_listen(address, "listen");
    return made;
}

Result<ListeningSocket> ListeningSocket::another() const {
    if (address_.kind == ListenAddress::Kind::tcp) {
        FileDescriptor more = listen_tcp({address_.ip, address_.port}, true);
        if (!more.valid()) return cannot_listen(address_, "listen");
        return ListeningSocket(address_, std::move(more));
    }
    FileDescriptor copy(::fcntl(descriptor_.get(), F_DUPFD_CLOEXEC, 0));
    if (!copy.valid()) return cannot_listen(address_, "dup");
    return ListeningSocket(address_, std::move(copy));
}

}  // namespace confab::net
