#include "net/http_reader.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/ascii.hpp"
#include "base/assert.hpp"
#include "net/http_message.hpp"

namespace confab::net {

namespace http = boost::beast::http;

struct HttpReader::Parser {
    http::request_parser<http::string_body> parser;
};

namespace {

// The first byte from `begin` on that is below 0x20, or that follows one, or at which `limit` is
// reached; text.size() when there is none. Eight bytes at a time.
std::size_t end_of_plain(std::string_view text, std::size_t begin, std::size_t limit) {
    constexpr std::uint64_t kOnes = 0x0101010101010101ULL;
    constexpr std::uint64_t kHighBits = 0x80 * kOnes;
    constexpr std::uint64_t kFirstPlain = 0x20;
    const std::size_t end = std::min(limit, text.size());
    const auto is_plain = [&](std::size_t i) {
        return static_cast<unsigned char>(text[i]) >= kFirstPlain;
    };
    if (begin == 0 || !is_plain(begin - 1)) return begin;
    std::size_t i = begin;
    for (; i + sizeof(std::uint64_t) <= end; i += sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + i, sizeof word);
        // A byte below 0x20 borrows from the bit above it. What it borrows may also mark its
        // neighbour, never make it look plain.
        if (((word - kFirstPlain * kOnes) & ~word & kHighBits) != 0) break;
    }
    while (i < end && is_plain(i))
        ++i;
    return i;
}

}  // namespace

HttpReader::HttpReader(const Limits& limits) : limits_(limits) {}
HttpReader::~HttpReader() = default;

HttpReader::Phase HttpReader::feed(std::string_view bytes) {
    if (phase_ == Phase::refused) return phase_;
    buffer_.append(bytes);
    if (phase_ != Phase::complete) advance();
    return phase_;
}

void HttpReader::refuse(Refusal why) {
    phase_ = Phase::refused;
    refusal_ = why;
    std::string().swap(buffer_);
    parser_.reset();
}

void HttpReader::advance() {
    if (phase_ == Phase::idle) {
        // RFC 9112 section 2.2: an empty line before the request line is ignored. Two are no
        // mistake of an old client any more.
        while (buffer_.starts_with("\r\n")) {
            buffer_.erase(0, 2);
            if (std::exchange(empty_line_seen_, true)) return refuse(Refusal::bad_request);
        }
        if (buffer_.empty()) return std::string().swap(buffer_);  // an idle one keeps no memory
        if (buffer_ == "\r") return;
        phase_ = Phase::header;
    }
    if (phase_ == Phase::header && !find_header_end()) return;
    if (phase_ == Phase::header) {
        if (!parse(scanned_)) return;
        if (const auto wrong = check_header()) return refuse(*wrong);
        const http::fields& fields = parser_->parser.get().base();
        continue_wanted_ =
            parser_->parser.get().version() == 11 && fields.count(http::field::expect) > 0;
        header_fields_ = static_cast<std::size_t>(std::distance(fields.begin(), fields.end()));
        scanned_ = 0;
        phase_ = Phase::body;
        empty_line_seen_ = false;
        parser_->parser.eager(true);
    }
    // Beast asserts when it is shown fewer bytes than the shortest end of a chunked body twice.
    constexpr std::size_t kLastChunkBytes = 5;
    if (parser_->parser.chunked() && buffer_.size() < kLastChunkBytes) return;
    if (!parse(buffer_.size())) return;
    if (!parser_->parser.is_done()) {
        // What stays here is the start of a chunk: a line that never ends is not one.
        if (buffer_.size() > limits_.header_bytes_max) refuse(Refusal::bad_request);
        return;
    }
    const http::fields& fields = parser_->parser.get().base();
    if (static_cast<std::size_t>(std::distance(fields.begin(), fields.end())) != header_fields_) {
        return refuse(Refusal::bad_request);  // trailers that pose as header fields
    }
    phase_ = Phase::complete;
}

// True when the header is here whole; scanned_ is then its length. Lines end with CRLF and nothing
// else; a line that begins with a blank would continue the one before (RFC 9112 section 5.2).
bool HttpReader::find_header_end() {
    constexpr std::size_t kMethodAndVersion = 32;
    const std::size_t line_bytes_max = limits_.target_bytes_max + kMethodAndVersion;
    for (; scanned_ < buffer_.size(); ++scanned_) {
        // Inside a line, what is no control character has no meaning here, short of a limit.
        const std::size_t limit =
            scanned_ <= line_bytes_max ? line_bytes_max : limits_.header_bytes_max;
        scanned_ = end_of_plain(buffer_, scanned_, std::min(limit, limits_.header_bytes_max));
        if (scanned_ == buffer_.size()) return false;
        const char c = buffer_[scanned_];
        const char before = scanned_ > 0 ? buffer_[scanned_ - 1] : '\0';
        const bool bare = (c == '\n') != (before == '\r');
        const bool folded = before == '\n' && (c == ' ' || c == '\t');
        // Each limit at its own byte: the answer must not depend on how the bytes were cut.
        if (scanned_ == line_bytes_max && buffer_.find('\r') >= scanned_) {
            refuse(Refusal::target_too_long);
        } else if (scanned_ >= limits_.header_bytes_max) {
            refuse(Refusal::header_too_large);
        } else if (bare || folded || c == '\0') {
            refuse(Refusal::bad_request);
        }
        if (phase_ == Phase::refused) return false;
        if (c == '\n' && scanned_ >= 3 && buffer_.compare(scanned_ - 3, 4, "\r\n\r\n") == 0) {
            ++scanned_;
            return true;
        }
    }
    return false;
}

