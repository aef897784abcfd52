// TokenSigner: issues the server's own access tokens (HS256).
// Thread: sign() from any thread, concurrently.
// Owns:   the key.
// Limits: none; the caller bounds name and id.
// Invariant: every token has typ `at+jwt` and iss, aud, sub, name, sid, iat, exp, jti.
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

    // A compact JWS (RFC 7515 section 3.1).
    [[nodiscard]] Secret sign(const UserId& user, const std::string& name,
                              const std::string& session_id) const;
    [[nodiscard]] std::chrono::seconds ttl() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace confab::auth
