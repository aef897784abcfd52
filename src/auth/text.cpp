#include "auth/text.hpp"

#include <sodium.h>
#include <utf8proc.h>

#include <cstdint>
#include <cstdlib>

#include "base/utf8.hpp"

namespace confab::auth {
namespace {

struct Character {
    utf8proc_int32_t code_point = 0;
    std::size_t bytes = 0;
};

// The first character of a valid, non-empty text.
Character first_character(std::string_view text) {
    Character character;
    const auto bytes =
        utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                         static_cast<utf8proc_ssize_t>(text.size()), &character.code_point);
    character.bytes = bytes > 0 ? static_cast<std::size_t>(bytes) : text.size();
    return character;
}

bool is_white_space(utf8proc_int32_t code_point) {
    return (code_point >= 0x09 && code_point <= 0x0D) ||
           utf8proc_category(code_point) == UTF8PROC_CATEGORY_ZS;
}

bool is_displayable(utf8proc_int32_t code_point) {
    switch (utf8proc_category(code_point)) {
        case UTF8PROC_CATEGORY_CC:
        case UTF8PROC_CATEGORY_CF:
        case UTF8PROC_CATEGORY_ZL:
        case UTF8PROC_CATEGORY_ZP:
            return false;
        default:
            return true;
    }
}

std::string_view trim(std::string_view text) {
    std::size_t begin = 0;
    std::size_t end = 0;  // one after the last character that is not white space
    bool inside = false;
    for (std::size_t at = 0; at < text.size();) {
        const Character character = first_character(text.substr(at));
        if (!is_white_space(character.code_point)) {
            if (!inside) begin = at;
            inside = true;
            end = at + character.bytes;
        }
        at += character.bytes;
    }
    return text.substr(begin, end - begin);
}

}  // namespace

std::optional<std::string> to_nfc(std::string_view text) {
    if (!is_valid_utf8(text)) return std::nullopt;
    if (text.empty()) return std::string();
    utf8proc_uint8_t* mapped = nullptr;
    // Without UTF8PROC_NULLTERM the length counts, and NUL does not end the text.
    const auto size =
        utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                     static_cast<utf8proc_ssize_t>(text.size()), &mapped,
                     static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
    if (size < 0) return std::nullopt;
    const auto bytes = static_cast<std::size_t>(size);
    std::string normalised(reinterpret_cast<const char*>(mapped), bytes);
    sodium_memzero(mapped, bytes);
    std::free(mapped);  // NOLINT(cppcoreguidelines-no-malloc): allocated by utf8proc with malloc
    return normalised;
}

std::optional<std::string> to_display_text(std::string_view text, std::size_t code_points_max) {
    if (!is_valid_utf8(text)) return std::nullopt;
    auto normalised = to_nfc(trim(text));
    if (!normalised || normalised->empty()) return std::nullopt;
    if (count_code_points(*normalised) > code_points_max) return std::nullopt;
    for (std::string_view rest = *normalised; !rest.empty();) {
        const Character character = first_character(rest);
        if (!is_displayable(character.code_point)) return std::nullopt;
        rest.remove_prefix(character.bytes);
    }
    return normalised;
}

}  // namespace confab::auth
