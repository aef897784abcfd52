#include "app/terminal_text.hpp"

#include <utf8proc.h>

#include <ctime>
#include <optional>

namespace confab::app {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

struct Character {
    char32_t code = 0;
    std::size_t bytes = 1;
    bool valid = false;
};

// The first character of a text that is not empty; an invalid byte counts as one character.
Character first_character(std::string_view text) {
    utf8proc_int32_t code = -1;
    const utf8proc_ssize_t bytes =
        utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                         static_cast<utf8proc_ssize_t>(text.size()), &code);
    if (bytes <= 0 || code < 0) return {};
    return {static_cast<char32_t>(code), static_cast<std::size_t>(bytes), true};
}

// U+2400 and on show C0 characters by name; U+2421 shows DEL.
std::string control_picture(char32_t code) {
    const char32_t picture = code == 0x7f ? 0x2421 : 0x2400 + code;
    std::string out = "\xE2\x90";
    out += static_cast<char>(0x80 + (picture & 0x3f));
    return out;
}

bool is_dangerous(char32_t code) {
    const bool c1 = code >= 0x80 && code <= 0x9f;
    const bool bidi = (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
    const bool line_break = code == 0x2028 || code == 0x2029;
    return c1 || bidi || line_break || (code >= 0xe0000 && code <= 0xe007f);
}

std::string harmless(std::string_view text, std::optional<std::size_t> indent) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const Character at = first_character(text);
        if (!at.valid || is_dangerous(at.code)) {
            out += kReplacement;
        } else if (at.code == '\n' && indent) {
            out += '\n';
            out.append(*indent, ' ');
        } else if (at.code == '\t') {
            out += ' ';
        } else if (at.code < 0x20 || at.code == 0x7f) {
            out += control_picture(at.code);
        } else {
            out.append(text, 0, at.bytes);
        }
        text.remove_prefix(at.bytes);
    }
    return out;
}

std::size_t width_of(char32_t code) {
    const int width = utf8proc_charwidth(static_cast<utf8proc_int32_t>(code));
    return width > 0 ? static_cast<std::size_t>(width) : 0;
}

}  // namespace

std::string harmless_line(std::string_view text) {
    return harmless(text, std::nullopt);
}

std::string harmless_text(std::string_view text, std::size_t indent) {
    std::string plain;
    plain.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        // CR LF is one line break, as on most systems that send it.
        if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
        plain += text[i];
    }
    return harmless(plain, indent);
}

std::string clock_text(std::int64_t unix_seconds) {
    const auto time = static_cast<std::time_t>(unix_seconds);
    std::tm parts{};
    if (localtime_r(&time, &parts) == nullptr) return "--:--";
    char text[8];
    return {text, std::strftime(text, sizeof text, "%H:%M", &parts)};
}

std::size_t column_count(std::string_view text) {
    std::size_t columns = 0;
    while (!text.empty()) {
        const Character at = first_character(text);
        columns += at.valid ? width_of(at.code) : 1;
        text.remove_prefix(at.bytes);
    }
    return columns;
}

std::string_view fitting_tail(std::string_view text, std::size_t columns) {
    std::size_t left = column_count(text);
    while (left > columns) {
        const Character at = first_character(text);
        left -= at.valid ? width_of(at.code) : 1;
        text.remove_prefix(at.bytes);
    }
    return text;
}

}  // namespace confab::app