// Gives the first `available` bytes to Beast and drops what it used. False: refused.
bool HttpReader::parse(std::size_t available) {
    if (!parser_) {
        parser_ = std::make_unique<Parser>();
        // The header's size was checked before; Beast's own limit only has to be out of the way.
        parser_->parser.header_limit(static_cast<std::uint32_t>(limits_.header_bytes_max + 64));
        parser_->parser.body_limit(limits_.body_bytes_max);
        parser_->parser.eager(false);
    }
    boost::system::error_code error;
    std::size_t used = 0;
    while (!parser_->parser.is_done() && used < available) {
        const std::size_t step = parser_->parser.put(
            boost::asio::const_buffer(buffer_.data() + used, available - used), error);
        used += step;
        if (error == http::error::need_more) {
            error = {};
            break;
        }
        if (error || step == 0) break;
        if (phase_ == Phase::header && parser_->parser.is_header_done()) break;
    }
    buffer_.erase(0, used);
    if (!error) return true;
    if (error == http::error::body_limit) {
        refuse(Refusal::body_too_large);
    } else if (error == http::error::bad_version) {
        refuse(Refusal::version);
    } else {
        refuse(Refusal::bad_request);
    }
    return false;
}

std::optional<Refusal> HttpReader::check_header() const {
    const auto& request = parser_->parser.get();
    const http::fields& fields = request.base();
    if (request.target().size() > limits_.target_bytes_max) return Refusal::target_too_long;
    const auto field_count = static_cast<std::size_t>(std::distance(fields.begin(), fields.end()));
    if (field_count > limits_.header_fields_max) return Refusal::header_too_large;

    // RFC 9112 section 3.2: exactly one Host in HTTP/1.1, at most one before.
    const std::size_t hosts = fields.count(http::field::host);
    if (hosts > 1 || (hosts == 0 && request.version() == 11)) return Refusal::bad_request;

    // RFC 9112 section 6.1 and 6.3: one way to tell the length, or the connection is not safe.
    const std::size_t lengths = fields.count(http::field::content_length);
    const std::size_t codings = fields.count(http::field::transfer_encoding);
    if (lengths > 1 || codings > 1 || lengths + codings > 1) return Refusal::bad_request;
    const auto length_text = fields[http::field::content_length];
    if (!std::all_of(length_text.begin(), length_text.end(),
                     [](char c) { return c >= '0' && c <= '9'; })) {
        return Refusal::bad_request;  // "5, 5" among others
    }
    if (codings == 1 &&
        (request.version() == 10 ||
         !equal_ignoring_case(to_std(fields[http::field::transfer_encoding]), "chunked"))) {
        return Refusal::bad_request;
    }
    // One caller, one type of body: two proxies might each believe another one.
    if (fields.count(http::field::authorization) > 1 ||
        fields.count(http::field::content_type) > 1) {
        return Refusal::bad_request;
    }
    // RFC 9110 section 10.1.1: an expectation of HTTP/1.0 is none.
    const std::size_t expectations = fields.count(http::field::expect);
    if (request.version() == 11 && expectations > 0 &&
        (expectations > 1 ||
         !equal_ignoring_case(to_std(fields[http::field::expect]), "100-continue"))) {
        return Refusal::bad_expectation;
    }
    const auto length = parser_->parser.content_length();
    if (length && *length > limits_.body_bytes_max) return Refusal::body_too_large;
    return std::nullopt;
}

bool HttpReader::take_continue_wanted() {
    return std::exchange(continue_wanted_, false) && phase_ == Phase::body;
}

HttpReader::Taken HttpReader::take() {
    CONFAB_ASSERT(phase_ == Phase::complete);
    Taken taken;
    taken.keep_alive = parser_->parser.keep_alive();  // of all fields, not of the first alone
    taken.message = std::make_unique<HttpRequest::Message>();
    taken.message->request = parser_->parser.release();
    const auto& request = taken.message->request;
    taken.http_version = request.version();
    taken.head = request.method() == http::verb::head;
    parser_.reset();
    continue_wanted_ = false;
    phase_ = Phase::idle;  // what follows may be no HTTP at all: feed() goes on when it is
    return taken;
}

std::string HttpReader::take_rest() {
    phase_ = Phase::idle;
    scanned_ = 0;
    return std::exchange(buffer_, {});
}

}  // namespace confab::net
