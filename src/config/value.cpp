#include "config/value.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/utf8.hpp"

namespace confab::config {
namespace {

std::optional<std::uint64_t> parse_number(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

bool is_word(std::string_view words, std::string_view text) {
    while (true) {
        const auto bar = words.find('|');
        if (words.substr(0, bar) == text) return true;
        if (bar == std::string_view::npos) return false;
        words.remove_prefix(bar + 1);
    }
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

bool is_text(const KeyInfo& key, std::string_view text) {
    return text.size() >= key.low && text.size() <= key.high && is_valid_utf8(text) &&
           std::none_of(text.begin(), text.end(), is_control) &&
           (key.acceptable == nullptr || key.acceptable(text));
}

std::string bytes_range(const KeyInfo& key) {
    return std::to_string(key.low) + " to " + std::to_string(key.high) + " bytes";
}

}  // namespace

std::optional<Value> parse_value(const KeyInfo& key, std::string_view text) {
    switch (key.kind) {
        case Kind::number: {
            const auto number = parse_number(text);
            if (!number || *number < key.low || *number > key.high) return std::nullopt;
            return *number;
        }
        case Kind::boolean:
            if (text != "true" && text != "false") return std::nullopt;
            return text == "true";
        case Kind::choice:
            if (!is_word(key.words, text)) return std::nullopt;
            return text;
        case Kind::text:
            if (!is_text(key, text)) return std::nullopt;
            return text;
        case Kind::secret:
            // Any bytes: only their number counts here.
            if (text.size() < key.low || text.size() > key.high) return std::nullopt;
            return text;
    }
    return std::nullopt;
}

std::string expected(const KeyInfo& key) {
    switch (key.kind) {
        case Kind::number:
            return "a whole number from " + std::to_string(key.low) + " to " +
                   std::to_string(key.high);
        case Kind::boolean:
            return "true or false";
        case Kind::choice: {
            std::string words(key.words);
            for (auto bar = words.find('|'); bar != std::string::npos; bar = words.find('|')) {
                words.replace(bar, 1, " or ");
            }
            return words;
        }
        case Kind::text:
            return key.words.empty() ? "a text of " + bytes_range(key) : std::string(key.words);
        case Kind::secret:
            return "a secret of " + bytes_range(key);
    }
    return {};
}

std::string to_toml_value(const KeyInfo& key, const Value& value) {
    if (const auto* number = std::get_if<std::uint64_t>(&value)) return std::to_string(*number);
    if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "true" : "false";
    const auto text = std::get<std::string_view>(value);
    if (key.kind == Kind::secret) return text.empty() ? "\"\"" : "\"(set)\"";
    // A basic string of TOML; control characters do not get past parse_value().
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

}  // namespace confab::config
