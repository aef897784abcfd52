#include "api/admin_routes.hpp"

#include <algorithm>
#include <utility>

#include "api/connection_limits.hpp"
#include "api/json_body.hpp"
#include "api/message_text.hpp"
#include "api/problem.hpp"
#include "api/room_request.hpp"
#include "auth/text.hpp"
#include "base/ascii.hpp"
#include "base/json.hpp"

namespace confab::api {
namespace {

constexpr std::string_view kBotPrefix = "bot-";

bool is_bot_id(std::string_view id) {
    const auto is_good = [](char c) {
        return (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '_' || c == '-';
    };
    return id.starts_with(kBotPrefix) && id.size() > kBotPrefix.size() &&
           id.size() <= kUserIdBytesMax && std::all_of(id.begin(), id.end(), is_good);
}

std::string user_object(std::string_view user) {
    std::string out = R"({"user":)";
    append_json_string(out, user);
    out += '}';
    return out;
}

std::string token_object(const auth::TokenSigner::Bearer& bearer, const Secret& token,
                         std::chrono::seconds ttl) {
    std::string out = R"({"token":)";
    append_json_string(out, token.reveal());
    out += R"(,"expires_in":)" + std::to_string(ttl.count()) + R"(,"user":{"id":)";
    append_json_string(out, bearer.user.text());
    out += R"(,"name":)";
    append_json_string(out, bearer.name);
    out += "}}";
    return out;
}

}  // namespace

void AdminRoutes::add_to(Router& router) {
    const auto add = [&](std::string_view path, Handler handler) {
        router.add("POST", path, [this, handler](net::HttpRequest request, net::Responder answer) {
            authenticator_.require(
                std::move(request), std::move(answer), Authenticator::Ended::refused,
                [this, handler](const net::HttpRequest& asked, net::Responder responder,
                                const auth::Identity& caller) {
                    if (caller.is_moderator) {
                        return responder.respond((this->*handler)(asked, caller));
                    }
                    responder.respond(problem(Error(ErrorKind::forbidden, "not_allowed",
                                                    "only moderators of the server may do that"),
                                              asked.id));
                });
        });
    };
    add("/users/{user}/disconnect", &AdminRoutes::disconnect);
    add("/tokens", &AdminRoutes::make_token);
}

net::HttpResponse AdminRoutes::disconnect(const net::HttpRequest& request,
                                          const auth::Identity& caller) {
    const auto user = user_in(request, 0);
    if (!user) return problem(user.error(), request.id);
    hub_.disconnect_everywhere(*user);
    logger_.info("user_disconnected", {{"user", user->text()}, {"by", caller.user.text()}});
    return json_answer(202, user_object(user->text()));
}

net::HttpResponse AdminRoutes::make_token(const net::HttpRequest& request,
                                          const auth::Identity& caller) {
    JsonBody in(request);
    const std::string id = in.string("user");
    const std::string given_name = in.has("name") ? in.string("name") : id;
    const std::int64_t seconds =
        in.has("expires_in") ? in.integer("expires_in") : signer_.ttl().count();
    if (const auto wrong = in.finish()) return problem(*wrong, request.id);
    const auto refused = [&](std::string_view field, std::string detail) {
        return problem(bad_request(field, std::move(detail)), request.id);
    };
    if (!is_bot_id(id)) {
        return refused("user", "must be bot- and letters, digits, '.', '_' and '-', at most " +
                                   std::to_string(kUserIdBytesMax) + " bytes");
    }
    const auto name = auth::to_display_text(given_name, kUserNameCodePointsMax);
    if (!name) {
        return refused("name", "must have 1 to " + std::to_string(kUserNameCodePointsMax) +
                                   " characters, none of them invisible");
    }
    const std::chrono::seconds ttl(seconds);
    if (ttl < kBotTokenTtlMin || ttl > kBotTokenTtlMax) {
        return refused("expires_in", "must be from " + std::to_string(kBotTokenTtlMin.count()) +
                                         " to " + std::to_string(kBotTokenTtlMax.count()));
    }
    const auth::TokenSigner::Bearer bearer{.user = UserId(id), .name = *name};
    logger_.info("bot_token",
                 {{"user", id}, {"by", caller.user.text()}, {"expires_in", ttl.count()}});
    return json_answer(201, token_object(bearer, signer_.sign(bearer, ttl), ttl));
}

}  // namespace confab::api
