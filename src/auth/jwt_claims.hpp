// Claims: what a token must say before its bearer is let in (RFC 7519 section 4.1).
// Thread: any; no shared state.
// Owns:   nothing.
// Limits: kUserIdBytesMax, kUserNameCodePointsMax, kTokenTimeMax.
// Invariant: to be called only with the claims of a token whose signature is verified.
#pragma once

#include "auth/identity.hpp"
#include "auth/jwt_object.hpp"
#include "auth/token_verifier.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

namespace confab::auth {

// The identity that the claims give. Identity::expires_at includes the issuer's leeway: until then
// the token is accepted. Errors (kind unauthenticated): `token_claims`: one is missing or has the
// wrong form; `token_untrusted`: for another audience; `token_expired`; `token_not_yet_valid`.
[[nodiscard]] Result<Identity> check_claims(const JwtObject& claims, const IssuerOptions& issuer,
                                            WallTime now);

}  // namespace confab::auth
