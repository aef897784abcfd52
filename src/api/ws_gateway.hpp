// WsGateway: GET /ws. Decides who gets a WebSocket and joins it to its room.
// Thread: its loop.
// Owns:   nothing; each accepted connection gets a handler of its own.
// Limits: those of net and of the hub.
// Invariants: (1) every refusal is an HTTP answer before any upgrade: 401 before everything else
//             that could be said. (2) a connection is a member of exactly one room from its opening
//             to the turn in which it stops being open.
#pragma once

#include <memory>
#include <string>

#include "api/authenticator.hpp"
#include "chat/hub.hpp"
#include "net/handler.hpp"

namespace confab::api {

class WsGateway {
  public:
    struct Options {
        std::string default_room = "general";
        bool close_on_token_expiry = true;
    };

    WsGateway(Options options, Authenticator& authenticator, chat::Hub& hub,
              metrics::Shard& metrics)
        : options_(std::move(options)),
          authenticator_(authenticator),
          hub_(hub),
          metrics_(metrics) {}

    void handle(net::HttpRequest request, net::Responder responder);

  private:
    void admit(const net::HttpRequest& request, net::Responder& responder,
               const auth::Identity& identity);

    const Options options_;
    Authenticator& authenticator_;
    chat::Hub& hub_;
    metrics::Shard& metrics_;
};

}  // namespace confab::api
