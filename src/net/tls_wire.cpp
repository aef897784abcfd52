#include "net/tls_wire.hpp"

#include <openssl/bio.h>

#include <algorithm>
#include <new>

#include "base/assert.hpp"
#include "base/limits.hpp"

namespace confab::net {
namespace {

// The head of a record (RFC 8446 section 5.1): type, version, length.
constexpr std::size_t kHeadBytes = 5;
constexpr std::size_t kVersionAt = 1;
constexpr std::size_t kLengthAt = 3;
constexpr unsigned kTypeFirst = 20;  // change_cipher_spec, alert, handshake, application_data
constexpr unsigned kTypeLast = 23;
constexpr unsigned kVersionMajor = 3;

TlsWire& wire_of(BIO* bio) {
    return *static_cast<TlsWire*>(BIO_get_data(bio));
}

int read_bio(BIO* bio, char* buffer, int size) {
    BIO_clear_retry_flags(bio);
    if (size <= 0) return 0;
    const int moved = wire_of(bio).read({buffer, static_cast<std::size_t>(size)});
    if (moved > 0) return moved;
    if (moved == 0) BIO_set_retry_read(bio);
    return -1;
}

int write_bio(BIO* bio, const char* bytes, int size) {
    BIO_clear_retry_flags(bio);
    if (size <= 0) return 0;
    return wire_of(bio).write({bytes, static_cast<std::size_t>(size)});
}

long control_bio(BIO*, int command, long, void*) {
    return command == BIO_CTRL_FLUSH ? 1 : 0;  // everything else: not known here
}

void release(std::string& bytes) {
    std::string().swap(bytes);
}

}  // namespace

void TlsWire::MethodDeleter::operator()(BIO_METHOD* method) const {
    BIO_meth_free(method);
}

TlsWire::Method TlsWire::make_method() {
    Method method(BIO_meth_new(BIO_TYPE_SOURCE_SINK, "confab tls wire"));
    if (method == nullptr || BIO_meth_set_read(method.get(), &read_bio) != 1 ||
        BIO_meth_set_write(method.get(), &write_bio) != 1 ||
        BIO_meth_set_ctrl(method.get(), &control_bio) != 1) {
        return nullptr;
    }
    return method;
}

BIO* TlsWire::make_bio(const BIO_METHOD& method) {
    BIO* bio = BIO_new(&method);
    if (bio == nullptr) return nullptr;
    BIO_set_data(bio, this);
    BIO_set_init(bio, 1);
    return bio;
}

void TlsWire::feed(std::span<const char> ciphertext) {
    if (!broken_.empty()) return;
    if (read_ > 0) {
        input_.erase(0, read_);
        read_ = 0;
    }
    input_.append(ciphertext.data(), ciphertext.size());
}

// The size of the record in front; 0 while it is incomplete. What is no record is given to OpenSSL
// as it is: it knows what to say.
std::size_t TlsWire::whole_record() const {
    const std::string_view rest = std::string_view(input_).substr(read_);
    const auto byte = [&](std::size_t at) -> unsigned {
        return static_cast<unsigned char>(rest[at]);
    };
    if (rest.empty()) return 0;
    if (byte(0) < kTypeFirst || byte(0) > kTypeLast) return rest.size();
    if (rest.size() > kVersionAt && byte(kVersionAt) != kVersionMajor) return rest.size();
    if (rest.size() < kHeadBytes) return 0;
    const std::size_t length = byte(kLengthAt) << 8U | byte(kLengthAt + 1);
    if (kHeadBytes + length > kTlsRecordSealedBytesMax) return rest.size();
    return rest.size() < kHeadBytes + length ? 0 : kHeadBytes + length;
}

void TlsWire::consume(std::size_t bytes) {
    CONFAB_ASSERT(bytes <= output_.size() - sent_);
    sent_ += bytes;
    if (sent_ < output_.size()) return;
    release(output_);
    sent_ = 0;
}

void TlsWire::allow(std::size_t room, bool reserve) {
    room_ = room;
    if (!reserve) return;
    if (sent_ > 0) {
        output_.erase(0, sent_);
        sent_ = 0;
    }
    output_.reserve(output_.size() + room);
}

void TlsWire::drop_input() {
    release(input_);
    read_ = 0;
    record_left_ = 0;
}

void TlsWire::break_off(std::string_view literal) {
    if (broken_.empty()) broken_ = literal;
}

int TlsWire::read(std::span<char> buffer) noexcept {
    if (!broken_.empty()) return -1;
    if (record_left_ == 0) record_left_ = whole_record();
    const std::size_t count = std::min(buffer.size(), record_left_);
    record_left_ -= count;
    input_.copy(buffer.data(), count, read_);
    read_ += count;
    if (read_ == input_.size()) drop_input();
    return static_cast<int>(count);
}

int TlsWire::write(std::span<const char> bytes) noexcept {
    if (!broken_.empty()) return -1;
    if (bytes.size() > room_) {
        break_off("too much to answer");
        return -1;
    }
    try {
        output_.append(bytes.data(), bytes.size());
    } catch (const std::bad_alloc&) {
        break_off("no memory");
        return -1;
    }
    room_ -= bytes.size();
    return static_cast<int>(bytes.size());
}

}  // namespace confab::net
