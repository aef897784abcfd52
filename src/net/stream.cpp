#include "net/stream.hpp"

#include <sys/socket.h>

#include <algorithm>

#include "base/assert.hpp"

namespace confab::net {

using What = IoStep::What;

IoStep Stream::receive(std::span<char> buffer, std::span<char> scratch) {
    if (!tls_) return receive_some(socket(), buffer);
    IoStep step = tls_->read(buffer);
    if (step.what == What::would_block) {
        const auto room = scratch.first(std::min(scratch.size(), tls_->room()));
        const IoStep got = receive_some(socket(), room);
        if (got.what != What::moved) return got;
        tls_->feed(room.first(got.bytes));
        step = tls_->read(buffer);
    }
    // An answer that the socket does not take yet is the caller's to send; a broken socket will
    // show when it is read.
    if (has_unsent()) (void)send_unsent();
    return step;
}

IoStep Stream::send(std::string_view bytes, std::span<char> scratch) {
    if (!tls_) {
        return bytes.empty() ? IoStep{What::moved, 0} : send_some(socket(), bytes);
    }
    if (has_unsent()) {
        const IoStep step = send_unsent();
        if (step.what != What::moved) return step;
    }
    const std::string_view piece = bytes.substr(0, kStreamBytesPerSend);
    if (!piece.empty()) {
        const iovec part{const_cast<char*>(piece.data()), piece.size()};
        if (!encrypt({&part, 1}, scratch)) return {What::ended};
        if (send_unsent().what == What::ended) return {What::ended};
    }
    return {What::moved, piece.size()};
}

bool Stream::encrypt(std::span<const iovec> parts, std::span<char> scratch) {
    CONFAB_ASSERT(!has_unsent() && bytes_of(parts) <= kStreamBytesPerSend);
    return tls_->write(parts, scratch);
}

// `moved`: all of it.
IoStep Stream::send_unsent() {
    while (has_unsent()) {
        const IoStep step = send_some(socket(), unsent());
        if (step.what != What::moved) return step;
        did_send(step.bytes);
    }
    return {What::moved, 0};
}

void Stream::shut_down_send() {
    if (tls_) {
        tls_->close_notify();
        (void)send_unsent();
    }
    (void)::shutdown(socket(), SHUT_WR);
    if (tls_) did_send(unsent().size());  // what has not left by now never will
}

}  // namespace confab::net
