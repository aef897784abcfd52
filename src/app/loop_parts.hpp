// LoopParts: everything that lives on one event loop, wired together.
// Thread: built and destroyed on the main thread while the loop does not run; used by its loop.
// Owns:   the loop, its side of the chat, its routes and its listeners.
// Limits: those of the parts.
// Invariant: the parts are declared in the order of use: what is declared later refers to what was
//            declared before and ends first.
#pragma once

#include <memory>
#include <optional>

#include "api/auth_routes.hpp"
#include "api/authenticator.hpp"
#include "api/http_api.hpp"
#include "api/protocol_v1.hpp"
#include "api/system_routes.hpp"
#include "api/ws_gateway.hpp"
#include "bus/local_bus.hpp"
#include "chat/fanout.hpp"
#include "chat/hub.hpp"
#include "chat/sequencer.hpp"
#include "net/listener.hpp"
#include "net/loop.hpp"

namespace confab::app {

// What all loops share; outlives them.
struct Shared {
    const Clock& clock;
    log::Logger& logger;
    metrics::Metrics& metrics;
    const auth::TokenVerifier& verifier;
    auth::JwksFetcher& fetcher;
    const auth::Revocations& revocations;
    auth::AccountService& accounts;
    api::AuthRoutes::Workers workers;
    bus::LoopPost& loops;
    const bus::Endpoints& endpoints;
    net::ConnectionCap& cap;
    net::ConnectionCap& refused;
    api::SystemRoutes::Readiness readiness;
    net::HttpOptions http;
    net::WsOptions ws;
    chat::Sequencer::Options sequencer;
    api::WsGateway::Options gateway;
    bool metrics_on_main = true;
    std::chrono::milliseconds notice_merge_interval{0};
};

class LoopParts {
  public:
    LoopParts(LoopIndex index, const Shared& shared);
    LoopParts(const LoopParts&) = delete;
    LoopParts& operator=(const LoopParts&) = delete;

    // Opens the port that all loops share.
    void listen(const boost::asio::ip::tcp::endpoint& endpoint);
    // Opens a port for /metrics, /health and /ready alone.
    void listen_for_metrics(const boost::asio::ip::tcp::endpoint& endpoint);

    // On the loop's thread, or before it runs.
    void start();
    // Accepts nothing more, lets every session finish. On the loop's thread.
    void drain();

    // Ends the loop, whatever is under way. On the loop's thread.
    void stop();

    [[nodiscard]] bus::Endpoint endpoint() { return {&sequencer_, &fanout_}; }
    [[nodiscard]] net::Loop& loop() { return loop_; }

  private:
    const Shared& shared_;
    net::Loop loop_;
    const api::V1Encoder encoder_;
    chat::Fanout fanout_;
    bus::LocalBus bus_;
    chat::Sequencer sequencer_;
    chat::Hub hub_;
    api::Authenticator authenticator_;
    api::WsGateway gateway_;
    api::AuthRoutes auth_routes_;
    api::SystemRoutes system_routes_;
    api::HttpApi http_api_;
    net::ConnectionContext context_;
    net::Listener listener_;

    // Only where the metrics have a listener of their own.
    struct MetricsPort {
        MetricsPort(net::Loop& loop, const Shared& shared, api::SystemRoutes system_routes);
        api::SystemRoutes routes;
        api::HttpApi http_api;
        net::ConnectionContext context;
        net::Listener listener;
    };
    std::unique_ptr<MetricsPort> metrics_port_;
};

}  // namespace confab::app
