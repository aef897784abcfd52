#include "api/authenticator.hpp"

#include <memory>
#include <utility>

#include "api/problem.hpp"
#include "base/ascii.hpp"

namespace confab::api {
namespace {

constexpr std::string_view kScheme = "Bearer ";

std::string bearer_token(const net::HttpRequest& request) {
    const std::string_view value = request.header("Authorization");
    if (value.size() <= kScheme.size()) return {};
    const std::string_view scheme = value.substr(0, kScheme.size());
    if (!equal_ignoring_case(scheme, kScheme)) return {};
    return std::string(value.substr(kScheme.size()));
}

}  // namespace

void Authenticator::by_header(const net::HttpRequest& request, Ended ended, Done done) {
    verify(bearer_token(request), ended, std::move(done));
}

void Authenticator::by_query_or_header(const net::HttpRequest& request, Done done) {
    auto token = net::query_value(request.query(), "token");
    verify(token ? std::move(*token) : bearer_token(request), Ended::refused, std::move(done));
}

void Authenticator::by_token(std::string token, Done done) {
    verify(std::move(token), Ended::refused, std::move(done));
}

void Authenticator::require(
    net::HttpRequest request, net::Responder responder, Ended ended,
    std::function<void(const net::HttpRequest&, net::Responder, const auth::Identity&)> then) {
    struct Waiting {
        net::HttpRequest request;
        net::Responder responder;
    };
    // Shared, because a callback can be copied.
    auto waiting = std::make_shared<Waiting>(Waiting{std::move(request), std::move(responder)});
    by_header(
        waiting->request, ended,
        [waiting, then = std::move(then)](Result<auth::Identity> identity) {
            if (!identity) {
                return waiting->responder.respond(problem(identity.error(), waiting->request.id));
            }
            then(waiting->request, std::move(waiting->responder), *identity);
        });
}

void Authenticator::verify(std::string token, Ended ended, Done done) {
    if (token.empty()) {
        return give(Error(ErrorKind::unauthenticated, "token_missing", "a bearer token is needed"),
                    ended, done);
    }
    auto result = verifier_.verify(token);
    if (result || result.error().code != "token_key_unknown")
        return give(std::move(result), ended, done);

    // The issuer may have new keys: ask once, then decide.
    const std::string issuer = result.error().field;
    fetcher_.request_refresh(
        issuer, [this, token = std::move(token), ended, done = std::move(done)]() mutable {
            loop_.post([this, token = std::move(token), ended, done = std::move(done)] {
                auto again = verifier_.verify(token);
                // Without any key nobody can tell: the answer stays "not available", try again.
                if (!again && again.error().code == "token_key_unknown" &&
                    verifier_.has_keys(again.error().field)) {
                    again = Error(ErrorKind::unauthenticated, "token_untrusted",
                                  "the token is not signed by a known key");
                }
                give(std::move(again), ended, done);
            });
        });
}

void Authenticator::give(Result<auth::Identity> result, Ended ended, const Done& done) {
    if (result && ended == Ended::refused && result->own &&
        revocations_.is_revoked(result->session_id)) {
        result = Error(ErrorKind::unauthenticated, "session_revoked", "this session has ended");
    }
    if (!result) loop_.metrics().add(metrics::Id::refused_token);
    done(std::move(result));
}

}  // namespace confab::api
