// TokenSigner: issues the server's own access tokens (HS256).
// Thread: sign() from any thread, concurrently.
// Owns:   the key.
// Limits: none; the caller bounds name and id.
// Invariant: every token has typ `at+jwt` and iss, aud, sub, name, sid, iat, exp, jti;
//            of a moderator also kRoleClaim.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/secret.hpp"

namespace confab::auth {

class TokenSigner {
  public:
    struct Options {
        Secret secret;
        std::string issuer = "confab";
        std::string audience = "confab";
        std::chrono::seconds ttl{3600};
    };

    TokenSigner(Options options, const Clock& clock);
    ~TokenSigner();
    TokenSigner(const TokenSigner&) = delete;
    TokenSigner& operator=(const TokenSigner&) = delete;

    // Whose token it is.
    struct Bearer {
        UserId user;
        std::string name;
        std::string session_id{};  // empty: of no session, it is good until it expires
        bool is_moderator = false;
    };

    // A compact JWS (RFC 7515 section 3.1), good for ttl() or for as long as is said.
    [[nodiscard]] Secret sign(const Bearer& bearer) const { return sign(bearer, ttl()); }
    [[nodiscard]] Secret sign(const Bearer& bearer, std::chrono::seconds ttl) const;
    [[nodiscard]] std::chrono::seconds ttl() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace confab::auth
