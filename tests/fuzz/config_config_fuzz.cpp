// Settings from a file, the environment and flags: options within their ranges or a typed error;
// the last source wins; what is printed reads the same again; a file says what flags would say.
// Input: the file, a zero byte, then lines NAME=VALUE: CONFAB_… is a variable, the rest are flags.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/config.hpp"
#include "config/lookup.hpp"
#include "config/reload.hpp"
#include "config/sources.hpp"
#include "support/fuzz_check.hpp"

namespace {

using confab::config::Kind;
using confab::config::Literal;
using confab::config::Options;
using confab::config::Sources;
using confab::config::Value;

// A file that is nowhere but in memory; the content is replaced for every use.
std::string file_with(std::string_view content) {
    static const int descriptor = ::memfd_create("settings", 0);
    FUZZ_CHECK(::ftruncate(descriptor, 0) == 0);
    const ssize_t written = ::pwrite(descriptor, content.data(), content.size(), 0);
    FUZZ_CHECK(written == static_cast<ssize_t>(content.size()));
    return "/proc/self/fd/" + std::to_string(descriptor);
}

std::string text_of(const Value& value) {
    if (const auto* number = std::get_if<std::uint64_t>(&value)) return std::to_string(*number);
    if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "true" : "false";
    return std::string(std::get<std::string_view>(value));
}

Value value_in(const Options& options, const confab::config::FoundKey& key) {
    const auto& [which, name] = key;
    if (const auto* option = std::get_if<0>(&which)) return (*option)->get(options);
    if (const auto* of_issuer = std::get_if<1>(&which)) {
        return (*of_issuer)->get(options.auth.issuers.at(name));
    }
    return std::get<2>(which)->get(options.listeners.at(name));
}

template <class Target>
void check_range(const confab::config::Key<Target>& key, const Target& target) {
    const Value value = key.get(target);
    const std::string text = text_of(value);
    const auto again = confab::config::parse_value(key.info, text);
    FUZZ_CHECK(again.has_value() && *again == value);
    const auto* number = std::get_if<std::uint64_t>(&value);
    const bool sized = key.info.kind == Kind::text || key.info.kind == Kind::secret;
    const std::uint64_t measured = number != nullptr ? *number : text.size();
    FUZZ_CHECK((number == nullptr && !sized) ||
               (measured >= key.info.low && measured <= key.info.high));
}

template <class Section>
void check_sections(std::span<const confab::config::Key<Section>> keys,
                    const std::map<std::string, Section>& sections) {
    for (const auto& [name, section] : sections) {
        FUZZ_CHECK(confab::config::is_section_name(name));
        for (const auto& key : keys)
            check_range(key, section);
    }
}

void check_ranges(const Options& options) {
    for (const auto& key : confab::config::option_keys())
        check_range(key, options);
    FUZZ_CHECK(options.auth.issuers.size() <= confab::kIssuersMax);
    check_sections(confab::config::issuer_keys(), options.auth.issuers);
    check_sections(confab::config::listener_keys(), options.listeners);
}

// A reload takes over what it may and leaves the rest; what it gives is sound as well.
void check_reload(const Options& running, const Options& wanted) {
    const auto result = confab::config::reload(running, wanted);
    if (!result) {
        FUZZ_CHECK(result.error().code == "config_invalid");
        return;
    }
    check_ranges(result->options);
    for (const auto& key : confab::config::option_keys()) {
        const Options& from = key.info.reload ? wanted : running;
        FUZZ_CHECK(key.get(result->options) == key.get(from));
    }
    const auto again = confab::config::reload(result->options, wanted);
    FUZZ_CHECK(again.has_value() && again->applied.empty() && again->restart == result->restart);
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

// All that was said, the weakest first: the file, the environment, the flags.
Pairs in_order(const Sources& sources) {
    Pairs all;
    if (const auto file = confab::config::read_file(sources.file)) {
        for (const auto& setting : *file) {
            if (setting.literal == Literal::empty_section) continue;
            all.emplace_back(setting.key, setting.text);
        }
    }
    for (const auto& [variable, value] : sources.environment) {
        all.emplace_back(confab::config::key_of_variable(variable).value_or(variable), value);
    }
    all.insert(all.end(), sources.settings.begin(), sources.settings.end());
    return all;
}

void check_last_wins(const Options& options, const Sources& sources) {
    const auto all = in_order(sources);
    for (auto setting = all.begin(); setting != all.end(); ++setting) {
        const auto same = [&](const auto& other) { return other.first == setting->first; };
        if (std::any_of(setting + 1, all.end(), same)) continue;
        const auto key = confab::config::find_key(setting->first);
        FUZZ_CHECK(key.has_value());
        FUZZ_CHECK(value_in(options, *key) ==
                   confab::config::parse_value(key->info(), setting->second));
    }
    const auto as_flags = confab::config::load({.settings = all});
    FUZZ_CHECK(as_flags.has_value());
    FUZZ_CHECK(confab::config::to_toml(*as_flags) == confab::config::to_toml(options));
}

void check_printed(const Options& options) {
    const std::string printed = confab::config::to_toml(options);
    const auto again = confab::config::load({.file = file_with(printed)});
    FUZZ_CHECK(again.has_value());
    FUZZ_CHECK(confab::config::to_toml(*again) == printed);
}

bool is_secret(const std::string& name) {
    const auto key = confab::config::find_key(name);
    return key.has_value() && key->info().kind == Kind::secret;
}

// No error shows a secret, not even the beginning of it, unless somebody wrote it elsewhere too.
void check_secrets(const std::string& detail, const Pairs& all) {
    for (const auto& [name, value] : all) {
        const std::string shown = value.substr(0, 40);
        // One without digits may be the name of a key, which an error does show.
        const bool telling = shown.size() >= 12 && shown.find_first_of("0123456789") < 40;
        if (!telling || !is_secret(name)) continue;
        const bool elsewhere = std::any_of(all.begin(), all.end(), [&](const auto& other) {
            return other.first.find(shown) != std::string::npos ||
                   (!is_secret(other.first) && other.second.find(shown) != std::string::npos);
        });
        FUZZ_CHECK(elsewhere || detail.find(shown) == std::string::npos);
    }
}

// What a terminal would obey must not get into an error, nor may a secret.
void check_error(const confab::Error& error, const Sources& sources) {
    FUZZ_CHECK(error.kind == confab::ErrorKind::invalid && error.code == "config_invalid");
    FUZZ_CHECK(!error.detail.empty());
    for (const char c : error.detail)
        FUZZ_CHECK(c >= 0x20 && c <= 0x7E);
    check_secrets(error.detail, in_order(sources));
}

Sources sources_of(std::string_view lines) {
    Sources sources;
    while (!lines.empty()) {
        const std::string_view line = lines.substr(0, lines.find('\n'));
        lines.remove_prefix(std::min(line.size() + 1, lines.size()));
        const std::size_t equals = line.find('=');
        if (equals == std::string_view::npos) continue;
        auto& list = line.starts_with("CONFAB_") ? sources.environment : sources.settings;
        list.emplace_back(line.substr(0, equals), line.substr(equals + 1));
    }
    return sources;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::string_view file = input.substr(0, input.find('\0'));
    Sources sources = sources_of(input.substr(std::min(file.size() + 1, input.size())));
    sources.file = file_with(file);
    const auto options = confab::config::load(sources);
    if (!options) {
        check_error(options.error(), sources);
        return 0;
    }
    check_ranges(*options);
    check_last_wins(*options, sources);
    check_printed(*options);
    check_reload({}, *options);
    check_reload(*options, {});
    return 0;
}
