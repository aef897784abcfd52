// A second, slow reading of UTF-8: decode by bit patterns, encode again, compare (RFC 3629).
// Thread: any; no shared state.
// Owns:   nothing.
// Limits: none.
// Invariant: shares no idea with base/utf8.cpp, so that both are not wrong in the same way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace confab::test {

// By the bit patterns alone: surrogates and values up to 2^21 are encoded as well.
inline std::string encode_utf8(std::uint32_t code) {
    const auto tail = [code](unsigned shift) {
        return static_cast<char>(0x80 | (code >> shift & 0x3F));
    };
    if (code < 0x80) return {static_cast<char>(code)};
    if (code < 0x800) return {static_cast<char>(0xC0 | code >> 6), tail(0)};
    if (code < 0x10000) return {static_cast<char>(0xE0 | code >> 12), tail(6), tail(0)};
    return {static_cast<char>(0xF0 | code >> 18), tail(12), tail(6), tail(0)};
}

inline bool is_utf8_by_decoding(std::string_view text) {
    while (!text.empty()) {
        const auto lead = static_cast<unsigned char>(text[0]);
        std::size_t size = 1;
        while (size < 8 && (lead & (0x80U >> size)) != 0 && (lead & 0x80) != 0)
            ++size;
        if (size > 4 || size > text.size()) return false;
        std::uint32_t code = size == 1 ? lead : lead & (0x7FU >> size);
        for (std::size_t i = 1; i < size; ++i) {
            const auto byte = static_cast<unsigned char>(text[i]);
            if ((byte & 0xC0) != 0x80) return false;
            code = code << 6 | (byte & 0x3FU);
        }
        if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return false;
        // A lone continuation, an overlong form: its code point is written differently.
        if (encode_utf8(code) != text.substr(0, size)) return false;
        text.remove_prefix(size);
    }
    return true;
}

}  // namespace confab::test
