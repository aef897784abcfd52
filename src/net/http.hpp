// HTTP as the layers above see it: a request that was read whole, a response to be written.
// Thread: values; a request is read on its loop or handed to one worker at a time.
// Owns:   everything it shows; views into a request live as long as the request.
// Limits: the request has passed HttpLimits before anybody sees it.
// Invariant: a HttpRequest is well formed by RFC 9112; what is not never gets here.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/shared_bytes.hpp"

namespace confab::net {

// Why the HTTP layer itself turned a request down.
enum class Refusal : std::uint8_t {
    bad_request,       // 400: not HTTP, or ambiguous
    target_too_long,   // 414
    header_too_large,  // 431
    body_too_large,    // 413
    bad_expectation,   // 417
    request_timeout,   // 408
    version,           // 505
    connection_cap,    // 503
    connect_rate,      // 503
    address_cap,       // 429
    address_rate,      // 429
    bad_extensions,    // 400: Sec-WebSocket-Extensions is not by its grammar
    draining,          // 503
    no_answer,         // 500: the handler dropped the request
};

class HttpRequest {
  public:
    struct Message;  // Beast's request

    explicit HttpRequest(std::unique_ptr<Message> message);
    HttpRequest(HttpRequest&&) noexcept;
    HttpRequest& operator=(HttpRequest&&) noexcept;
    ~HttpRequest();

    [[nodiscard]] std::string_view method() const;
    [[nodiscard]] std::string_view path() const;   // percent-encoding as it came
    [[nodiscard]] std::string_view query() const;  // without the '?'
    [[nodiscard]] std::string_view body() const;
    // The value of the first field of that name (any case); empty when there is none.
    [[nodiscard]] std::string_view header(std::string_view name) const;
    [[nodiscard]] bool has_header(std::string_view name) const;
    // The values of all fields of that name, in their order.
    [[nodiscard]] std::vector<std::string_view> headers(std::string_view name) const;
    // The same as one list, joined with commas (RFC 9110 section 5.2).
    [[nodiscard]] std::string joined_header(std::string_view name) const;

    // 0: this is a proper WebSocket upgrade. Otherwise the status to refuse it with: 400 or 426.
    [[nodiscard]] unsigned upgrade_refusal() const;

    std::string id;                            // of this request, for logs and error answers
    std::string peer_address;                  // without the port
    std::vector<std::string> path_parameters;  // what stood for the braces of its route, decoded
    bool peer_is_loopback = false;
    int deflate_window_bits =
        0;  // of permessage-deflate, when an upgrade agrees on it; 0: does not

  private:
    std::unique_ptr<Message> message_;
};

struct HttpResponse {
    unsigned status = 200;
    std::string content_type;  // empty: no body
    std::string body;
    SharedBytes shared_body;  // instead of `body`: something large that does not change
    std::vector<std::pair<std::string, std::string>> headers;
    bool close = false;  // end the connection after it
};

// The moment as RFC 9110 section 5.6.7 writes it: "Sun, 06 Nov 1994 08:49:37 GMT".
[[nodiscard]] std::string http_date(WallTime time);

// A part of a path, decoded (RFC 3986 section 2.1). A malformed percent escape is taken literally.
[[nodiscard]] std::string percent_decoded(std::string_view text);

// The first value of that name in a query string (application/x-www-form-urlencoded), decoded;
// nothing when the name is missing. A malformed percent escape is taken literally.
[[nodiscard]] std::optional<std::string> query_value(std::string_view query, std::string_view name);

}  // namespace confab::net
