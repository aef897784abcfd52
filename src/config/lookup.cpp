#include "config/lookup.hpp"

#include <algorithm>
#include <numeric>
#include <span>
#include <type_traits>
#include <vector>

#include "base/ascii.hpp"

namespace confab::config {
namespace {

constexpr std::size_t kComparedBytesMax = 128;

// How many letters must be put in, taken out or replaced to make one word of the other.
std::size_t edit_distance(std::string_view left, std::string_view right) {
    std::vector<std::size_t> row(right.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < left.size(); ++i) {
        std::size_t diagonal = row[0]++;
        for (std::size_t j = 0; j < right.size(); ++j) {
            const auto replaced = diagonal + (left[i] == right[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

// The key's own part, without its section.
std::string_view last_part(std::string_view name) {
    return name.substr(name.rfind('.') + 1);
}

std::string hint(std::string_view name, const std::vector<std::string>& known) {
    if (name.empty() || name.size() > kComparedBytesMax) return {};
    const std::string* nearest = nullptr;
    std::size_t least = name.size() / 3 + 1;
    for (const auto& candidate : known) {
        // A right name in a wrong section is as near as a typing error.
        const bool same_part = last_part(candidate) == last_part(name);
        const auto distance = same_part ? 1 : edit_distance(name, candidate);
        if (distance < least || (nearest == nullptr && distance <= least)) {
            nearest = &candidate;
            least = distance;
        }
    }
    return nearest == nullptr ? std::string() : "; did you mean " + *nearest + "?";
}

// "acme" of "acme.iss", with the given separator between section and key.
std::string_view section_part(std::string_view rest, char separator) {
    return rest.substr(0, rest.find(separator));
}

// Every known name; of the sections' keys those of a section that is called like `section`.
std::vector<std::string> known_keys(std::string_view section) {
    std::vector<std::string> names;
    for (const auto& key : option_keys())
        names.emplace_back(key.info.name);
    if (!is_section_name(section)) section = "name";
    for_each_section_kind([&](std::string_view prefix, auto keys) {
        for (const auto& key : keys) {
            names.push_back(std::string(prefix) + std::string(section) + "." +
                            std::string(key.info.name));
        }
    });
    return names;
}

IssuerSection& section_of(Options& options, const std::string& name, const IssuerSection* /*tag*/) {
    return options.auth.issuers[name];
}

ListenerSection& section_of(Options& options, const std::string& name,
                            const ListenerSection* /*tag*/) {
    return options.listeners[name];
}

// The key of a name that begins with the prefix of this kind.
template <class Section>
std::optional<FoundKey> find_section_key(std::string_view rest,
                                         std::span<const Key<Section>> keys) {
    const auto section = section_part(rest, '.');
    if (!is_section_name(section) || section.size() == rest.size()) return std::nullopt;
    for (const auto& key : keys) {
        if (key.info.name == rest.substr(section.size() + 1)) {
            return FoundKey{&key, std::string(section)};
        }
    }
    return std::nullopt;
}

template <class Section>
std::optional<std::string> section_key_of_variable(std::string_view variable,
                                                   std::string_view prefix,
                                                   std::span<const Key<Section>> keys) {
    const auto variable_prefix = environment_name(prefix);
    if (!variable.starts_with(variable_prefix)) return std::nullopt;
    std::string section(section_part(variable.substr(variable_prefix.size()), '_'));
    std::transform(section.begin(), section.end(), section.begin(), ascii_lower);
    if (!is_section_name(section)) return std::nullopt;
    for (const auto& key : keys) {
        auto name = std::string(prefix) + section + '.' + std::string(key.info.name);
        if (environment_name(name) == variable) return name;
    }
    return std::nullopt;
}

}  // namespace

const KeyInfo& FoundKey::info() const {
    return std::visit([](const auto* found) -> const KeyInfo& { return found->info; }, key);
}

void FoundKey::put(Options& options, const Value& value) const {
    std::visit(
        [&]<class Target>(const Key<Target>* found) {
            if constexpr (std::is_same_v<Target, Options>) {
                found->put(options, value);
            } else {
                const Target* tag = nullptr;
                found->put(section_of(options, section_name, tag), value);
            }
        },
        key);
}

bool open_section(Options& options, std::string_view name) {
    bool opened = false;
    for_each_section_kind(
        [&]<class Section>(std::string_view prefix, std::span<const Key<Section>> /*keys*/) {
            if (!name.starts_with(prefix) || !is_section_name(name.substr(prefix.size()))) return;
            const Section* tag = nullptr;
            section_of(options, std::string(name.substr(prefix.size())), tag);
            opened = true;
        });
    return opened;
}

std::optional<FoundKey> find_key(std::string_view name) {
    for (const auto& key : option_keys()) {
        if (key.info.name == name) return FoundKey{&key, {}};
    }
    std::optional<FoundKey> found;
    for_each_section_kind([&](std::string_view prefix, auto keys) {
        if (name.starts_with(prefix)) found = find_section_key(name.substr(prefix.size()), keys);
    });
    return found;
}

std::optional<std::string> key_of_variable(std::string_view variable) {
    for (const auto& key : option_keys()) {
        if (environment_name(key.info.name) == variable) return std::string(key.info.name);
    }
    std::optional<std::string> found;
    for_each_section_kind([&](std::string_view prefix, auto keys) {
        if (!found) found = section_key_of_variable(variable, prefix, keys);
    });
    return found;
}

std::string section_hint(std::string_view name) {
    if (name.starts_with(kIssuersPrefix)) {
        return " (an issuer's name is 1 to 32 of a-z and 0-9)";
    }
    return name.starts_with(kListenersPrefix) ? " (a listener's name is 1 to 32 of a-z and 0-9)"
                                              : "";
}

std::string key_hint(std::string_view name) {
    std::string_view section;
    for_each_section_kind([&](std::string_view prefix, auto /*keys*/) {
        if (name.starts_with(prefix)) section = section_part(name.substr(prefix.size()), '.');
    });
    return hint(name, known_keys(section));
}

std::string variable_hint(std::string_view variable) {
    auto names = known_keys({});
    for (auto& name : names)
        name = environment_name(name);
    return hint(variable, names);
}

}  // namespace confab::config
