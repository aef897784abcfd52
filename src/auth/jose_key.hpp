// JoseKey: one key that verifies signatures, of one kind and for one algorithm.
// Thread: immutable; verifies() from any thread, concurrently.
// Owns:   the key: a secret made ready for HMAC, or the public numbers of a JWK in the form that
//         the JOSE library takes.
// Limits: RSA kRsaBitsMin to kRsaBitsMax; HMAC at least one byte (its strength is checked by who
//         configures it).
// Invariants: (1) the algorithm belongs to the key and never comes from a token. (2) the JOSE
//             library gets no URL and no certificate, so it has nothing to fetch. (3) a MAC
//             is checked without it.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstddef>
#include <memory>
#include <optional>

#include "auth/algorithm.hpp"
#include "auth/hmac_key.hpp"
#include "auth/jwt_compact.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

struct json_t;

namespace confab::auth {

// Prepares the JOSE library; once, however often it is called. Throws std::runtime_error.
void initialise_jose();

class JoseKey {
  public:
    // A key for HS256. Errors: `jwk_invalid` (kind invalid) for an empty secret.
    [[nodiscard]] static Result<JoseKey> from_secret(const Secret& secret);
    // A public key for RS256, ES256 or EdDSA (RFC 7517 section 4, RFC 7518 section 6, RFC 8037
    // section 2). Private numbers in the JWK are left out. Errors: `jwk_unsuitable` (kind invalid):
    // a key of another kind or for another use; `jwk_invalid` (kind invalid): broken or too short.
    [[nodiscard]] static Result<JoseKey> from_jwk(const boost::json::object& jwk,
                                                  Algorithm algorithm);

    // Whether the token names the algorithm of this key and has a good signature by it.
    [[nodiscard]] bool verifies(const CompactToken& token) const;
    [[nodiscard]] Algorithm algorithm() const { return algorithm_; }

  private:
    struct FreeJson {
        void operator()(json_t* value) const;
    };
    using Jwk = std::unique_ptr<json_t, FreeJson>;

    explicit JoseKey(HmacKey secret);
    JoseKey(Jwk jwk, Algorithm algorithm, std::size_t signature_bytes);

    Algorithm algorithm_;
    std::optional<HmacKey> secret_;  // HS256
    Jwk jwk_;                        // all others
    std::size_t signature_bytes_;    // exactly, for this key
};

}  // namespace confab::auth
