#include "ws/deflater.hpp"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>

#include "base/assert.hpp"
#include "base/limits.hpp"
#include "ws/raw_deflate.hpp"

namespace confab::ws {
namespace {

constexpr int kMemoryLevel = 8;  // zlib's default

}  // namespace

struct Deflater::Stream {
    Stream() {
        if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kRawWindowBits, kMemoryLevel,
                         Z_DEFAULT_STRATEGY) != Z_OK) {
            throw std::bad_alloc();
        }
    }
    ~Stream() { deflateEnd(&z); }
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    z_stream z{};
};

Deflater::Deflater() : stream_(std::make_unique<Stream>()) {}
Deflater::~Deflater() = default;

std::optional<SharedBytes> Deflater::compress(Opcode opcode, std::string_view payload) {
    constexpr std::size_t kPayloadBytesMax = std::numeric_limits<uInt>::max() - kFlushTail.size();
    if (payload.size() < kWsDeflateBytesMin || payload.size() > kPayloadBytesMax) {
        return std::nullopt;
    }
    // With the tail, and one byte that must stay free: zlib is not done if it fills the buffer.
    const std::size_t room = payload.size() + kFlushTail.size();
    if (room > buffer_bytes_) {
        buffer_bytes_ = std::max(room, kWsDeflateBufferBytes);
        buffer_ = std::make_unique_for_overwrite<char[]>(buffer_bytes_);
    }
    z_stream& z = stream_->z;
    CONFAB_ASSERT(deflateReset(&z) == Z_OK);
    // zlib only reads what next_in points to.
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(payload.data()));
    z.avail_in = static_cast<uInt>(payload.size());
    z.next_out = reinterpret_cast<Bytef*>(buffer_.get());
    z.avail_out = static_cast<uInt>(room);
    CONFAB_ASSERT(deflate(&z, Z_SYNC_FLUSH) == Z_OK);

    std::optional<SharedBytes> frame;
    if (z.avail_out > 0) {
        const std::string_view compressed(buffer_.get(), room - z.avail_out);
        CONFAB_ASSERT(z.avail_in == 0 && compressed.ends_with(kFlushTail));
        frame = encode_compressed_frame(
            opcode, compressed.substr(0, compressed.size() - kFlushTail.size()));
    }
    if (buffer_bytes_ > kWsDeflateBufferBytes) {
        buffer_.reset();
        buffer_bytes_ = 0;
    }
    return frame;
}

}  // namespace confab::ws
