// Authenticator: finds the caller's token and turns it into an identity; the one way in, for HTTP
// and WebSocket alike.
// Thread: its loop; `done` is called on that loop, at once unless keys have to be fetched first.
// Owns:   nothing.
// Limits: those of the verifier and of the key fetcher (waiters, time).
// Invariant: whatever goes wrong, the answer is an error: nobody gets in by accident.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "auth/identity.hpp"
#include "auth/jwks_fetcher.hpp"
#include "auth/token_verifier.hpp"
#include "base/result.hpp"
#include "net/http.hpp"
#include "net/loop.hpp"

namespace confab::api {

class Authenticator {
  public:
    using Done = std::function<void(Result<auth::Identity>)>;

    Authenticator(const auth::TokenVerifier& verifier, auth::JwksFetcher& fetcher, net::Loop& loop)
        : verifier_(verifier), fetcher_(fetcher), loop_(loop) {}

    // The bearer token of the Authorization header (RFC 6750 section 2.1). Errors: those of
    // TokenVerifier, `token_missing`.
    void by_header(const net::HttpRequest& request, Done done);
    // The same, but a `token` in the query comes first: what protocol v1 asks for.
    void by_query_or_header(const net::HttpRequest& request, Done done);

  private:
    void verify(std::string token, Done done);
    void give(Result<auth::Identity> result, const Done& done);

    const auth::TokenVerifier& verifier_;
    auth::JwksFetcher& fetcher_;
    net::Loop& loop_;
};

}  // namespace confab::api
