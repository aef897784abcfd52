// HttpReader: bytes of a connection in, whole requests or one refusal out. No I/O.
// Thread: its connection's loop.
// Owns:   the bytes that were read and not used yet, and the request under construction.
// Limits: HttpReader::Limits; never holds more than header, body and one read.
// Invariants: (1) there is one reading of every byte sequence: what two servers could understand
//             differently is refused (RFC 9112 sections 5.2, 6.1, 6.3, 11.2). (2) bytes after a
//             request belong to the next one. (3) after a refusal nothing more is read.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/limits.hpp"
#include "net/http.hpp"

namespace confab::net {

class HttpReader {
  public:
    struct Limits {
        std::size_t header_bytes_max = kHttpHeaderBytesMax;
        std::size_t header_fields_max = kHttpHeaderFieldsMax;
        std::size_t target_bytes_max = kHttpTargetBytesMax;
        std::size_t body_bytes_max = kHttpBodyBytesMax;
    };

    enum class Phase {
        idle,      // nothing of the next request is here
        header,    // part of its header is
        body,      // the header is complete and good
        complete,  // take() it
        refused,   // refusal() says why
    };

    // `limits` must outlive the reader.
    explicit HttpReader(const Limits& limits);
    ~HttpReader();

    // Adds bytes, or none, and goes as far as they all reach.
    Phase feed(std::string_view bytes);
    [[nodiscard]] Phase phase() const { return phase_; }
    [[nodiscard]] Refusal refusal() const { return refusal_; }
    // Memory that is held for input.
    [[nodiscard]] std::size_t buffer_bytes() const { return buffer_.capacity(); }

    // In phase body: true once, when the client waits for "100 Continue" before it sends the body.
    [[nodiscard]] bool take_continue_wanted();

    struct Taken {
        std::unique_ptr<HttpRequest::Message> message;
        unsigned http_version = 11;
        bool keep_alive = true;
        bool head = false;
    };
    // In phase complete: the request. The bytes that follow it are looked at with the next feed(),
    // which may be empty.
    [[nodiscard]] Taken take();

    // What came after the last request: the first bytes of an upgraded connection.
    [[nodiscard]] std::string take_rest();

  private:
    struct Parser;

    void advance();
    bool find_header_end();
    bool parse(std::size_t header_bytes);
    [[nodiscard]] std::optional<Refusal> check_header() const;
    void refuse(Refusal why);

    const Limits& limits_;
    std::string buffer_;
    std::size_t scanned_ = 0;  // of buffer_, while looking for the end of the header
    std::unique_ptr<Parser> parser_;
    Phase phase_ = Phase::idle;
    Refusal refusal_ = Refusal::bad_request;
    bool continue_wanted_ = false;
    bool empty_line_seen_ = false;  // before the current request
    std::size_t header_fields_ = 0;
};

}  // namespace confab::net
