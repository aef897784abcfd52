#include "net/tls_engine.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>

#include "base/assert.hpp"

namespace confab::net {
namespace {

constexpr std::size_t kAlertBytesMax = 256;  // an alert or a key update, encrypted

// What `bytes` of plaintext become at most, with a key update that is due in front.
std::size_t encrypted_bytes(std::size_t bytes) {
    const std::size_t records = bytes / kTlsRecordBytesMax + 1;
    return bytes + records * kTlsRecordOverheadBytes + kAlertBytesMax;
}

std::string_view view_of(const iovec& part) {
    return {static_cast<const char*>(part.iov_base), part.iov_len};
}

}  // namespace

void TlsEngine::SslDeleter::operator()(SSL* ssl) const {
    SSL_free(ssl);
}

TlsEngine::TlsEngine(std::shared_ptr<const TlsContext> context) : context_(std::move(context)) {}

// Not before there is something to answer: OpenSSL takes 10 KiB for a connection that says nothing.
bool TlsEngine::begin() {
    ssl_.reset(SSL_new(context_->handle()));
    BIO* const bio = ssl_ == nullptr ? nullptr : wire_.make_bio(context_->wire_method());
    if (bio == nullptr) {
        fail("no memory");
        return false;
    }
    SSL_set_bio(ssl_.get(), bio, bio);
    SSL_set_app_data(ssl_.get(), this);
    SSL_set_info_callback(ssl_.get(), &TlsEngine::on_event);
    SSL_set_accept_state(ssl_.get());
    return true;
}

TlsEngine::~TlsEngine() {
    ssl_.reset();
    ERR_clear_error();
}

void TlsEngine::feed(std::span<const char> ciphertext) {
    CONFAB_ASSERT(ciphertext.size() <= room());
    if (failed() || closed_by_peer_) return;
    if (!handshake_done_) handshake_input_ += ciphertext.size();
    wire_.feed(ciphertext);
}

IoStep TlsEngine::read(std::span<char> plaintext) {
    CONFAB_ASSERT(!plaintext.empty());
    if (failed() || closed_by_peer_) return {IoStep::What::ended};
    ERR_clear_error();
    if (ssl_ == nullptr) {
        if (!wire_.has_record()) return {IoStep::What::would_block};
        if (!begin()) return {IoStep::What::ended};
    }
    const std::size_t pending_before = wire_.pending().size();
    wire_.allow(kTlsControlBytesMax - control_bytes_, false);
    std::size_t count = 0;
    const int result = SSL_read_ex(ssl_.get(), plaintext.data(), plaintext.size(), &count);
    control_bytes_ += wire_.pending().size() - pending_before;
    const IoStep step = result == 1 ? IoStep{IoStep::What::moved, count} : stopped(result);
    count_plaintext(count);
    ERR_clear_error();
    return step;
}

// Why there is no plaintext.
IoStep TlsEngine::stopped(int result) {
    const int reason = SSL_get_error(ssl_.get(), result);
    if (reason == SSL_ERROR_ZERO_RETURN) {
        closed_by_peer_ = true;
        wire_.drop_input();
        return {IoStep::What::ended};
    }
    if (reason != SSL_ERROR_WANT_READ) {
        fail_for_openssl_reason();
        return {IoStep::What::ended};
    }
    if (!handshake_done_ && handshake_input_ > kTlsHandshakeInputBytesMax) {
        fail("the handshake is too long");
        return {IoStep::What::ended};
    }
    return {IoStep::What::would_block};
}

bool TlsEngine::write(std::span<const iovec> parts, std::span<char> scratch) {
    CONFAB_ASSERT(scratch.size() >= kTlsRecordBytesMax);
    if (failed() || !handshake_done_ || closed_by_us_) return false;
    ERR_clear_error();
    const std::size_t total = bytes_of(parts);
    if (total == 0) return true;
    wire_.allow(encrypted_bytes(total), true);
    std::size_t joined = 0;
    bool done = true;
    for (std::size_t i = 0; done && i < parts.size(); ++i) {
        std::string_view rest = view_of(parts[i]);
        while (done && !rest.empty()) {
            // What fills records by itself, or comes last, needs no copy.
            const bool last = i + 1 == parts.size();
            const std::size_t whole =
                last ? rest.size() : rest.size() / kTlsRecordBytesMax * kTlsRecordBytesMax;
            if (joined == 0 && whole > 0) {
                done = encrypt(rest.substr(0, whole));
                rest.remove_prefix(whole);
                continue;
            }
            const std::size_t count = std::min(rest.size(), kTlsRecordBytesMax - joined);
            rest.copy(scratch.data() + joined, count);
            joined += count;
            rest.remove_prefix(count);
            if (joined < kTlsRecordBytesMax) continue;
            done = encrypt({scratch.data(), joined});
            joined = 0;
        }
    }
    if (done && joined > 0) done = encrypt({scratch.data(), joined});
    ERR_clear_error();
    return done;
}

bool TlsEngine::encrypt(std::string_view plaintext) {
    std::size_t count = 0;
    if (SSL_write_ex(ssl_.get(), plaintext.data(), plaintext.size(), &count) == 1) return true;
    // Nothing here ever has to wait: the wire takes all that was allowed. Only a peer that begins a
    // message of the handshake and does not end it can hold this up.
    fail_for_openssl_reason();
    return false;
}

void TlsEngine::consume(std::size_t bytes) {
    wire_.consume(bytes);
    if (wire_.pending().empty()) control_bytes_ = 0;
}

void TlsEngine::close_notify() {
    if (failed() || !handshake_done_ || closed_by_us_) return;
    closed_by_us_ = true;
    ERR_clear_error();
    wire_.allow(kAlertBytesMax, false);
    if (SSL_shutdown(ssl_.get()) < 0) fail_for_openssl_reason();
    ERR_clear_error();
}

bool TlsEngine::has_plaintext() const {
    if (failed() || closed_by_peer_) return false;
    return wire_.has_record() || (ssl_ != nullptr && SSL_pending(ssl_.get()) > 0);
}

std::string_view TlsEngine::version() const {
    return ssl_ == nullptr ? "" : SSL_get_version(ssl_.get());
}

// OpenSSL calls this for alerts and for each step of its handshake machine, which key updates go
// through as well.
void TlsEngine::on_event(const SSL* ssl, int where, int value) {
    auto* const engine = static_cast<TlsEngine*>(SSL_get_app_data(ssl));
    if ((where & SSL_CB_HANDSHAKE_DONE) != 0) engine->handshake_done_ = true;
    if (!engine->handshake_done_) return;
    if ((where & SSL_CB_LOOP) != 0) engine->on_step_after_handshake();
    // The answer to an attempt to renegotiate. It is only a warning to the peer, which may try
    // again as long as it likes; nobody who means well does.
    if ((where & SSL_CB_WRITE_ALERT) == SSL_CB_WRITE_ALERT &&
        (value & 0xFF) == SSL_AD_NO_RENEGOTIATION) {
        engine->wire_.break_off("renegotiation");
    }
}

// A key update costs the server as much as hundreds of small records: so many are answered for so
// much data, whatever stands between them.
void TlsEngine::count_plaintext(std::size_t bytes) {
    plaintext_bytes_ += bytes;
    if (plaintext_bytes_ < kTlsKeyUpdateBytes) return;
    plaintext_bytes_ = 0;
    steps_after_handshake_ = 0;
}

void TlsEngine::on_step_after_handshake() {
    if (++steps_after_handshake_ > kTlsKeyUpdateStepsMax) wire_.break_off("too many key updates");
}

void TlsEngine::fail_for_openssl_reason() {
    if (!wire_.broken().empty()) return fail(wire_.broken());
    // OpenSSL's texts live as long as the program.
    const char* const reason = ERR_reason_error_string(ERR_peek_error());
    fail(reason == nullptr ? "the peer does not keep to the protocol" : reason);
}

void TlsEngine::fail(std::string_view literal) {
    failure_ = literal;
    wire_.drop_input();
}

}  // namespace confab::net
