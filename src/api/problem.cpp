#include "api/problem.hpp"

#include <algorithm>
#include <utility>

#include "base/json.hpp"

namespace confab::api {
namespace {

using namespace std::chrono_literals;

struct StatusLine {
    unsigned status;
    std::string_view title;
};

StatusLine status_of(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::malformed:
            return {400, "Malformed request"};
        case ErrorKind::unsupported:
            return {415, "Unsupported media type"};
        case ErrorKind::invalid:
            return {422, "The request cannot be accepted as it is"};
        case ErrorKind::unauthenticated:
            return {401, "Sign in first"};
        case ErrorKind::forbidden:
            return {403, "Not allowed"};
        case ErrorKind::not_found:
            return {404, "Not found"};
        case ErrorKind::conflict:
            return {409, "Already there"};
        case ErrorKind::too_large:
            return {413, "Too large"};
        case ErrorKind::rate_limited:
            return {429, "Too many tries"};
        case ErrorKind::overloaded:
            return {503, "Busy"};
        case ErrorKind::unavailable:
            return {503, "Not available"};
        case ErrorKind::internal:
            break;
    }
    return {500, "A fault of the server"};
}

std::string_view title_of(unsigned status, ErrorKind kind) {
    switch (status) {
        case 405:
            return "Method not allowed";
        case 408:
            return "The request took too long";
        case 414:
            return "Address too long";
        case 417:
            return "Expectation failed";
        case 426:
            return "Upgrade required";
        case 431:
            return "Header too large";
        case 505:
            return "HTTP version not supported";
        default:
            return status_of(kind).title;
    }
}

void member(std::string& out, std::string_view name, std::string_view value) {
    out += out.empty() ? '{' : ',';
    append_json_string(out, name);
    out += ':';
    append_json_string(out, value);
}

}  // namespace

net::HttpResponse json_answer(unsigned status, std::string json) {
    net::HttpResponse response;
    response.status = status;
    response.content_type = "application/json";
    response.body = std::move(json);
    response.headers = {{"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}};
    return response;
}

net::HttpResponse problem(unsigned status, const Error& error, std::string_view request_id) {
    std::string body;
    member(body, "type", "about:blank");
    member(body, "title", title_of(status, error.kind));
    body += ",\"status\":" + std::to_string(status);
    member(body, "code", error.code);
    if (!error.detail.empty()) member(body, "detail", error.detail);
    if (!error.field.empty()) member(body, "field", error.field);
    member(body, "request_id", request_id);
    body += '}';

    net::HttpResponse response = json_answer(status, std::move(body));
    response.content_type = "application/problem+json";
    if (status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
    if (status == 429 || status == 503) {
        const auto wait = std::max(error.retry_after, std::chrono::milliseconds(1s));
        response.headers.emplace_back(
            "Retry-After", std::to_string(std::chrono::ceil<std::chrono::seconds>(wait).count()));
    }
    return response;
}

net::HttpResponse problem(const Error& error, std::string_view request_id) {
    return problem(status_of(error.kind).status, error, request_id);
}

net::HttpResponse problem(net::Refusal refusal, std::string_view request_id) {
    const auto answer = [&](unsigned status, ErrorKind kind, std::string_view code,
                            const char* detail) {
        return problem(status, Error(kind, code, detail), request_id);
    };
    switch (refusal) {
        case net::Refusal::bad_request:
            return answer(400, ErrorKind::malformed, "bad_request",
                          "this is not an unambiguous HTTP/1.1 request");
        case net::Refusal::target_too_long:
            return answer(414, ErrorKind::too_large, "target_too_long",
                          "the address is longer than allowed");
        case net::Refusal::header_too_large:
            return answer(431, ErrorKind::too_large, "header_too_large",
                          "the header has too many bytes or fields");
        case net::Refusal::body_too_large:
            return answer(413, ErrorKind::too_large, "body_too_large",
                          "the body is longer than allowed");
        case net::Refusal::bad_expectation:
            return answer(417, ErrorKind::invalid, "bad_expectation",
                          "only 100-continue can be expected");
        case net::Refusal::request_timeout:
            return answer(408, ErrorKind::invalid, "request_timeout",
                          "the request did not arrive in time");
        case net::Refusal::version:
            return answer(505, ErrorKind::invalid, "http_version", "HTTP/1.1 is spoken here");
        case net::Refusal::connection_cap:
            return answer(503, ErrorKind::overloaded, "connection_cap",
                          "the server has as many connections as it may");
        case net::Refusal::connect_rate:
            return answer(503, ErrorKind::overloaded, "connect_rate",
                          "too many connections begin at this moment");
        case net::Refusal::address_cap:
            return answer(429, ErrorKind::rate_limited, "address_cap",
                          "your address has as many connections as it may");
        case net::Refusal::address_rate:
            return answer(429, ErrorKind::rate_limited, "address_rate",
                          "too many connections come from your address");
        case net::Refusal::bad_extensions:
            return answer(400, ErrorKind::malformed, "bad_request",
                          "Sec-WebSocket-Extensions cannot be read");
        case net::Refusal::draining:
            return answer(503, ErrorKind::unavailable, "draining", "the server is going away");
        case net::Refusal::no_answer:
            break;
    }
    return answer(500, ErrorKind::internal, "internal", "the server has no answer");
}

}  // namespace confab::api
