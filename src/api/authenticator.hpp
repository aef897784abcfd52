// Authenticator: finds the caller's token and turns it into an identity; the one way in, for HTTP
// and WebSocket alike.
// Thread: its loop; `done` is called on that loop, at once unless keys have to be fetched first.
// Owns:   nothing.
// Limits: those of the verifier and of the key fetcher (waiters, time).
// Invariants: (1) whatever goes wrong, the answer is an error: nobody gets in by accident. (2) an
//             own token whose session is known to have ended is refused, but for Ended::accepted.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "auth/identity.hpp"
#include "auth/jwks_fetcher.hpp"
#include "auth/revocations.hpp"
#include "auth/token_verifier.hpp"
#include "base/result.hpp"
#include "chat/event.hpp"
#include "net/handler.hpp"
#include "net/http.hpp"
#include "net/loop.hpp"

namespace confab::api {

// The caller as a user of rooms.
[[nodiscard]] inline std::shared_ptr<const chat::User> user_of(const auth::Identity& caller) {
    return std::make_shared<const chat::User>(
        chat::User{caller.user, caller.name, caller.is_moderator});
}

class Authenticator {
  public:
    using Done = std::function<void(Result<auth::Identity>)>;

    // What to do with the token of a session that has ended: log-out alone takes it, so that
    // logging out twice is no error.
    enum class Ended { refused, accepted };

    Authenticator(const auth::TokenVerifier& verifier, auth::JwksFetcher& fetcher,
                  const auth::Revocations& revocations, net::Loop& loop)
        : verifier_(verifier), fetcher_(fetcher), revocations_(revocations), loop_(loop) {}

    // The bearer token of the Authorization header (RFC 6750 section 2.1). Errors: those of
    // TokenVerifier, `token_missing`, `session_revoked` (unauthenticated).
    void by_header(const net::HttpRequest& request, Ended ended, Done done);
    // The same, but a `token` in the query comes first: what protocol v1 asks for.
    void by_query_or_header(const net::HttpRequest& request, Done done);
    // The same as by_header(), and answers who is not known. `request` lives during the call.
    void require(net::HttpRequest request, net::Responder responder, Ended ended,
                 std::function<void(const net::HttpRequest& request, net::Responder responder,
                                    const auth::Identity& caller)>
                     then);
    // A token that came in another way.
    void by_token(std::string token, Done done);

  private:
    void verify(std::string token, Ended ended, Done done);
    void give(Result<auth::Identity> result, Ended ended, const Done& done);

    const auth::TokenVerifier& verifier_;
    auth::JwksFetcher& fetcher_;
    const auth::Revocations& revocations_;
    net::Loop& loop_;
};

}  // namespace confab::api
