// Inflater: whole messages that clients compressed, made what they were (RFC 7692 section 7.2.2).
// Thread: one loop's; not synchronised. There is no I/O in it.
// Owns:   the state of zlib (some 40 KiB) and one buffer of kWsDeflateBufferBytes.
// Limits: no more than `limit` bytes are taken from a message: what would be one more ends it,
//         and no allocation is longer than that or the buffer.
// Invariants: (1) nothing is kept from one message to the next. (2) time grows linearly with the
//             compressed bytes and the limit, whatever is in them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace confab::ws {

class Inflater {
  public:
    enum class Status : std::uint8_t {
        complete,
        too_big,  // it would become longer than the limit
        invalid,  // not by RFC 1951, unfinished, or followed by something else
    };

    struct Message {
        Status status = Status::invalid;
        std::string_view payload;       // valid as long as this object and until the next inflate()
        std::unique_ptr<char[]> large;  // holds the payload if it is longer than the buffer
    };

    Inflater();
    ~Inflater();
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    // `compressed` is the payload of all frames of one message.
    [[nodiscard]] Message inflate(std::string_view compressed, std::size_t limit);

  private:
    struct Output;
    struct Stream;

    std::unique_ptr<Stream> stream_;
    std::unique_ptr<char[]> buffer_;
};

}  // namespace confab::ws
