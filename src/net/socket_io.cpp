#include "net/socket_io.hpp"

#include <sys/socket.h>

#include <cerrno>

namespace confab::net {
namespace {

// Repeats the call while a signal interrupts it.
template <class Call>
IoStep step(Call call) {
    while (true) {
        const ssize_t moved = call();
        if (moved > 0) return {IoStep::What::moved, static_cast<std::size_t>(moved)};
        if (moved == 0) return {IoStep::What::ended};
        if (errno == EAGAIN) return {IoStep::What::would_block};
        if (errno != EINTR) return {IoStep::What::ended};
    }
}

}  // namespace

IoStep receive_some(int socket, std::span<char> buffer) {
    return step([&] { return ::recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT); });
}

IoStep send_some(int socket, std::string_view bytes) {
    return step(
        [&] { return ::send(socket, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL); });
}

IoStep send_some(int socket, std::span<iovec> parts) {
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    return step([&] { return ::sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL); });
}

}  // namespace confab::net
