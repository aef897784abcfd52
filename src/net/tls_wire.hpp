// TlsWire: the two byte queues between OpenSSL and the socket, and the BIO that OpenSSL sees.
// Thread: the connection's loop. The method is immutable and shared.
// Owns:   ciphertext that OpenSSL has not read yet, and ciphertext that was not sent yet. Both give
//         their memory back as soon as they are empty.
// Limits: OpenSSL may add `room` bytes to the output; one more breaks the wire for good.
// Invariants: (1) OpenSSL is given whole records only: for the rest of one it would hold 17 KiB,
//             here it costs what has come of it. (2) nothing throws into OpenSSL. (3) an empty
//             input is "try again", never an end: the end of the socket is the session's affair.
//             (4) a broken wire moves nothing more.
#pragma once

#include <openssl/bio.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace confab::net {

class TlsWire {
  public:
    struct MethodDeleter {
        void operator()(BIO_METHOD* method) const;
    };
    using Method = std::unique_ptr<BIO_METHOD, MethodDeleter>;
    // What the BIOs of all wires are made with; nothing when there is no memory.
    [[nodiscard]] static Method make_method();
    // A BIO on this wire, which must live as long and stay where it is; nullptr without memory.
    [[nodiscard]] BIO* make_bio(const BIO_METHOD& method);

    // The side of the socket.
    void feed(std::span<const char> ciphertext);
    [[nodiscard]] std::size_t unread() const { return input_.size() - read_; }
    // There is a whole record, or something that is none, so that OpenSSL can get on.
    [[nodiscard]] bool has_record() const { return record_left_ > 0 || whole_record() > 0; }
    [[nodiscard]] std::string_view pending() const {
        return std::string_view(output_).substr(sent_);
    }
    void consume(std::size_t bytes);

    // How much OpenSSL may write from now on. With `reserve` the memory is there at once.
    void allow(std::size_t room, bool reserve);
    void drop_input();
    // A literal that says why; only the first one counts.
    void break_off(std::string_view literal);
    [[nodiscard]] std::string_view broken() const { return broken_; }

    // The side of OpenSSL: the number of bytes moved, 0 for "not now", -1 when broken.
    [[nodiscard]] int read(std::span<char> buffer) noexcept;
    [[nodiscard]] int write(std::span<const char> bytes) noexcept;

  private:
    [[nodiscard]] std::size_t whole_record() const;

    std::string input_;
    std::string output_;
    std::size_t read_ = 0;
    std::size_t record_left_ = 0;  // of the record at read_, for OpenSSL to take
    std::size_t sent_ = 0;
    std::size_t room_ = 0;
    std::string_view broken_;
};

}  // namespace confab::net
