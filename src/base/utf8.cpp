#include "base/utf8.hpp"

#include <algorithm>
#include <cstring>

namespace confab {
namespace {

// Length of the run of ASCII at the front, found eight bytes at a time.
std::size_t ascii_prefix(std::string_view text) {
    constexpr std::uint64_t kHighBits = 0x8080808080808080ULL;
    std::size_t i = 0;
    for (; i + 8 <= text.size(); i += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + i, 8);
        if ((word & kHighBits) != 0) break;
    }
    while (i < text.size() && static_cast<std::uint8_t>(text[i]) < 0x80)
        ++i;
    return i;
}

}  // namespace

// RFC 3629 section 4: the first byte fixes the length and narrows the range of the second.
bool Utf8Validator::lead(std::uint8_t byte) {
    low_ = 0x80;
    high_ = 0xBF;
    if (byte >= 0xC2 && byte <= 0xDF) {
        continuation_left_ = 1;
    } else if (byte >= 0xE0 && byte <= 0xEF) {
        continuation_left_ = 2;
        if (byte == 0xE0) low_ = 0xA0;   // overlong
        if (byte == 0xED) high_ = 0x9F;  // surrogates
    } else if (byte >= 0xF0 && byte <= 0xF4) {
        continuation_left_ = 3;
        if (byte == 0xF0) low_ = 0x90;   // overlong
        if (byte == 0xF4) high_ = 0x8F;  // over U+10FFFF
    } else {
        return false;
    }
    return true;
}

bool Utf8Validator::feed(std::string_view piece) {
    if (failed_) return false;
    std::size_t i = 0;
    while (i < piece.size()) {
        if (continuation_left_ == 0) {
            i += ascii_prefix(piece.substr(i));
            if (i == piece.size()) break;
        }
        const auto byte = static_cast<std::uint8_t>(piece[i++]);
        if (continuation_left_ == 0) {
            failed_ = !lead(byte);
        } else {
            failed_ = byte < low_ || byte > high_;
            low_ = 0x80;
            high_ = 0xBF;
            --continuation_left_;
        }
        if (failed_) return false;
    }
    return true;
}

bool is_valid_utf8(std::string_view text) {
    Utf8Validator validator;
    return validator.feed(text) && validator.complete();
}

std::size_t count_code_points(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<std::uint8_t>(c) & 0xC0) != 0x80;
    }));
}

}  // namespace confab
