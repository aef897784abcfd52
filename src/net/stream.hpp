// Stream: the bytes of one accepted connection, in clear or through TLS.
// Thread: its loop.
// Owns:   the socket and the state of TLS.
// Limits: kStreamBytesPerSend are encrypted at most at once; what is encrypted and not sent yet is
//         no more than that, its record headers, and TlsEngine's own answers.
// Invariants: (1) no call blocks. (2) what is encrypted leaves in order: nothing is encrypted while
//             something of it is unsent. (3) without TLS there is never anything unsent here.
#pragma once

#include <sys/uio.h>

#include <memory>
#include <span>
#include <string_view>

#include "base/file_descriptor.hpp"
#include "net/socket_io.hpp"
#include "net/tls_engine.hpp"

namespace confab::net {

class Stream {
  public:
    // `tls` may be null.
    Stream(FileDescriptor socket, std::unique_ptr<TlsEngine> tls)
        : socket_(std::move(socket)), tls_(std::move(tls)) {}

    [[nodiscard]] int socket() const { return socket_.get(); }
    [[nodiscard]] bool encrypts() const { return tls_ != nullptr; }
    // Null without TLS.
    [[nodiscard]] const TlsEngine* tls() const { return tls_.get(); }

    // Reads what has come. `scratch`, not the buffer, is for ciphertext. What TLS has to answer is
    // sent as far as the socket takes it; see has_unsent().
    [[nodiscard]] IoStep receive(std::span<char> buffer, std::span<char> scratch);
    // More may be received although the socket does not become readable.
    [[nodiscard]] bool has_input() const { return tls_ && tls_->has_plaintext(); }

    // `moved`: so much was sent or, with TLS, taken; none of it, for an empty text.
    [[nodiscard]] IoStep send(std::string_view bytes, std::span<char> scratch);

    // For those who send by themselves: the parts become ciphertext, see unsent(). At most
    // kStreamBytesPerSend, and only while nothing is unsent. False: the connection is broken.
    [[nodiscard]] bool encrypt(std::span<const iovec> parts, std::span<char> scratch);
    // Ciphertext that has to be sent, and did_send() so much of it.
    [[nodiscard]] std::string_view unsent() const {
        return tls_ ? tls_->pending() : std::string_view{};
    }
    [[nodiscard]] bool has_unsent() const { return tls_ && !tls_->pending().empty(); }
    void did_send(std::size_t bytes) { tls_->consume(bytes); }

    // Nothing more will be sent.
    void shut_down_send();
    void close() { socket_ = FileDescriptor(); }

  private:
    [[nodiscard]] IoStep send_unsent();

    FileDescriptor socket_;
    std::unique_ptr<TlsEngine> tls_;
};

}  // namespace confab::net
