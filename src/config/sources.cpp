#include "config/sources.hpp"

#include <unistd.h>

#include <toml++/toml.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "config/config.hpp"
#include "config/lookup.hpp"

namespace confab::config {
namespace {

// CONFAB_CONFIG says which file; the others are for `confab chat`.
constexpr std::array<std::string_view, 5> kOtherVariables = {
    "CONFAB_CONFIG", "CONFAB_URL", "CONFAB_EMAIL", "CONFAB_PASSWORD", "CONFAB_TOKEN"};

Result<std::string> read_text(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return invalid("file " + path, "cannot be read: " + std::string(strerror(errno)));
    std::string text(kConfigFileBytesMax + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (file.bad() || (file.fail() && !file.eof())) {
        return invalid("file " + path, "cannot be read");
    }
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.size() > kConfigFileBytesMax) return invalid("file " + path, "is larger than 1 MiB");
    return text;
}

std::pair<Literal, std::string> literal_of(const toml::node& node) {
    if (const auto* number = node.as_integer()) {
        return {Literal::number, std::to_string(number->get())};
    }
    if (const auto* truth = node.as_boolean()) {
        return {Literal::boolean, truth->get() ? "true" : "false"};
    }
    if (const auto* text = node.as_string()) return {Literal::text, text->get()};
    return {Literal::other, {}};
}

// Every leaf of the tables as one setting; TOML's nesting is bounded by the library.
void flatten(const toml::table& table, const std::string& prefix, const std::string& path,
             std::vector<Setting>& out) {
    for (const auto& [key, node] : table) {
        // A dot inside a quoted key would read like a section.
        const bool dotted = key.str().find('.') != std::string_view::npos;
        const auto part = dotted ? '"' + std::string(key.str()) + '"' : std::string(key.str());
        const auto name = prefix + part;
        const auto source = "file " + path + ", line " + std::to_string(node.source().begin.line);
        if (const auto* inner = node.as_table()) {
            if (inner->empty()) out.push_back({name, {}, Literal::empty_section, source});
            flatten(*inner, name + '.', path, out);
            continue;
        }
        auto [literal, text] = literal_of(node);
        out.push_back({name, std::move(text), literal, source});
    }
}

// What toml++ says may quote the line: not when that could be a secret.
std::string parse_error_text(const toml::parse_error& error, const std::string& text) {
    std::istringstream lines(text);
    std::string line;
    for (toml::source_index i = 0; i < error.source().begin.line; ++i)
        std::getline(lines, line);
    if (line.find("secret") != std::string::npos) return "is not valid TOML";
    return "is not valid TOML: " + printable(error.description());
}

}  // namespace

Error invalid(const std::string& where, const std::string& what) {
    return {ErrorKind::invalid, "config_invalid", where + ": " + what};
}

std::string printable(std::string_view text) {
    constexpr std::size_t kShownBytesMax = 120;
    std::string out(text.substr(0, kShownBytesMax));
    for (char& c : out) {
        if (c < 0x20 || c > 0x7E) c = '?';
    }
    return text.size() > kShownBytesMax ? out + "..." : out;
}

Result<std::vector<Setting>> read_file(const std::string& path) {
    const auto text = read_text(path);
    if (!text) return text.error();
    try {
        std::vector<Setting> settings;
        flatten(toml::parse(*text), "", path, settings);
        return settings;
    } catch (const toml::parse_error& error) {
        return invalid("file " + path + ", line " + std::to_string(error.source().begin.line),
                       parse_error_text(error, *text));
    }
}

Result<std::vector<Setting>> read_environment(
    const std::vector<std::pair<std::string, std::string>>& variables) {
    std::vector<Setting> settings;
    for (const auto& [variable, value] : variables) {
        const auto key = key_of_variable(variable);
        if (!key) {
            return invalid(printable(variable) + " (environment)",
                           "no such setting" + variable_hint(variable));
        }
        settings.push_back({*key, value, Literal::any, "environment " + variable});
    }
    return settings;
}

std::vector<std::pair<std::string, std::string>> environment() {
    std::vector<std::pair<std::string, std::string>> variables;
    for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const auto name = text.substr(0, text.find('='));
        if (!name.starts_with("CONFAB_") || name.size() == text.size()) continue;
        if (std::find(kOtherVariables.begin(), kOtherVariables.end(), name) !=
            kOtherVariables.end()) {
            continue;
        }
        variables.emplace_back(name, text.substr(name.size() + 1));
    }
    return variables;
}

}  // namespace confab::config
