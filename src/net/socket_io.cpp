#include "net/socket_io.hpp"

#include <sys/socket.h>

#include <cerrno>

namespace confab::net {
namespace {

// Repeats the call while a signal interrupts it.
template <class Call>
int result_of(Call call) {
    while (true) {
        const ssize_t result = call();
        if (result >= 0) return static_cast<int>(result);
        if (errno != EINTR) return -errno;
    }
}

}  // namespace

IoStep step_of(int result) {
    if (result > 0) return {IoStep::What::moved, static_cast<std::size_t>(result)};
    // An interrupted call has moved nothing: trying again when the socket is ready is right.
    const bool later = result == -EAGAIN || result == -EINTR;
    return {later ? IoStep::What::would_block : IoStep::What::ended};
}

std::size_t bytes_of(std::span<const iovec> parts) {
    std::size_t sum = 0;
    for (const iovec& part : parts)
        sum += part.iov_len;
    return sum;
}

IoStep receive_some(int socket, std::span<char> buffer) {
    return step_of(
        result_of([&] { return ::recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT); }));
}

IoStep send_some(int socket, std::string_view bytes) {
    return step_of(result_of(
        [&] { return ::send(socket, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL); }));
}

IoStep send_some(int socket, std::span<iovec> parts) {
    return step_of(send_parts(socket, parts));
}

int send_parts(int socket, std::span<iovec> parts) {
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    return result_of([&] { return ::sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL); });
}

}  // namespace confab::net
