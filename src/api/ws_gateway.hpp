// WsGateway: GET /ws. Decides who gets a WebSocket, and which protocol it speaks.
// Thread: its loop.
// Owns:   nothing; each accepted connection gets a handler of its own.
// Limits: those of net and of the hub; connections and messages of one user.
// Invariants: (1) every refusal is an HTTP answer before any upgrade: 401 before everything else
//             that could be said, but for 403 to a page of a foreign origin. (2) a connection of
//             protocol v1 is in one room from its opening until it stops being open; one of v2 may
//             bring its token in its first frame, and never in the query.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "api/authenticator.hpp"
#include "api/chat_options.hpp"
#include "api/drain_plan.hpp"
#include "api/live_sessions.hpp"
#include "base/quota_table.hpp"
#include "chat/hub.hpp"
#include "net/handler.hpp"

namespace confab::api {

class WsGateway {
  public:
    using Options = ChatOptions;

    // `options` may change between two calls; `users` and `drain_plan` are shared by all loops.
    WsGateway(const Options& options, Authenticator& authenticator, chat::Hub& hub,
              QuotaTable& users, LiveSessions& sessions, DrainPlan& drain_plan, net::Loop& loop)
        : options_(options),
          authenticator_(authenticator),
          hub_(hub),
          users_(users),
          sessions_(sessions),
          drain_plan_(drain_plan),
          loop_(loop) {}

    void handle(net::HttpRequest request, net::Responder responder);

  private:
    void admit_v1(const net::HttpRequest& request, net::Responder& responder,
                  const auth::Identity& identity);
    void admit_v2(const net::HttpRequest& request, net::Responder& responder,
                  std::optional<auth::Identity> identity);
    // Whether this is no sound upgrade; then it has its answer.
    [[nodiscard]] bool refuses_upgrade(const net::HttpRequest& request, net::Responder& responder);

    [[nodiscard]] net::HttpResponse refuse_upgrade(const net::HttpRequest& request,
                                                   unsigned status);
    // Whether a page that may not asks; then it has its answer.
    [[nodiscard]] bool refuses_origin(const net::HttpRequest& request, net::Responder& responder);

    const Options& options_;
    Authenticator& authenticator_;
    chat::Hub& hub_;
    QuotaTable& users_;
    LiveSessions& sessions_;
    DrainPlan& drain_plan_;
    net::Loop& loop_;
};

}  // namespace confab::api
