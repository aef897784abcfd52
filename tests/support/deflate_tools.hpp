// Raw DEFLATE as other implementations make and read it: any level, window and kind of flush.
// Thread: any; no shared state.
// Owns:   nothing.
// Limits: none.
// Invariant: deflate_raw() with the defaults gives the payload of a compressed message, by the
//            algorithm of RFC 7692 section 7.2.1.
#pragma once

#include <zlib.h>

#include <optional>
#include <string>
#include <string_view>

namespace confab::test {

struct DeflateOptions {
    int level = 6;
    int window_bits = 15;
    int strategy = Z_DEFAULT_STRATEGY;
    int flush = Z_SYNC_FLUSH;
    std::size_t flush_every = 0;  // bytes; 0: only at the end
    bool strip_tail = true;
};

inline std::string deflate_raw(std::string_view text, const DeflateOptions& options = {}) {
    z_stream z{};
    if (deflateInit2(&z, options.level, Z_DEFLATED, -options.window_bits, 8, options.strategy) !=
        Z_OK) {
        return "(zlib refused the options)";
    }
    std::string out;
    const auto push = [&](std::string_view piece, int flush) {
        z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
        z.avail_in = static_cast<uInt>(piece.size());
        do {
            char buffer[4096];
            z.next_out = reinterpret_cast<Bytef*>(buffer);
            z.avail_out = sizeof buffer;
            (void)deflate(&z, flush);
            out.append(buffer, sizeof buffer - z.avail_out);
        } while (z.avail_out == 0);
    };
    const std::size_t step = options.flush_every == 0 ? text.size() : options.flush_every;
    while (text.size() > step) {
        push(text.substr(0, step), options.flush);
        text.remove_prefix(step);
    }
    push(text, options.flush);
    deflateEnd(&z);
    if (options.strip_tail && out.ends_with(std::string_view("\0\0\xFF\xFF", 4))) {
        out.resize(out.size() - 4);
    }
    return out;
}

// A client's side: a window of 2^window_bits, nothing kept from other messages. Nothing when the
// bytes are not what they should be.
inline std::optional<std::string> inflate_raw(std::string_view payload, int window_bits = 15) {
    std::string input(payload);
    input.append("\0\0\xFF\xFF", 4);
    z_stream z{};
    if (inflateInit2(&z, -window_bits) != Z_OK) return std::nullopt;
    z.next_in = reinterpret_cast<Bytef*>(input.data());
    z.avail_in = static_cast<uInt>(input.size());
    std::string out;
    int result = Z_OK;
    do {
        // Small steps: only then is the window what limits the distances.
        char buffer[64];
        z.next_out = reinterpret_cast<Bytef*>(buffer);
        z.avail_out = sizeof buffer;
        result = inflate(&z, Z_SYNC_FLUSH);
        out.append(buffer, sizeof buffer - z.avail_out);
    } while (result == Z_OK && (z.avail_in > 0 || z.avail_out == 0));
    const bool good = (result == Z_OK || result == Z_BUF_ERROR) && z.avail_in == 0;
    inflateEnd(&z);
    if (!good) return std::nullopt;
    return out;
}

}  // namespace confab::test
