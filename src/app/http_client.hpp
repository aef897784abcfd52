// A small HTTP client: one POST with a JSON body on a connection of its own.
// Thread: the loop whose coroutine calls it.
// Owns:   its connection, for the length of the call.
// Limits: kChatNetworkTimeout for each step, kChatAnswerBytesMax for the answer's body.
// Invariant: the request's body is not copied and not logged: it may hold a password.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <string>

#include "app/chat_client_url.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace confab::app {

struct HttpAnswer {
    unsigned status = 0;
    std::string body;
    std::chrono::seconds retry_after{0};  // RFC 9110 section 10.2.3, the form in seconds only
};

// `path` begins with '/' and follows the URL's own. Any status is an answer, not an error.
// Errors: `unreachable` (unavailable), `tls_untrusted` (forbidden).
[[nodiscard]] boost::asio::awaitable<Result<HttpAnswer>> http_post_json(ServerUrl url,
                                                                        std::string path,
                                                                        Secret body);

// The seconds of a Retry-After field, at most kChatRetryAfterMax; 0 for what is not a number.
[[nodiscard]] std::chrono::seconds parse_retry_after(std::string_view field);

}  // namespace confab::app
