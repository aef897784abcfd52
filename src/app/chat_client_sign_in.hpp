// SignIn: keeps an access token at hand: logs in, refreshes, logs in again.
// Thread: the loop whose coroutines call it; one call of obtain() at a time.
// Owns:   e-mail, password and tokens, for as long as it lives.
// Limits: none of its own; what the server answers is bounded by the HTTP client.
// Invariants: (1) a refresh token is shown once: a new answer replaces it, a refusal drops it.
//             (2) no secret is part of an error.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <string>
#include <string_view>

#include "app/http_client.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace confab::app {

struct Credentials {
    std::string email;
    Secret password;
    Secret token;  // an access token from elsewhere; may be all there is
};

class SignIn {
  public:
    // Sends one JSON body to a path of the server.
    using Post =
        std::function<boost::asio::awaitable<Result<HttpAnswer>>(std::string path, Secret body)>;

    SignIn(Credentials credentials, Post post);

    // Makes sure that there is a token. Errors: worth_another_try() tells which are for good;
    // wrong credentials are `invalid_credentials`, a dead token without any is `token_expired`.
    [[nodiscard]] boost::asio::awaitable<Result<void>> obtain();

    // The server does not take the token any more.
    void token_refused() { token_ = Secret(); }

    [[nodiscard]] const Secret& token() const { return token_; }

  private:
    [[nodiscard]] boost::asio::awaitable<Result<void>> ask(std::string path, Secret body);

    std::string email_;
    Secret password_;
    Secret token_;
    Secret refresh_token_;
    Post post_;
};

// True for an error that may go away by itself: the network, a busy or stopping server.
[[nodiscard]] bool worth_another_try(const Error& error);

// What an answer other than 2xx says, in a form to show: the problem document's `code` where it is
// one that this client acts on, its `detail` made harmless, the wait that the server asks for.
[[nodiscard]] Error error_of_answer(const HttpAnswer& answer);

}  // namespace confab::app
