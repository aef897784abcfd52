// FrameCounter: counts the frames in what a server sends; reads headers, jumps over payloads.
// Thread: a value; one stream each.
// Owns:   the beginning of a header that the last piece did not finish.
// Limits: a header has at most 10 bytes (RFC 6455 section 5.2; a server does not mask).
// Invariant: the counts are the same however the stream is cut into pieces.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "bench/payload_reader.hpp"

namespace confab::bench {

// What may come, beside whole text messages.
struct FrameRules {
    std::uint64_t message_bytes_min = 0;  // a shorter text is none of the messages counted
    bool compressed = false;              // RSV1 is allowed; then lengths say nothing
};

class FrameCounter {
  public:
    FrameCounter() = default;
    // With a reader, payloads are given to it, and it alone counts messages; binary and
    // fragmented messages are allowed.
    explicit FrameCounter(FrameRules rules, std::unique_ptr<PayloadReader> reader = nullptr)
        : rules_(rules), reader_(std::move(reader)) {}

    Seen feed(std::string_view piece) {
        Seen seen;
        while (!piece.empty() && !seen.wrong) {
            if (skip_ > 0) {
                const std::uint64_t skipped = skip_ < piece.size() ? skip_ : piece.size();
                if (read_payload_) reader_->take(piece.substr(0, skipped), seen);
                piece.remove_prefix(skipped);
                skip_ -= skipped;
                continue;
            }
            piece = header_size_ == 0 ? whole_header(piece, seen) : rest_of_header(piece, seen);
        }
        return seen;
    }

    // True when the stream stands between two frames.
    [[nodiscard]] bool between_frames() const { return skip_ == 0 && header_size_ == 0; }

  private:
    static constexpr std::size_t kHeaderBytesMax = 10;

    // How long the header is that begins with these bytes; 2 until the second one is there.
    static std::size_t header_length(const unsigned char* header, std::size_t size) {
        if (size < 2) return 2;
        const unsigned length = header[1] & 0x7FU;
        return length < 126 ? 2 : (length == 126 ? 4 : kHeaderBytesMax);
    }

    // The usual case: the header is read where it lies.
    std::string_view whole_header(std::string_view piece, Seen& seen) {
        const auto* bytes = reinterpret_cast<const unsigned char*>(piece.data());
        const std::size_t length = header_length(bytes, piece.size());
        if (piece.size() < length) return rest_of_header(piece, seen);
        take(bytes, length, seen);
        return piece.substr(length);
    }

    std::string_view rest_of_header(std::string_view piece, Seen& seen) {
        while (!piece.empty()) {
            header_[header_size_++] = static_cast<unsigned char>(piece.front());
            piece.remove_prefix(1);
            if (header_size_ < header_length(header_.data(), header_size_)) continue;
            take(header_.data(), header_size_, seen);
            header_size_ = 0;
            break;
        }
        return piece;
    }

    void take(const unsigned char* header, std::size_t size, Seen& seen) {
        skip_ = header[1] & 0x7FU;
        if (size > 2) {
            skip_ = 0;
            for (std::size_t i = 2; i < size; ++i)
                skip_ = skip_ << 8 | header[i];
        }
        seen.wrong = (header[1] & 0x80U) != 0;
        read_payload_ = false;
        switch (header[0]) {
            case 0x81:
                if (reader_ != nullptr) return begin_payload(header[0]);
                ++(skip_ < rules_.message_bytes_min && !rules_.compressed ? seen.others
                                                                          : seen.messages);
                break;
            case 0x88:
                ++seen.closes;
                break;
            case 0x89:
                ++seen.pings;
                break;
            case 0x8A:
                break;
            default:
                take_rare(header[0], seen);
        }
    }

    void take_rare(unsigned char first, Seen& seen) {
        if (first == 0xC1 && rules_.compressed) {
            ++seen.messages;
            ++seen.compressed;
        } else if (reader_ != nullptr && (first & 0x7FU) <= 2) {
            begin_payload(first);
        } else {
            seen.wrong = true;
        }
    }

    void begin_payload(unsigned char first) {
        read_payload_ = true;
        if ((first & 0x0FU) != 0) reader_->begin();  // not in the middle of a fragmented message
    }

    FrameRules rules_;
    std::unique_ptr<PayloadReader> reader_;
    std::uint64_t skip_ = 0;  // of the current payload
    std::array<unsigned char, kHeaderBytesMax> header_{};
    std::size_t header_size_ = 0;
    bool read_payload_ = false;
};

}  // namespace confab::bench
