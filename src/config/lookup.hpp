// Lookup: from the name that an operator wrote to the key it means, or to the one meant perhaps.
// Thread: any; no shared state.
// Owns:   nothing.
// Limits: names longer than any key are not compared.
// Invariant: only exact names are found; a hint is text for an error and nothing more.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "config/keys.hpp"

namespace confab::config {

struct FoundKey {
    std::variant<const Key<Options>*, const Key<IssuerSection>*, const Key<ListenerSection>*> key;
    std::string section_name;  // "acme" of auth.issuers.acme; empty: an option

    [[nodiscard]] const KeyInfo& info() const;

    // Sets the field, in a new section when there is none of that name.
    void put(Options& options, const Value& value) const;
};

// The section "auth.issuers.acme" or "listeners.public", made when it is not there.
// False: no section can have that name.
[[nodiscard]] bool open_section(Options& options, std::string_view name);

// "server.port", "auth.issuers.acme.iss".
[[nodiscard]] std::optional<FoundKey> find_key(std::string_view name);

// The key that CONFAB_SERVER_PORT or CONFAB_AUTH_ISSUERS_ACME_ISS stands for.
[[nodiscard]] std::optional<std::string> key_of_variable(std::string_view variable);

// " (the name of … )" for a key below auth.issuers or listeners, "" otherwise.
[[nodiscard]] std::string section_hint(std::string_view name);

// "; did you mean server.port?" when a known key or variable is near, "" otherwise.
[[nodiscard]] std::string key_hint(std::string_view name);
[[nodiscard]] std::string variable_hint(std::string_view variable);

}  // namespace confab::config
