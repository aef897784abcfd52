// The server's own signing secret: where it comes from, and what is derived from it.
// Thread: start-up only.
// Owns:   nothing.
// Limits: kTokenSecretBytesMin.
// Invariants: (1) there is no default: a configured secret, a file, the data directory's, or a
//             random one for a server that keeps nothing. (2) a weak secret is refused.
#pragma once

#include "base/secret.hpp"
#include "config/options.hpp"

namespace confab::app {

enum class SecretUse {
    keep,       // made in the data directory when it is missing
    read_only,  // nothing may be written: a random one for this process when it is missing
};

// Throws std::runtime_error with a text for the operator.
[[nodiscard]] Secret own_secret(const config::Options& options, SecretUse use);

// The secret of a configured issuer: its own bytes or its file's.
[[nodiscard]] Secret issuer_secret(const config::IssuerSection& issuer);

// A key for another purpose; one does not tell anything about the other.
[[nodiscard]] Secret derived_key(const Secret& secret, std::string_view purpose);

}  // namespace confab::app
