// Algorithm: the signature algorithms of RFC 7518 and RFC 8037 that an issuer can be set to.
// Thread: values.
// Owns:   nothing.
// Limits: these four; `none` is not among them and cannot be named.
// Invariant: a name is matched byte for byte (RFC 7515 section 4.1.1: case-sensitive).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace confab::auth {

enum class Algorithm : std::uint8_t { hs256, rs256, es256, eddsa };

// "HS256", "RS256", "ES256", "EdDSA"; nothing for any other text.
[[nodiscard]] std::optional<Algorithm> parse_algorithm(std::string_view name);
[[nodiscard]] std::string_view algorithm_name(Algorithm algorithm);

}  // namespace confab::auth
