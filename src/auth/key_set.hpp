// KeySet: the keys of one issuer.
// Thread: immutable; verify() from any thread, concurrently.
// Owns:   its keys.
// Limits: kJwksBytesMax for the text, kJwksKeysMax usable keys; for one token the first
//         kJwksKeysTriedMax that may fit, because a try costs an event loop up to 0.1 ms.
// Invariants: (1) all keys are for the one algorithm of the issuer. (2) a set has at least one key.
//             (3) a shared secret is never taken from a JWK set.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/algorithm.hpp"
#include "auth/jose_key.hpp"
#include "auth/jwt_compact.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace confab::auth {

class KeySet {
  public:
    enum class Verdict {
        good,
        bad,         // the key is known, and the signature is not its
        unknown_key  // no key of that `kid`; or the token names none and no key fits
    };

    // One key for HS256. Errors: `jwk_invalid`.
    [[nodiscard]] static Result<KeySet> from_secret(const Secret& secret);
    // A JWK set (RFC 7517 section 5). Keys of other kinds and for other uses, and broken ones, are
    // left out as that section says. Errors: `jwks_invalid` (kind invalid): no JWK set, no usable
    // key, or too many.
    [[nodiscard]] static Result<KeySet> from_jwks(std::string_view text, Algorithm algorithm);

    [[nodiscard]] Verdict verify(const CompactToken& token) const;
    [[nodiscard]] std::size_t size() const { return entries_.size(); }

  private:
    struct Entry {
        std::optional<std::string> key_id;
        JoseKey key;
    };
    KeySet() = default;

    std::vector<Entry> entries_;
    bool names_matter_ = true;  // false: there is one key, whatever a token calls it
};

}  // namespace confab::auth
