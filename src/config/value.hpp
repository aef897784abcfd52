// Value: what one setting may be, how its text is read and how it is shown.
// Thread: any; no shared state.
// Owns:   nothing; texts are views into what the caller holds.
// Limits: each key has a range; a text is at most KeyInfo::high bytes.
// Invariant: what parse_value() accepts is inside the range, and reads the same again after
//            to_toml_value().
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace confab::config {

enum class Kind : std::uint8_t { number, boolean, choice, text, secret };

struct KeyInfo {
    std::string_view name;
    Kind kind = Kind::text;
    std::uint64_t low = 0;  // number: the range; text and secret: of its length in bytes
    std::uint64_t high = 0;
    std::string_view words;    // choice: "sqlite|memory"; text: what it is, such as "an IP address"
    std::string_view meaning;  // one sentence
    bool (*acceptable)(std::string_view) = nullptr;  // text: a further check
    bool reload = false;                             // whether a running server takes a change
};

using Value = std::variant<std::uint64_t, bool, std::string_view>;

// Nothing when the text is not in the key's range. A number is decimal digits alone, a boolean
// `true` or `false`; a text is UTF-8 without control characters.
[[nodiscard]] std::optional<Value> parse_value(const KeyInfo& key, std::string_view text);

// "a whole number from 0 to 65535", "sqlite or memory", …
[[nodiscard]] std::string expected(const KeyInfo& key);

// As TOML writes it. A secret is shown as "(set)", or "" when there is none.
[[nodiscard]] std::string to_toml_value(const KeyInfo& key, const Value& value);

}  // namespace confab::config
