// Deflater: compresses whole messages for clients (RFC 7692 section 7.2.1), with nothing kept from
// one message to the next.
// Thread: one loop's; not synchronised. There is no I/O in it.
// Owns:   the state of zlib (some 260 KiB) and one buffer, which it uses again.
// Limits: the buffer is not longer than the payload, or kWsDeflateBufferBytes, which are kept.
// Invariants: (1) what compress() returns is shorter than the plain frame. (2) it can be read by
//             a client whose window is not shorter than the payload, see fits_window().
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "base/shared_bytes.hpp"
#include "ws/frame.hpp"

namespace confab::ws {

// Whether a client that inflates with a window of 2^bits bytes understands whatever compress() made
// of a payload of that length: no distance in it can lead farther back than the payload goes.
[[nodiscard]] constexpr bool fits_window(std::size_t payload_bytes, int bits) {
    return bits >= 15 || payload_bytes <= std::size_t{1} << bits;
}

class Deflater {
  public:
    Deflater();
    ~Deflater();
    Deflater(const Deflater&) = delete;
    Deflater& operator=(const Deflater&) = delete;

    // The message as one frame with RSV1. Nothing when compressing does not pay: the payload is
    // shorter than kWsDeflateBytesMin, or would not become shorter. Then the plain frame is sent,
    // which RFC 7692 section 6 always allows.
    [[nodiscard]] std::optional<SharedBytes> compress(Opcode opcode, std::string_view payload);

  private:
    struct Stream;

    std::unique_ptr<Stream> stream_;
    std::unique_ptr<char[]> buffer_;
    std::size_t buffer_bytes_ = 0;
};

}  // namespace confab::ws
