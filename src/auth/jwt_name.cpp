#include "auth/jwt_name.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <cstddef>
#include <optional>

#include "auth/text.hpp"
#include "base/limits.hpp"

namespace confab::auth {
namespace {

constexpr std::size_t kFallbackCodePoints = 8;

bool is_printable_ascii(char c) {
    return c >= 0x20 && c < 0x7F;
}

// Calls `take(code point, its bytes)` for each character; stops when it returns false.
template <class Take>
void each_character(std::string_view text, Take take) {
    while (!text.empty()) {
        utf8proc_int32_t code_point = 0;
        const auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                           static_cast<utf8proc_ssize_t>(text.size()), &code_point);
        if (size <= 0) return;  // not UTF-8: what follows is left out
        const auto bytes = static_cast<std::size_t>(size);
        if (!take(code_point, text.substr(0, bytes))) return;
        text.remove_prefix(bytes);
    }
}

// Controls, and the format characters with which one name can be made to look like another.
bool is_hidden(utf8proc_int32_t code_point) {
    switch (utf8proc_category(code_point)) {
        case UTF8PROC_CATEGORY_CC:
        case UTF8PROC_CATEGORY_CF:
        case UTF8PROC_CATEGORY_ZL:
        case UTF8PROC_CATEGORY_ZP:
            return true;
        default:
            return false;
    }
}

std::string without_hidden(std::string_view text) {
    std::string kept;
    kept.reserve(text.size());
    each_character(text, [&](utf8proc_int32_t code_point, std::string_view bytes) {
        if (!is_hidden(code_point)) kept += bytes;
        return true;
    });
    return kept;
}

std::string first_characters(std::string_view text, std::size_t count) {
    std::string kept;
    each_character(text, [&](utf8proc_int32_t, std::string_view bytes) {
        if (count == 0) return false;
        kept += bytes;
        --count;
        return true;
    });
    return kept;
}

// Nothing when no visible character is left.
std::optional<std::string> clean(std::string_view text) {
    if (!text.empty() && text.size() <= kUserNameCodePointsMax && text.front() != ' ' &&
        text.back() != ' ' && std::all_of(text.begin(), text.end(), is_printable_ascii)) {
        return std::string(text);
    }
    const auto normalised = to_nfc(without_hidden(text));
    if (!normalised) return std::nullopt;
    const auto cut = first_characters(*normalised, kUserNameCodePointsMax);
    return to_display_text(cut, kUserNameCodePointsMax);
}

}  // namespace

bool has_no_controls(std::string_view text) {
    // What is said of ASCII needs no table.
    const auto other = std::find_if_not(text.begin(), text.end(), is_printable_ascii);
    text.remove_prefix(static_cast<std::size_t>(other - text.begin()));
    bool found = false;
    each_character(text, [&](utf8proc_int32_t code_point, std::string_view) {
        found = utf8proc_category(code_point) == UTF8PROC_CATEGORY_CC;
        return !found;
    });
    return !found;
}

std::string name_from_claim(std::string_view claim, std::string_view user_id) {
    if (auto name = clean(claim)) return std::move(*name);
    const auto start = clean(first_characters(user_id, kFallbackCodePoints));
    return "User_" + start.value_or(std::string());
}

}  // namespace confab::auth
