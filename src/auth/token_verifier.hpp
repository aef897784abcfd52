// TokenVerifier: turns the text of a bearer token into an Identity, or refuses it.
// Thread: verify() from any thread, concurrently. Key sets are exchanged whole under a lock.
// Owns:   the keys of all issuers.
// Limits: kTokenBytesMax, kIssuersMax issuers, kJwksKeysMax keys each.
// Invariants: (1) each issuer has one allowed algorithm, set by the operator and compared before
// any
//             key is touched. (2) nothing of the payload is used before the signature is verified,
//             except `iss`, and that only to pick the issuer. (3) keys named or carried by the
//             token itself (jku, jwk, x5u, x5c) are never used; `crit` is refused.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "auth/algorithm.hpp"
#include "auth/identity.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace confab::auth {

// An issuer whose tokens are accepted. Exactly one source of keys is set.
struct IssuerOptions {
    std::string name;  // the operator's name for it: in logs and in /ready
    Algorithm algorithm = Algorithm::hs256;
    std::string issuer;    // `iss` must be exactly this
    std::string audience;  // `aud` must be or contain this
    std::chrono::seconds leeway{30};
    Secret secret;               // hs256: at least kTokenSecretBytesMin bytes
    std::string jwks_file;       // rs256, es256, eddsa: a JWK set (RFC 7517 section 5)
    std::string jwks_url;        // the same, fetched over http(s)
    std::string user_id_prefix;  // put before `sub`, so that issuers cannot collide
    bool own = false;
};

class TokenVerifier {
  public:
    // Reads JWKS files. Throws std::runtime_error that names the issuer and what is wrong with it:
    // a weak secret, an unreadable file, a key of the wrong type.
    TokenVerifier(std::vector<IssuerOptions> issuers, const Clock& clock);
    ~TokenVerifier();
    TokenVerifier(const TokenVerifier&) = delete;
    TokenVerifier& operator=(const TokenVerifier&) = delete;

    // Errors, all of kind unauthenticated: `token_malformed`, `token_untrusted` (issuer, algorithm,
    // audience, signature), `token_expired`, `token_not_yet_valid`, `token_claims`. One more of
    // kind unavailable, `token_key_unknown`: the issuer has a JWKS URL and this key is not (yet)
    // known; Error::field then holds the issuer's name, and a fetch may help.
    [[nodiscard]] Result<Identity> verify(std::string_view token) const;

    // Replaces the keys of an issuer that has a JWKS URL. Errors: `jwks_invalid` (kind invalid);
    // the old keys stay.
    [[nodiscard]] Result<void> replace_keys(std::string_view issuer_name,
                                            std::string_view jwks_json);
    // Whether the issuer has at least one key.
    [[nodiscard]] bool has_keys(std::string_view issuer_name) const;
    [[nodiscard]] const std::vector<IssuerOptions>& issuers() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace confab::auth
