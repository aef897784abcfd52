#include "config/lookup.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

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

// "acme" of "acme.iss", with the given separator between issuer and key.
std::string_view issuer_part(std::string_view rest, char separator) {
    return rest.substr(0, rest.find(separator));
}

// Every known name, the keys of one issuer among them when `issuer` is a name.
std::vector<std::string> known_keys(std::string_view issuer) {
    std::vector<std::string> names;
    for (const auto& key : option_keys())
        names.emplace_back(key.info.name);
    if (!is_issuer_name(issuer)) issuer = "name";
    for (const auto& key : issuer_keys()) {
        names.push_back(std::string(kIssuersPrefix) + std::string(issuer) + "." +
                        std::string(key.info.name));
    }
    return names;
}

}  // namespace

std::optional<FoundKey> find_key(std::string_view name) {
    for (const auto& key : option_keys()) {
        if (key.info.name == name) return FoundKey{&key, nullptr, {}};
    }
    if (!name.starts_with(kIssuersPrefix)) return std::nullopt;
    name.remove_prefix(kIssuersPrefix.size());
    const auto issuer = issuer_part(name, '.');
    if (!is_issuer_name(issuer) || issuer.size() == name.size()) return std::nullopt;
    for (const auto& key : issuer_keys()) {
        if (key.info.name == name.substr(issuer.size() + 1)) {
            return FoundKey{nullptr, &key, std::string(issuer)};
        }
    }
    return std::nullopt;
}

std::optional<std::string> key_of_variable(std::string_view variable) {
    for (const auto& key : option_keys()) {
        if (environment_name(key.info.name) == variable) return std::string(key.info.name);
    }
    const auto prefix = environment_name(kIssuersPrefix);
    if (!variable.starts_with(prefix)) return std::nullopt;
    const auto upper = issuer_part(variable.substr(prefix.size()), '_');
    std::string issuer(upper);
    for (char& c : issuer) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    for (const auto& key : issuer_keys()) {
        auto name = std::string(kIssuersPrefix) + issuer + '.' + std::string(key.info.name);
        if (is_issuer_name(issuer) && environment_name(name) == variable) return name;
    }
    return std::nullopt;
}

std::string key_hint(std::string_view name) {
    const bool of_issuer = name.starts_with(kIssuersPrefix);
    return hint(name, known_keys(of_issuer ? issuer_part(name.substr(kIssuersPrefix.size()), '.')
                                           : std::string_view()));
}

std::string variable_hint(std::string_view variable) {
    auto names = known_keys({});
    for (auto& name : names)
        name = environment_name(name);
    return hint(variable, names);
}

}  // namespace confab::config
