#include "ws/frame.hpp"

#include <cstring>

#include "base/assert.hpp"
#include "base/limits.hpp"

namespace confab::ws {
namespace {

constexpr unsigned char kFinBit = 0x80;
constexpr unsigned char kReservedBits = 0x70;
constexpr unsigned char kRsv1Bit = 0x40;
constexpr unsigned char kMaskBit = 0x80;
constexpr unsigned char kLength16 = 126;
constexpr unsigned char kLength64 = 127;
constexpr std::uint64_t kLength16Max = 0xFFFF;

void write_big_endian(char* out, std::uint64_t value, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i) {
        out[i] = static_cast<char>((value >> (8 * (bytes - 1 - i))) & 0xFF);
    }
}

bool is_known(unsigned opcode) {
    return opcode <= 2 || (opcode >= 8 && opcode <= 10);
}

std::uint64_t read_big_endian(std::string_view bytes) {
    std::uint64_t value = 0;
    for (const char c : bytes)
        value = value << 8 | static_cast<unsigned char>(c);
    return value;
}

// Header and payload of the unmasked frame at the front.
std::size_t whole_frame_bytes(std::string_view bytes) {
    CONFAB_ASSERT(bytes.size() >= 2);
    const auto length = static_cast<unsigned char>(bytes[1]);
    CONFAB_ASSERT((length & kMaskBit) == 0);
    std::size_t header = 2;
    std::uint64_t payload = length;
    if (length >= kLength16) {
        header = length == kLength16 ? 4 : kWrittenFrameHeaderBytesMax;
        CONFAB_ASSERT(bytes.size() >= header);
        payload = read_big_endian(bytes.substr(2, header - 2));
    }
    CONFAB_ASSERT(payload <= bytes.size() - header);
    return header + static_cast<std::size_t>(payload);
}

// The longest start of the text of at most `bytes_max` bytes that does not cut a character.
std::string_view cut_at_code_point(std::string_view text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) return text;
    std::size_t size = bytes_max;
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80)
        --size;
    return text.substr(0, size);
}

}  // namespace

std::size_t write_frame_header(char* out, Opcode opcode, bool fin, std::uint64_t payload_bytes,
                               bool compressed) {
    out[0] = static_cast<char>((fin ? kFinBit : 0) | (compressed ? kRsv1Bit : 0) |
                               static_cast<unsigned char>(opcode));
    if (payload_bytes < kLength16) {
        out[1] = static_cast<char>(payload_bytes);
        return 2;
    }
    if (payload_bytes <= kLength16Max) {
        out[1] = static_cast<char>(kLength16);
        write_big_endian(out + 2, payload_bytes, 2);
        return 4;
    }
    CONFAB_ASSERT((payload_bytes >> 63) == 0);
    out[1] = static_cast<char>(kLength64);
    write_big_endian(out + 2, payload_bytes, 8);
    return kWrittenFrameHeaderBytesMax;
}

SharedBytes encode_frame(Opcode opcode, std::string_view payload) {
    CONFAB_ASSERT(!is_control(opcode) || payload.size() <= kWsControlPayloadBytesMax);
    std::array<char, kWrittenFrameHeaderBytesMax> header{};
    const std::size_t size = write_frame_header(header.data(), opcode, true, payload.size());
    return SharedBytes::join({header.data(), size}, payload);
}

SharedBytes encode_compressed_frame(Opcode opcode, std::string_view compressed) {
    CONFAB_ASSERT(!is_control(opcode) && opcode != Opcode::continuation);
    std::array<char, kWrittenFrameHeaderBytesMax> header{};
    const std::size_t size =
        write_frame_header(header.data(), opcode, true, compressed.size(), true);
    return SharedBytes::join({header.data(), size}, compressed);
}

SharedBytes encode_close(CloseCode code, std::string_view reason) {
    if (code == CloseCode::no_status) return encode_frame(Opcode::close, {});
    CONFAB_ASSERT(is_valid_on_wire(static_cast<std::uint16_t>(code)));
    const std::string_view cut = cut_at_code_point(reason, kWsCloseReasonBytesMax);
    std::array<char, 4> start{};  // a two-byte header, then the code
    write_frame_header(start.data(), Opcode::close, true, cut.size() + 2);
    write_big_endian(start.data() + 2, static_cast<std::uint16_t>(code), 2);
    return SharedBytes::join({start.data(), start.size()}, cut);
}

std::size_t frame_boundary_after(std::string_view bytes, std::size_t offset) {
    std::size_t end = 0;
    while (end < offset)
        end += whole_frame_bytes(bytes.substr(end));
    return end;
}

