// Frame: the shape of one WebSocket frame on the wire (RFC 6455 section 5.2), without any I/O.
// Thread: any; no shared state. A FrameHeaderParser belongs to one stream.
// Owns:   nothing; encode_* return buffers of their own.
// Limits: kWsControlPayloadBytesMax, kWsCloseReasonBytesMax (base/limits.hpp).
// Invariants: (1) what is written is unmasked and has the shortest length form.
//             (2) the parser fails at the first byte that no valid header can have.
//             (3) RSV1 means "compressed" (RFC 7692 section 6) and nothing else.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/shared_bytes.hpp"
#include "ws/close_code.hpp"

namespace confab::ws {

enum class Opcode : std::uint8_t {
    continuation = 0,
    text = 1,
    binary = 2,
    close = 8,
    ping = 9,
    pong = 10,
};

// RFC 6455 section 5.5: control opcodes have the highest of their four bits set.
[[nodiscard]] constexpr bool is_control(Opcode opcode) {
    return (static_cast<std::uint8_t>(opcode) & 0x8) != 0;
}

inline constexpr std::size_t kFrameHeaderBytesMax = 14;         // masked, 64-bit length
inline constexpr std::size_t kWrittenFrameHeaderBytesMax = 10;  // not masked
inline constexpr std::size_t kMaskBytes = 4;
using Mask = std::array<unsigned char, kMaskBytes>;

// Writes the header of an unmasked frame to `out`, which has room for kWrittenFrameHeaderBytesMax
// bytes. Returns how many were written. payload_bytes must be below 2^63.
std::size_t write_frame_header(char* out, Opcode opcode, bool fin, std::uint64_t payload_bytes,
                               bool compressed = false);

// One whole unmasked frame with FIN set. A control payload must not be over
// kWsControlPayloadBytesMax bytes (asserted).
[[nodiscard]] SharedBytes encode_frame(Opcode opcode, std::string_view payload);

// A message in one frame, its payload compressed by RFC 7692 section 7.2.1: with RSV1 set.
[[nodiscard]] SharedBytes encode_compressed_frame(Opcode opcode, std::string_view compressed);

// A Close frame. The reason must be valid UTF-8 and is cut to kWsCloseReasonBytesMax bytes, never
// inside a character. CloseCode::no_status gives an empty Close frame (RFC 6455 section 7.1.5).
[[nodiscard]] SharedBytes encode_close(CloseCode code, std::string_view reason);

// Applies the mask in place (RFC 6455 section 5.3; masking again undoes it). `phase` is the
// position of data[0] in the payload; only its remainder by four matters.
void unmask(char* data, std::size_t size, Mask mask, std::size_t phase);

// The first end of a frame at or behind `offset`, where bytes[0] begins a frame of a server and the
// last frame is whole (asserted). 0 for the offset 0: nothing of the first frame lies before it.
[[nodiscard]] std::size_t frame_boundary_after(std::string_view bytes, std::size_t offset);

// What one more byte told about a header. From reserved_bits on: failures, all of them 1002.
enum class HeaderStep : std::uint8_t {
    more,          // nothing new
    opcode_known,  // after the first byte: fin(), compressed() and opcode()
    length_known,  // payload_bytes()
    complete,      // mask()
    reserved_bits,
    reserved_opcode,
    control_fragmented,
    control_too_long,
    not_masked,
    length_not_shortest,
    length_too_high,
};

[[nodiscard]] constexpr bool is_failure(HeaderStep step) {
    return step >= HeaderStep::reserved_bits;
}

// A text for the Close reason and the log; a literal.
[[nodiscard]] std::string_view describe(HeaderStep step);

// Reads the header of a frame from a client, byte by byte: every split of the input is the same
// to it. After `complete` or a failure, reset() comes first.
class FrameHeaderParser {
  public:
    // `compression`: permessage-deflate is agreed on, the first frame of a message may have RSV1.
    [[nodiscard]] HeaderStep step(unsigned char byte, bool compression = false);
    void reset() { *this = FrameHeaderParser{}; }

    // True between the first byte of a header and reset().
    [[nodiscard]] bool started() const { return bytes_read_ != 0; }

    // Each valid from the step that announces it until reset().
    [[nodiscard]] bool fin() const { return (first_byte_ & 0x80) != 0; }
    [[nodiscard]] bool compressed() const { return (first_byte_ & 0x40) != 0; }
    [[nodiscard]] Opcode opcode() const { return static_cast<Opcode>(first_byte_ & 0x0F); }
    [[nodiscard]] std::uint64_t payload_bytes() const { return payload_bytes_; }
    [[nodiscard]] const Mask& mask() const { return mask_; }

  private:
    [[nodiscard]] HeaderStep first_byte(unsigned char byte, bool compression);
    [[nodiscard]] HeaderStep second_byte(unsigned char byte);
    [[nodiscard]] HeaderStep length_byte(unsigned char byte);

    std::uint64_t payload_bytes_ = 0;
    Mask mask_{};
    std::uint8_t first_byte_ = 0;
    std::uint8_t length_bytes_ = 0;  // of the long length forms: 0, 2 or 8
    std::uint8_t bytes_read_ = 0;
};

}  // namespace confab::ws
