// ASCII: letters, blanks and tokens as the protocols of the internet know them; bytes above 127 are
// nothing of the kind.
// Thread: any; no shared state.
// Owns:   nothing.
// Limits: none.
// Invariant: nothing here asks for the locale.
#pragma once

#include <algorithm>
#include <string_view>

namespace confab {

[[nodiscard]] constexpr char ascii_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

[[nodiscard]] inline bool equal_ignoring_case(std::string_view left, std::string_view right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](char a, char b) { return ascii_lower(a) == ascii_lower(b); });
}

// Without blanks at its ends; RFC 9110 section 5.6.3 has spaces and tabs.
[[nodiscard]] inline std::string_view trimmed(std::string_view text,
                                              std::string_view blanks = " \t") {
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// RFC 9110 section 5.6.2.
[[nodiscard]] constexpr bool is_token_character(char c) {
    constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kMarks.find(c) != std::string_view::npos;
}

}  // namespace confab
