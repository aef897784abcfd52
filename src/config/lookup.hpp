// Lookup: from the name that an operator wrote to the key it means, or to the one meant perhaps.
// Thread: any; no shared state.
// Owns:   nothing.
// Limits: names longer than any key are not compared.
// Invariant: only exact names are found; a hint is text for an error and nothing more.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/keys.hpp"

namespace confab::config {

struct FoundKey {
    const Key<Options>* option = nullptr;        // either this one …
    const Key<IssuerSection>* issuer = nullptr;  // … or this one, of the issuer `issuer_name`
    std::string issuer_name;

    [[nodiscard]] const KeyInfo& info() const {
        return option != nullptr ? option->info : issuer->info;
    }
};

// "server.port", "auth.issuers.acme.iss".
[[nodiscard]] std::optional<FoundKey> find_key(std::string_view name);

// The key that CONFAB_SERVER_PORT or CONFAB_AUTH_ISSUERS_ACME_ISS stands for.
[[nodiscard]] std::optional<std::string> key_of_variable(std::string_view variable);

// "; did you mean server.port?" when a known key or variable is near, "" otherwise.
[[nodiscard]] std::string key_hint(std::string_view name);
[[nodiscard]] std::string variable_hint(std::string_view variable);

}  // namespace confab::config
