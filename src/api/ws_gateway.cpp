#include "api/ws_gateway.hpp"

#include <optional>
#include <utility>

#include "api/problem.hpp"
#include "ws/handshake.hpp"

namespace confab::api {

using metrics::Id;

namespace {

// One connection that speaks protocol v1.
class V1Connection final : public net::WsHandler, private chat::MemberSink {
  public:
    V1Connection(chat::Hub& hub, RoomName room, const auth::Identity& identity,
                 bool close_on_token_expiry)
        : hub_(hub),
          room_(std::move(room)),
          user_(std::make_shared<const chat::User>(chat::User{identity.user, identity.name})),
          expires_at_(close_on_token_expiry ? identity.expires_at : WallTime::max()) {}

    void on_open(net::WsConnection& connection) override {
        connection_ = &connection;
        if (expires_at_ != WallTime::max()) {
            connection.close_at(expires_at_, ws::CloseCode::token_expired, "token expired");
        }
        membership_.emplace(hub_, std::move(room_), user_, static_cast<chat::MemberSink&>(*this));
    }

    void on_text(std::string_view payload) override {
        if (payload.empty()) return;  // nothing was said
        if (!membership_->publish(payload)) {
            connection_->close(ws::CloseCode::try_again_later, "overloaded");
        }
    }

    void on_binary(std::string_view) override {
        connection_->close(ws::CloseCode::unsupported_data, "text only");
    }

    bool wants_input() const override { return !membership_->is_busy(); }

    void on_closed() override { membership_.reset(); }

  private:
    void deliver(const SharedBytes& frame) override { connection_->send(frame); }
    void evict() override { connection_->close(ws::CloseCode::too_slow, "messages were lost"); }

    chat::Hub& hub_;
    RoomName room_;  // until the membership takes it
    const std::shared_ptr<const chat::User> user_;
    const WallTime expires_at_;
    net::WsConnection* connection_ = nullptr;
    std::optional<chat::Hub::Membership> membership_;
};

}  // namespace

void WsGateway::handle(net::HttpRequest request, net::Responder responder) {
    struct Waiting {
        net::HttpRequest request;
        net::Responder responder;
    };
    // Shared because the verifier may have to come back later, through a copyable callback.
    auto waiting = std::make_shared<Waiting>(Waiting{std::move(request), std::move(responder)});
    authenticator_.by_query_or_header(
        waiting->request, [this, waiting](Result<auth::Identity> identity) {
            if (!identity) {
                return waiting->responder.respond(problem(identity.error(), waiting->request.id));
            }
            admit(waiting->request, waiting->responder, *identity);
        });
}

void WsGateway::admit(const net::HttpRequest& request, net::Responder& responder,
                      const auth::Identity& identity) {
    const auto name = net::query_value(request.query(), "room");
    auto room = RoomName::parse(name ? *name : options_.default_room);
    if (!room) {
        metrics_.add(Id::refused_room_name);
        return responder.respond(
            problem(400,
                    Error(ErrorKind::invalid, "bad_room_name",
                          "a room is 1 to 64 letters, digits, '.', '_' or '-'", "room"),
                    request.id));
    }
    const unsigned refusal = request.upgrade_refusal();
    const bool offer_is_sound =
        !request.has_header("Sec-WebSocket-Protocol") ||
        ws::parse_subprotocols(request.header("Sec-WebSocket-Protocol")).has_value();
    if (refusal != 0 || !offer_is_sound) {
        metrics_.add(Id::refused_upgrade);
        const unsigned status = refusal != 0 ? refusal : 400;
        const Error error = status == 426 ? Error(ErrorKind::invalid, "upgrade_required",
                                                  "connect with a WebSocket client, version 13")
                                          : Error(ErrorKind::invalid, "bad_request",
                                                  "this is not a WebSocket handshake by RFC 6455");
        auto response = problem(status, error, request.id);
        if (status == 426) {
            response.headers.emplace_back("Upgrade", "websocket");
            response.headers.emplace_back("Connection", "Upgrade");  // RFC 9110 section 7.8
            response.headers.emplace_back("Sec-WebSocket-Version", "13");
        }
        return responder.respond(std::move(response));
    }
    responder.upgrade(std::make_unique<V1Connection>(hub_, std::move(*room), identity,
                                                     options_.close_on_token_expiry),
                      {});
}

}  // namespace confab::api
