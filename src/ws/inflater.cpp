#include "ws/inflater.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>
#include <utility>

#include "base/assert.hpp"
#include "base/limits.hpp"
#include "ws/raw_deflate.hpp"

namespace confab::ws {
// Where the message is put together: the buffer first, memory of its own when that is full.
struct Inflater::Output {
    // Room for at least one more byte. False: the limit is passed, the message is too big.
    [[nodiscard]] bool make_room() {
        if (size > limit) return false;
        if (size < capacity) return true;
        // One byte over the limit is room enough to see that something follows.
        const std::size_t wanted = std::min(2 * capacity, limit + 1);
        auto longer = std::make_unique_for_overwrite<char[]>(wanted);
        std::memcpy(longer.get(), start, size);
        own = std::move(longer);
        start = own.get();
        capacity = wanted;
        return true;
    }

    char* start;
    std::size_t capacity;
    std::size_t limit;
    std::size_t size = 0;
    std::unique_ptr<char[]> own{};
};

struct Inflater::Stream {
    Stream() {
        if (inflateInit2(&z, kRawWindowBits) != Z_OK) throw std::bad_alloc();
    }
    ~Stream() { inflateEnd(&z); }
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    // Inflates all of the input and writes all that comes of it.
    [[nodiscard]] Status run(std::string_view input, Output& output);

    // Whether a block has just ended, with the last bit of the input: what zlib tells in data_type
    // after inflate() is 128 behind the end of a block, plus the number of bits it has not used.
    [[nodiscard]] bool between_blocks() const { return ended || (z.data_type & (128 | 63)) == 128; }

    z_stream z{};
    bool ended = false;  // the last block had BFINAL, and nothing followed it yet
};

Inflater::Status Inflater::Stream::run(std::string_view input, Output& output) {
    CONFAB_ASSERT(input.size() <= std::numeric_limits<uInt>::max());
    // zlib only reads what next_in points to.
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
    z.avail_in = static_cast<uInt>(input.size());
    ended = ended && input.empty();
    while (true) {
        if (!output.make_room()) return Status::too_big;
        const std::size_t room =
            std::min<std::size_t>(output.capacity - output.size, std::numeric_limits<uInt>::max());
        z.next_out = reinterpret_cast<Bytef*>(output.start + output.size);
        z.avail_out = static_cast<uInt>(room);
        const int result = ::inflate(&z, Z_NO_FLUSH);
        output.size += room - z.avail_out;
        if (output.size > output.limit) return Status::too_big;
        if (result == Z_STREAM_END) {
            // RFC 7692 section 7.2.1: blocks may follow one with BFINAL, from the next whole byte
            // on. They may refer to what came before, so the window is kept. inflateReset() with
            // inflateSetDictionary() would copy it once for every two bytes that a peer sends.
            CONFAB_ASSERT(inflateResetKeep(&z) == Z_OK);
            ended = z.avail_in == 0;
            if (ended) return Status::complete;
        } else if (result != Z_OK && result != Z_BUF_ERROR) {
            return Status::invalid;
        } else if (z.avail_in == 0 && z.avail_out > 0) {
            return Status::complete;
        }
    }
}

Inflater::Inflater()
    : stream_(std::make_unique<Stream>()),
      buffer_(std::make_unique_for_overwrite<char[]>(kWsDeflateBufferBytes)) {}
Inflater::~Inflater() = default;

Inflater::Message Inflater::inflate(std::string_view compressed, std::size_t limit) {
    Output output{.start = buffer_.get(), .capacity = kWsDeflateBufferBytes, .limit = limit};
    CONFAB_ASSERT(inflateReset(&stream_->z) == Z_OK);
    stream_->ended = false;
    Message message;
    message.status = stream_->run(compressed, output);
    if (message.status != Status::complete) return message;

    // The tail is the length of an empty block and nothing else: a message that ends inside a block
    // would take it for data.
    const std::size_t size = output.size;
    message.status = stream_->run(kFlushTail, output);
    if (message.status != Status::complete) return message;
    if (output.size != size || !stream_->between_blocks()) {
        message.status = Status::invalid;
        return message;
    }
    message.payload = {output.start, output.size};
    message.large = std::move(output.own);
    return message;
}

}  // namespace confab::ws
