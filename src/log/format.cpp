#include "log/format.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <ctime>

#include "base/utf8.hpp"

namespace confab::log {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

std::string_view level_name(Level level) {
    switch (level) {
        case Level::debug:
            return "debug";
        case Level::info:
            return "info";
        case Level::warn:
            return "warn";
        case Level::error:
            return "error";
        case Level::off:
            break;
    }
    return "off";
}

// RFC 3339 in UTC with milliseconds.
void append_time(std::string& out, double seconds) {
    const auto milliseconds = std::llround(seconds * 1000);
    const auto whole = static_cast<std::time_t>(milliseconds / 1000);
    std::tm parts{};
    gmtime_r(&whole, &parts);
    std::array<char, 40> text{};
    const auto day = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    out.append(text.data(), day);
    std::snprintf(text.data(), text.size(), ".%03dZ", static_cast<int>(milliseconds % 1000));
    out += text.data();
}

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

// The front of the text, at most kLogValueBytesMax bytes, not ending inside a character.
std::string_view cut(std::string_view text) {
    if (text.size() <= kLogValueBytesMax) return text;
    std::size_t end = kLogValueBytesMax;
    while (end > kLogValueBytesMax - 4 && is_continuation(text[end]))
        --end;
    // Four continuation bytes in a row are no character: such text is cut where the limit is.
    return text.substr(0, is_continuation(text[end]) ? kLogValueBytesMax : end);
}

struct CodePoint {
    char32_t value;
    std::size_t bytes;
};

// The first character of a text that is not empty; U+FFFD for what is not UTF-8.
CodePoint first_code_point(std::string_view text) {
    Utf8Validator validator;
    std::size_t bytes = 0;
    while (bytes < text.size() && validator.feed(text.substr(bytes, 1))) {
        ++bytes;
        if (!validator.complete()) continue;
        const auto lead = static_cast<unsigned char>(text[0]);
        if (bytes == 1) return {lead, 1};
        char32_t value = lead & (0x7FU >> bytes);
        for (const char c : text.substr(1, bytes - 1)) {
            value = (value << 6) | (static_cast<unsigned char>(c) & 0x3FU);
        }
        return {value, bytes};
    }
    return {kReplacement, std::max<std::size_t>(bytes, 1)};
}

// Characters that end a line somewhere, drive a terminal, or turn the direction of the text around
// them: they are written as escapes.
bool must_escape(char32_t c) {
    return c < 0x20 || c == '"' || c == '\\' || (c >= 0x7F && c <= 0x9F) || c == 0x061C ||
           (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
           (c >= 0x2060 && c <= 0x2069) || c == 0xFEFF;
}

void append_escape(std::string& out, char32_t c) {
    switch (c) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            break;
    }
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "\\u%04x", static_cast<unsigned>(c));
    out += text.data();
}

void append_escaped(std::string& out, std::string_view text) {
    text = cut(text);
    while (!text.empty()) {
        const auto [value, bytes] = first_code_point(text);
        if (value == kReplacement) {
            out += "\xEF\xBF\xBD";
        } else if (must_escape(value)) {
            append_escape(out, value);
        } else {
            out.append(text.substr(0, bytes));
        }
        text.remove_prefix(bytes);
    }
}

void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    append_escaped(out, text);
    out += '"';
}

bool needs_quotes(std::string_view text) {
    return text.empty() || !std::all_of(text.begin(), text.end(), [](char c) {
               return c > 0x20 && c < 0x7F && c != '"' && c != '\\' && c != '=';
           });
}

template <class Number>
void append_number(std::string& out, Number number) {
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
    out.append(text.data(), end);
}

// Appends what is not text; false when the value is text. JSON has no word for what is not finite.
bool append_plain(std::string& out, const Field::Value& value) {
    if (const auto* truth = std::get_if<bool>(&value)) {
        out += *truth ? "true" : "false";
    } else if (const auto* real = std::get_if<double>(&value)) {
        std::isfinite(*real) ? append_number(out, *real) : void(out += "null");
    } else if (const auto* with_sign = std::get_if<std::int64_t>(&value)) {
        append_number(out, *with_sign);
    } else if (const auto* whole = std::get_if<std::uint64_t>(&value)) {
        append_number(out, *whole);
    } else {
        return false;
    }
    return true;
}

std::string_view level_colour(Level level) {
    switch (level) {
        case Level::debug:
            return "\x1b[2m";
        case Level::warn:
            return "\x1b[33m";
        case Level::error:
            return "\x1b[31m";
        default:
            return "\x1b[32m";
    }
}

}  // namespace

std::string format_human(double seconds, Level level, std::string_view event, Fields fields,
                         bool colour) {
    constexpr std::size_t kLevelWidth = 6;
    std::string out;
    append_time(out, seconds);
    out += ' ';
    const auto name = level_name(level);
    if (colour) out += level_colour(level);
    out += name;
    if (colour) out += "\x1b[0m";
    out.append(kLevelWidth - name.size(), ' ');
    append_escaped(out, event);
    for (const auto& field : fields) {
        out += ' ';
        append_escaped(out, field.key);
        out += '=';
        if (append_plain(out, field.value)) continue;
        const auto text = std::get<std::string_view>(field.value);
        needs_quotes(text) ? append_quoted(out, text) : append_escaped(out, text);
    }
    return out;
}

std::string format_json(double seconds, Level level, std::string_view event, Fields fields) {
    std::string out = R"({"ts":")";
    append_time(out, seconds);
    out += R"(","level":")";
    out += level_name(level);
    out += R"(","event":)";
    append_quoted(out, event);
    for (const auto& field : fields) {
        out += ',';
        append_quoted(out, field.key);
        out += ':';
        if (!append_plain(out, field.value)) {
            append_quoted(out, std::get<std::string_view>(field.value));
        }
    }
    out += '}';
    return out;
}

}  // namespace confab::log
