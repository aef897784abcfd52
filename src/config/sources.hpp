// Sources: reads file and environment into one flat list of settings that are not yet checked.
// Thread: any; no shared state. Used at the start and at a reload.
// Owns:   nothing.
// Limits: a file of at most kConfigFileBytesMax.
// Invariant: the value of a setting that may be a secret is in no error.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace confab::config {

inline constexpr std::size_t kConfigFileBytesMax = 1024UL * 1024;

// How the value was written: from flags and environment everything is `any`.
enum class Literal : std::uint8_t { any, number, boolean, text, other, empty_section };

struct Setting {
    std::string key;
    std::string text;
    Literal literal = Literal::any;
    std::string source;  // "flag", "environment CONFAB_SERVER_PORT", "file confab.toml, line 3"
};

// One for each key of the file. Errors: `config_invalid`: not readable, too large, not TOML.
[[nodiscard]] Result<std::vector<Setting>> read_file(const std::string& path);

// Errors: `config_invalid`: a variable that stands for no key.
[[nodiscard]] Result<std::vector<Setting>> read_environment(
    const std::vector<std::pair<std::string, std::string>>& variables);

// The error of this module. `where` is the key or variable, with its source.
[[nodiscard]] Error invalid(const std::string& where, const std::string& what);

// For an error: cut, and nothing that moves a cursor.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace confab::config
