#include "app/chat_client_sign_in.hpp"

#include <boost/json/object.hpp>
#include <utility>

#include "app/terminal_text.hpp"
#include "base/json.hpp"

namespace confab::app {
namespace {

namespace json = boost::json;
using boost::asio::awaitable;

// The text of a string member; empty when there is none.
std::string_view text_of(const json::object& object, json::string_view name) {
    const json::value* value = object.if_contains(name);
    if (value == nullptr || !value->is_string()) return {};
    return {value->get_string().data(), value->get_string().size()};
}

// {"<name>": "<value>", ...}. The room is reserved first: no half-grown copy stays in memory.
Secret json_body(std::initializer_list<std::pair<std::string_view, std::string_view>> members) {
    std::size_t size = 2;
    for (const auto& [name, value] : members)
        size += name.size() + 6 * value.size() + 6;
    std::string out;
    out.reserve(size);
    for (const auto& [name, value] : members) {
        out += out.empty() ? '{' : ',';
        append_json_string(out, name);
        out += ':';
        append_json_string(out, value);
    }
    out += '}';
    return Secret(std::move(out));
}

ErrorKind kind_of(unsigned status) {
    switch (status) {
        case 401:
            return ErrorKind::unauthenticated;
        case 403:
            return ErrorKind::forbidden;
        case 404:
            return ErrorKind::not_found;
        case 409:
            return ErrorKind::conflict;
        case 408:
            return ErrorKind::unavailable;
        case 413:
            return ErrorKind::too_large;
        case 429:
            return ErrorKind::rate_limited;
        case 503:
            return ErrorKind::overloaded;
        default:
            return status >= 500 ? ErrorKind::unavailable : ErrorKind::invalid;
    }
}

// Error::code must live for ever, so only codes known here are passed on.
std::string_view known_code(std::string_view code) {
    for (const std::string_view known :
         {"invalid_credentials", "refresh_invalid", "rate_limited", "token_expired",
          "bad_room_name", "draining", "overloaded", "connection_cap", "invalid_field"}) {
        if (code == known) return known;
    }
    return "refused";
}

}  // namespace

bool worth_another_try(const Error& error) {
    return error.kind == ErrorKind::unavailable || error.kind == ErrorKind::overloaded ||
           error.kind == ErrorKind::rate_limited;
}

Error error_of_answer(const HttpAnswer& answer) {
    std::string detail = "the server answered " + std::to_string(answer.status);
    std::string_view code = "refused";
    if (const Result<json::value> body = parse_json(answer.body); body && body->is_object()) {
        const json::object& problem = body->get_object();
        code = known_code(text_of(problem, "code"));
        const std::string_view why = text_of(problem, "detail");
        if (!why.empty()) detail += ": " + harmless_line(why.substr(0, 200));
    }
    return Error(kind_of(answer.status), code, std::move(detail)).retry_in(answer.retry_after);
}

SignIn::SignIn(Credentials credentials, Post post)
    : email_(std::move(credentials.email)),
      password_(std::move(credentials.password)),
      token_(std::move(credentials.token)),
      post_(std::move(post)) {}

awaitable<Result<void>> SignIn::obtain() {
    if (!token_.empty()) co_return Result<void>{};
    if (!refresh_token_.empty()) {
        Secret body = json_body({{"refresh_token", refresh_token_.reveal()}});
        const Result<void> refreshed = co_await ask("/auth/refresh-token", std::move(body));
        if (refreshed || worth_another_try(refreshed.error())) co_return refreshed;
        refresh_token_ = Secret();
    }
    if (email_.empty()) {
        co_return Error(ErrorKind::unauthenticated, "token_expired",
                        "the server does not take the token, and there is no e-mail address and "
                        "password to get another");
    }
    Secret body = json_body({{"email", email_}, {"password", password_.reveal()}});
    co_return co_await ask("/auth/login", std::move(body));
}

awaitable<Result<void>> SignIn::ask(std::string path, Secret body) {
    const Result<HttpAnswer> answer = co_await post_(std::move(path), std::move(body));
    if (!answer) co_return answer.error();
    if (answer->status != 200) co_return error_of_answer(*answer);
    const Result<json::value> value = parse_json(answer->body);
    const json::object* object = value ? value->if_object() : nullptr;
    const std::string_view token = object == nullptr ? "" : text_of(*object, "token");
    if (token.empty() || token.find_first_of("\r\n \t") != std::string_view::npos) {
        co_return Error(ErrorKind::internal, "refused", "the server's answer holds no token");
    }
    token_ = Secret(std::string(token));
    refresh_token_ = Secret(std::string(text_of(*object, "refresh_token")));
    co_return Result<void>{};
}

}  // namespace confab::app
