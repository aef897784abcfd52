#include "api/ws_gateway.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "api/message_text.hpp"
#include "api/problem.hpp"
#include "api/v1_connection.hpp"
#include "api/v2_connection.hpp"
#include "ws/handshake.hpp"

namespace confab::api {

using metrics::Id;

namespace {

constexpr std::string_view kV2Subprotocol = "confab.v2";

bool offers_v2(const net::HttpRequest& request) {
    if (!request.has_header("Sec-WebSocket-Protocol")) return false;
    const std::string field = request.joined_header("Sec-WebSocket-Protocol");
    const auto offered = ws::parse_subprotocols(field);
    return offered && std::find(offered->begin(), offered->end(), kV2Subprotocol) != offered->end();
}

// As v1_wire().
chat::Wire v2_wire(int deflate_window_bits) {
    return deflate_window_bits == 15 ? chat::Wire::v2_deflated : chat::Wire::v2;
}

}  // namespace

void WsGateway::handle(net::HttpRequest request, net::Responder responder) {
    if (refuses_origin(request, responder)) return;
    struct Waiting {
        net::HttpRequest request;
        net::Responder responder;
    };
    // Shared because the verifier may have to come back later, through a copyable callback.
    auto waiting = std::make_shared<Waiting>(Waiting{std::move(request), std::move(responder)});
    const bool is_v2 = offers_v2(waiting->request);
    const auto admit = [this, waiting, is_v2](const Result<auth::Identity>& identity) {
        if (!identity) {
            return waiting->responder.respond(problem(identity.error(), waiting->request.id));
        }
        is_v2 ? admit_v2(waiting->request, waiting->responder, *identity)
              : admit_v1(waiting->request, waiting->responder, *identity);
    };
    if (!is_v2) return authenticator_.by_query_or_header(waiting->request, admit);
    if (waiting->request.has_header("Authorization")) {
        return authenticator_.by_header(waiting->request, Authenticator::Ended::refused, admit);
    }
    admit_v2(waiting->request, waiting->responder, std::nullopt);
}

bool WsGateway::refuses_origin(const net::HttpRequest& request, net::Responder& responder) {
    if (options_.origins.allows(request.headers("Origin"), request.header("Host"))) return false;
    loop_.metrics().add(Id::refused_origin);
    responder.respond(problem(Error(ErrorKind::forbidden, "origin_not_allowed",
                                    "pages of this origin may not connect", "Origin"),
                              request.id));
    return true;
}

net::HttpResponse WsGateway::refuse_upgrade(const net::HttpRequest& request, unsigned status) {
    loop_.metrics().add(Id::refused_upgrade);
    const Error error = status == 426 ? Error(ErrorKind::invalid, "upgrade_required",
                                              "connect with a WebSocket client, version 13")
                                      : Error(ErrorKind::malformed, "bad_request",
                                              "this is not a WebSocket handshake by RFC 6455");
    auto response = problem(status, error, request.id);
    if (status == 426) {
        response.headers.emplace_back("Upgrade", "websocket");
        response.headers.emplace_back("Connection", "Upgrade");  // RFC 9110 section 7.8
        response.headers.emplace_back("Sec-WebSocket-Version", "13");
    }
    return response;
}

bool WsGateway::refuses_upgrade(const net::HttpRequest& request, net::Responder& responder) {
    const unsigned refusal = request.upgrade_refusal();
    const bool offer_is_sound =
        !request.has_header("Sec-WebSocket-Protocol") ||
        ws::parse_subprotocols(request.joined_header("Sec-WebSocket-Protocol")).has_value();
    if (refusal == 0 && offer_is_sound) return false;
    responder.respond(refuse_upgrade(request, refusal != 0 ? refusal : 400));
    return true;
}

void WsGateway::admit_v2(const net::HttpRequest& request, net::Responder& responder,
                         std::optional<auth::Identity> identity) {
    if (refuses_upgrade(request, responder)) return;
    const V2Connection::Context context{.options = options_,
                                        .authenticator = authenticator_,
                                        .users = users_,
                                        .sessions = sessions_,
                                        .drain_plan = drain_plan_,
                                        .hub = hub_,
                                        .loop = loop_};
    responder.upgrade(std::make_unique<V2Connection>(context, v2_wire(request.deflate_window_bits),
                                                     std::move(identity)),
                      std::string(kV2Subprotocol));
}

void WsGateway::admit_v1(const net::HttpRequest& request, net::Responder& responder,
                         const auth::Identity& identity) {
    const auto name = net::query_value(request.query(), "room");
    auto room = checked_room_name(name ? *name : options_.default_room, "room");
    if (!room) {
        loop_.metrics().add(Id::refused_room_name);
        Error error = room.error();
        error.kind = ErrorKind::malformed;  // it stands in the address of the handshake
        return responder.respond(problem(error, request.id));
    }
    if (refuses_upgrade(request, responder)) return;
    auto admission = users_.acquire(identity.user.shared(), options_.user);
    if (!admission.lease) {
        loop_.metrics().add(Id::refused_user_cap);
        return responder.respond(problem(user_cap(admission.retry_after), request.id));
    }
    responder.upgrade(
        std::make_unique<V1Connection>(
            hub_, std::move(*room), identity,
            options_.close_on_token_expiry ? identity.expires_at : WallTime::max(), sessions_,
            V1Connection::Terms{.wire = v1_wire(request.deflate_window_bits),
                                .user = std::move(*admission.lease),
                                .user_messages = options_.user_messages,
                                .clock = loop_.clock()}),
        {});
}

}  // namespace confab::api
