#include "bench/stream.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cerrno>
#include <new>
#include <stdexcept>

namespace confab::bench {
namespace {

bool is_passing(int error) {
    return error == EAGAIN || error == EINTR;
}

}  // namespace

void TlsContextDeleter::operator()(SSL_CTX* context) const {
    SSL_CTX_free(context);
}

void Stream::TlsDeleter::operator()(SSL* tls) const {
    SSL_free(tls);
}

TlsContext make_tls_context() {
    TlsContext context(SSL_CTX_new(TLS_client_method()));
    if (!context) throw std::bad_alloc();
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
    SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                        SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(context.get(), 1);  // a record in one recv(), not two
    return context;
}

Stream::Stream(const sockaddr& address, socklen_t address_size, SSL_CTX* tls)
    : socket_(checked(::socket(address.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")) {
    const int on = 1;
    const timeval patience{.tv_sec = 10, .tv_usec = 0};
    checked(::setsockopt(fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
    checked(::setsockopt(fd(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience), "SO_SNDTIMEO");
    checked(::connect(fd(), &address, address_size), "connect");
    checked(::fcntl(fd(), F_SETFL, O_NONBLOCK), "fcntl");
    if (tls == nullptr) return;
    tls_.reset(SSL_new(tls));
    if (!tls_ || SSL_set_fd(tls_.get(), fd()) != 1) throw std::bad_alloc();
    SSL_set_connect_state(tls_.get());
}

bool Stream::secure() {
    if (!tls_) return true;
    ERR_clear_error();
    const int result = SSL_do_handshake(tls_.get());
    if (result == 1) return true;
    if (outcome(result) < 0) throw std::runtime_error("the TLS handshake has failed");
    return false;
}

ssize_t Stream::read(char* bytes, std::size_t size) {
    if (tls_) {
        ERR_clear_error();
        const int got = SSL_read(tls_.get(), bytes, static_cast<int>(size));
        return got > 0 ? got : outcome(got);
    }
    const ssize_t got = ::recv(fd(), bytes, size, MSG_DONTWAIT);
    if (got > 0) return got;
    return got < 0 && is_passing(errno) ? 0 : -1;
}

ssize_t Stream::write(std::string_view bytes) {
    if (tls_) {
        ERR_clear_error();
        const int put = SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()));
        return put > 0 ? put : outcome(put);
    }
    const ssize_t put = ::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (put >= 0) return put;
    return is_passing(errno) ? 0 : -1;
}

bool Stream::has_pending() const {
    return tls_ && SSL_has_pending(tls_.get()) == 1;
}

void Stream::close() {
    tls_.reset();
    socket_ = FileDescriptor();
}

// 0 for an operation that has to be repeated, -1 for the end.
ssize_t Stream::outcome(int result) {
    const int error = SSL_get_error(tls_.get(), result);
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

}  // namespace confab::bench
