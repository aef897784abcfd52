// Keys: the one table of settings. File, environment, flags, help and printing all go by it.
// Thread: constants.
// Owns:   nothing.
// Limits: every key has a range; nothing but what retention.* keeps can be set to "unlimited" (0).
// Invariants: (1) the default of a key is what a default-constructed Options holds. (2) names are
//             lower case; a duration ends in its unit (_s, _ms), a size in _bytes or _bytes_max.
//             (3) no two keys give the same environment name.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "config/options.hpp"
#include "config/value.hpp"

namespace confab::config {

template <class Target>
struct Key {
    KeyInfo info;
    void (*put)(Target&, const Value&);  // the value is one that parse_value() gave
    Value (*get)(const Target&);         // a text is valid as long as the target
};

// Ordered by section, as the file and the help show them.
[[nodiscard]] std::span<const Key<Options>> option_keys();

// Names relative to auth.issuers.<name> and listeners.<name>.
[[nodiscard]] std::span<const Key<IssuerSection>> issuer_keys();
[[nodiscard]] std::span<const Key<ListenerSection>> listener_keys();

inline constexpr std::string_view kIssuersPrefix = "auth.issuers.";
inline constexpr std::string_view kListenersPrefix = "listeners.";
inline constexpr std::size_t kSectionNameMax = 32;

// Of an issuer or a listener: [a-z0-9]{1,32}, without '_', so that environment names can be taken
// apart.
[[nodiscard]] bool is_section_name(std::string_view name);

// Calls function(prefix, keys) for every kind of section that an operator names.
template <class Function>
void for_each_section_kind(const Function& function) {
    function(kIssuersPrefix, issuer_keys());
    function(kListenersPrefix, listener_keys());
}

// "server.port" -> "CONFAB_SERVER_PORT".
[[nodiscard]] std::string environment_name(std::string_view key);

}  // namespace confab::config
