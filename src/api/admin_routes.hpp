// AdminRoutes: what moderators of the server may do to users over HTTP: end their connections, and
// give bots tokens.
// Thread: its loop.
// Owns:   nothing.
// Limits: kBotTokenTtlMin to kBotTokenTtlMax.
// Invariants: (1) who is no moderator of the server is refused, whatever he asks (`not_allowed`).
//             (2) a token made here is of a user id that no account has, and never a moderator's:
//             nobody gets more power, or keeps what he has longer, by making tokens. (3) what is
//             done is in the log, with who did it.
#pragma once

#include "api/authenticator.hpp"
#include "api/router.hpp"
#include "auth/token_signer.hpp"
#include "chat/hub.hpp"
#include "log/log.hpp"

namespace confab::api {

class AdminRoutes {
  public:
    AdminRoutes(Authenticator& authenticator, const auth::TokenSigner& signer, chat::Hub& hub,
                log::Logger& logger)
        : authenticator_(authenticator), signer_(signer), hub_(hub), logger_(logger) {}

    void add_to(Router& router);

  private:
    using Handler = net::HttpResponse (AdminRoutes::*)(const net::HttpRequest&,
                                                       const auth::Identity&);

    [[nodiscard]] net::HttpResponse disconnect(const net::HttpRequest& request,
                                               const auth::Identity& caller);
    [[nodiscard]] net::HttpResponse make_token(const net::HttpRequest& request,
                                               const auth::Identity& caller);

    Authenticator& authenticator_;
    const auth::TokenSigner& signer_;
    chat::Hub& hub_;
    log::Logger& logger_;
};

}  // namespace confab::api