void unmask(char* data, std::size_t size, Mask mask, std::size_t phase) {
    std::array<unsigned char, 8> pattern{};
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        pattern[i] = mask[(phase + i) % kMaskBytes];
    }
    std::uint64_t pattern_word = 0;
    std::memcpy(&pattern_word, pattern.data(), 8);
    std::size_t i = 0;
    for (; i + 8 <= size; i += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, data + i, 8);
        word ^= pattern_word;
        std::memcpy(data + i, &word, 8);
    }
    for (std::size_t j = 0; i < size; ++i, ++j) {
        data[i] = static_cast<char>(static_cast<unsigned char>(data[i]) ^ pattern[j]);
    }
}

std::string_view describe(HeaderStep step) {
    switch (step) {
        case HeaderStep::more:
        case HeaderStep::opcode_known:
        case HeaderStep::length_known:
        case HeaderStep::complete:
            return "no failure";
        case HeaderStep::reserved_bits:
            return "reserved bit set";
        case HeaderStep::reserved_opcode:
            return "reserved opcode";
        case HeaderStep::control_fragmented:
            return "control frame in fragments";
        case HeaderStep::control_too_long:
            return "control frame over 125 bytes";
        case HeaderStep::not_masked:
            return "frame without mask";
        case HeaderStep::length_not_shortest:
            return "length not in its shortest form";
        case HeaderStep::length_too_high:
            return "highest bit of the length set";
    }
    return "unknown";
}

HeaderStep FrameHeaderParser::step(unsigned char byte, bool compression) {
    const std::size_t position = bytes_read_++;
    if (position == 0) return first_byte(byte, compression);
    if (position == 1) return second_byte(byte);
    const std::size_t mask_at = 2U + length_bytes_;
    if (position < mask_at) return length_byte(byte);
    CONFAB_ASSERT(position < mask_at + kMaskBytes);
    mask_[position - mask_at] = byte;
    return position + 1 == mask_at + kMaskBytes ? HeaderStep::complete : HeaderStep::more;
}

// RFC 6455 section 5.2: reserved bits are zero but for what an extension gives a meaning. RFC 7692
// section 6.1: RSV1 stands on the first frame of a data message only. RFC 6455 section 5.5: a
// control frame is whole.
HeaderStep FrameHeaderParser::first_byte(unsigned char byte, bool compression) {
    first_byte_ = byte;
    const bool may_have_rsv1 =
        compression && (opcode() == Opcode::text || opcode() == Opcode::binary);
    const unsigned forbidden = may_have_rsv1 ? kReservedBits & ~kRsv1Bit : kReservedBits;
    if ((byte & forbidden) != 0) return HeaderStep::reserved_bits;
    if (!is_known(byte & 0x0FU)) return HeaderStep::reserved_opcode;
    if (is_control(opcode()) && !fin()) return HeaderStep::control_fragmented;
    return HeaderStep::opcode_known;
}

// RFC 6455 section 5.1: a server closes on a frame that is not masked. Section 5.5: a control
// payload has at most 125 bytes, so it never has a long length form.
HeaderStep FrameHeaderParser::second_byte(unsigned char byte) {
    if ((byte & kMaskBit) == 0) return HeaderStep::not_masked;
    const unsigned length = byte & 0x7FU;
    if (length < kLength16) {
        payload_bytes_ = length;
        return HeaderStep::length_known;
    }
    if (is_control(opcode())) return HeaderStep::control_too_long;
    length_bytes_ = length == kLength16 ? 2 : 8;
    return HeaderStep::more;
}

// RFC 6455 section 5.2: the shortest form that holds the length, and the highest bit of the
// 64-bit form is zero.
HeaderStep FrameHeaderParser::length_byte(unsigned char byte) {
    const unsigned count = bytes_read_ - 2U;  // length bytes read, this one included
    payload_bytes_ = payload_bytes_ << 8 | byte;
    if (length_bytes_ == 2) {
        if (count < 2) return HeaderStep::more;
        return payload_bytes_ < kLength16 ? HeaderStep::length_not_shortest
                                          : HeaderStep::length_known;
    }
    if (count == 1 && (byte & 0x80) != 0) return HeaderStep::length_too_high;
    // Six zeros leave at most 16 bits, whatever the last two bytes will be.
    if (count == 6 && payload_bytes_ == 0) return HeaderStep::length_not_shortest;
    return count < 8 ? HeaderStep::more : HeaderStep::length_known;
}

}  // namespace confab::ws
