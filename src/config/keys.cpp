#include "config/keys.hpp"

#include <algorithm>
#include <array>

#include "config/table_network.hpp"
#include "config/table_sections.hpp"
#include "config/table_service.hpp"

namespace confab::config {
namespace {

template <std::size_t M, std::size_t N>
constexpr std::array<Key<Options>, M + N> joined(const std::array<Key<Options>, M>& left,
                                                 const std::array<Key<Options>, N>& right) {
    std::array<Key<Options>, M + N> both{};
    std::copy(right.begin(), right.end(), std::copy(left.begin(), left.end(), both.begin()));
    return both;
}

constexpr auto kOptionKeys = joined(table::kNetwork, table::kService);

}  // namespace

std::span<const Key<Options>> option_keys() {
    return kOptionKeys;
}

std::span<const Key<IssuerSection>> issuer_keys() {
    return table::kIssuer;
}

std::span<const Key<ListenerSection>> listener_keys() {
    return table::kListener;
}

bool is_section_name(std::string_view name) {
    return !name.empty() && name.size() <= kSectionNameMax &&
           std::all_of(name.begin(), name.end(),
                       [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
}

std::string environment_name(std::string_view key) {
    std::string name = "CONFAB_";
    for (const char c : key) {
        const bool small = c >= 'a' && c <= 'z';
        name += c == '.' ? '_' : small ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return name;
}

}  // namespace confab::config
