// Frames as a client sends them: masked, and wrong in any way a test asks for.
// Thread: any; no shared state.
// Owns:   nothing.
// Limits: none.
// Invariant: with the defaults the frame is a valid one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ws/frame.hpp"

namespace confab::test {

struct ClientFrame {
    unsigned opcode = 1;
    std::string payload{};
    bool fin = true;
    unsigned reserved_bits = 0;  // 0 to 7
    bool masked = true;
    ws::Mask mask{0x37, 0xfa, 0x21, 0x3d};     // the mask of RFC 6455 section 5.7
    std::optional<std::uint64_t> announced{};  // a length that is not the payload's
    std::optional<unsigned> length_bytes{};    // 0, 2 or 8, whatever would be shortest
};

inline std::string encode(const ClientFrame& frame) {
    std::string bytes;
    const std::uint64_t length = frame.announced.value_or(frame.payload.size());
    const unsigned shortest = length < 126 ? 0 : (length < 65536 ? 2 : 8);
    const unsigned length_bytes = frame.length_bytes.value_or(shortest);
    const unsigned second =
        length_bytes == 0 ? static_cast<unsigned>(length) : (length_bytes == 2 ? 126U : 127U);
    bytes += static_cast<char>((frame.fin ? 0x80U : 0U) | frame.reserved_bits << 4 | frame.opcode);
    bytes += static_cast<char>((frame.masked ? 0x80U : 0U) | second);
    for (unsigned i = 0; i < length_bytes; ++i) {
        bytes += static_cast<char>(length >> (8 * (length_bytes - 1 - i)) & 0xFF);
    }
    if (frame.masked) bytes.append(frame.mask.begin(), frame.mask.end());
    for (std::size_t i = 0; i < frame.payload.size(); ++i) {
        const unsigned mask = frame.masked ? frame.mask[i % 4] : 0U;
        bytes += static_cast<char>(static_cast<unsigned char>(frame.payload[i]) ^ mask);
    }
    return bytes;
}

inline std::string text_frame(std::string_view payload, bool fin = true) {
    return encode({.opcode = 1, .payload = std::string(payload), .fin = fin});
}
inline std::string binary_frame(std::string_view payload, bool fin = true) {
    return encode({.opcode = 2, .payload = std::string(payload), .fin = fin});
}
inline std::string continuation_frame(std::string_view payload, bool fin) {
    return encode({.opcode = 0, .payload = std::string(payload), .fin = fin});
}
inline std::string close_frame(std::string_view payload) {
    return encode({.opcode = 8, .payload = std::string(payload)});
}
inline std::string ping_frame(std::string_view payload) {
    return encode({.opcode = 9, .payload = std::string(payload)});
}
inline std::string pong_frame(std::string_view payload) {
    return encode({.opcode = 10, .payload = std::string(payload)});
}

// A Close payload: the code, then the reason.
inline std::string close_payload(unsigned code, std::string_view reason = {}) {
    std::string payload;
    payload += static_cast<char>(code >> 8 & 0xFF);
    payload += static_cast<char>(code & 0xFF);
    return payload.append(reason);
}

}  // namespace confab::test
