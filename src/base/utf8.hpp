// Utf8Validator: checks UTF-8 as it arrives, byte by byte, and fails at the first wrong byte.
// Thread: a value; one stream each.
// Owns:   four bytes of state.
// Limits: none.
// Invariant: accepts exactly RFC 3629 (no overlong forms, no surrogates, nothing over U+10FFFF),
//            however the input is cut into pieces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace confab {

class Utf8Validator {
  public:
    // Takes the next piece. False: the stream can no longer become valid UTF-8; stays so.
    [[nodiscard]] bool feed(std::string_view piece);

    // True when everything fed so far is valid and no character is half read.
    [[nodiscard]] bool complete() const { return !failed_ && continuation_left_ == 0; }

    void reset() { *this = Utf8Validator{}; }

  private:
    [[nodiscard]] bool lead(std::uint8_t byte);

    std::uint8_t continuation_left_ = 0;  // bytes still missing from the current character
    std::uint8_t low_ = 0x80;             // allowed range of the next continuation byte
    std::uint8_t high_ = 0xBF;
    bool failed_ = false;
};

// True when the whole text is valid UTF-8.
[[nodiscard]] bool is_valid_utf8(std::string_view text);

// Number of code points; the text must be valid UTF-8.
[[nodiscard]] std::size_t count_code_points(std::string_view text);

}  // namespace confab
