#include "app/loop_parts.hpp"

#include "api/docs_routes.hpp"

namespace confab::app {

LoopParts::LoopParts(LoopIndex index, const Shared& shared)
    : shared_(shared),
      loop_(index, shared.clock, shared.metrics.loop(index)),
      fanout_(loop_.metrics()),
      bus_(index, shared.endpoints, shared.loops),
      sequencer_(shared.sequencer, bus_, encoder_, shared.clock, loop_.metrics()),
      hub_(fanout_, bus_, shared.sequencer.loops),
      authenticator_(shared.verifier, shared.fetcher, shared.revocations, loop_),
      gateway_(shared.gateway, authenticator_, hub_, loop_.metrics()),
      auth_routes_(shared.accounts, shared.workers, authenticator_, loop_.metrics()),
      system_routes_({.metrics_for_everybody = false, .metrics_at_all = shared.metrics_on_main},
                     shared.metrics, shared.readiness),
      http_api_(shared.logger),
      context_{loop_, http_api_, shared.http, shared.ws},
      listener_(context_, shared.cap, shared.refused, shared.logger) {
    api::Router& router = http_api_.router();
    auth_routes_.add_to(router);
    system_routes_.add_to(router);
    api::DocsRoutes::add_to(router);
    router.add("GET", "/ws", [this](net::HttpRequest request, net::Responder responder) {
        gateway_.handle(std::move(request), std::move(responder));
    });
    loop_.every(shared.notice_merge_interval, [this] { sequencer_.flush_notices(); });
}

void LoopParts::listen(const boost::asio::ip::tcp::endpoint& endpoint) {
    listener_.open(endpoint, true);
}

void LoopParts::listen_for_metrics(const boost::asio::ip::tcp::endpoint& endpoint) {
    api::SystemRoutes routes({.metrics_for_everybody = true, .metrics_at_all = true},
                             shared_.metrics, shared_.readiness);
    metrics_port_ = std::make_unique<MetricsPort>(loop_, shared_, std::move(routes));
    metrics_port_->listener.open(endpoint, false);
}

LoopParts::MetricsPort::MetricsPort(net::Loop& loop, const Shared& shared,
                                    api::SystemRoutes system_routes)
    : routes(std::move(system_routes)),
      http_api(shared.logger),
      context{loop, http_api, shared.http, shared.ws},
      listener(context, shared.cap, shared.refused, shared.logger) {
    routes.add_to(http_api.router());
}

void LoopParts::start() {
    listener_.start();
    if (metrics_port_) metrics_port_->listener.start();
}

void LoopParts::stop() {
    listener_.close();
    if (metrics_port_) metrics_port_->listener.close();
    loop_.stop();
}

void LoopParts::drain() {
    context_.draining = true;
    listener_.stop();
    if (metrics_port_) {
        metrics_port_->context.draining = true;
        metrics_port_->listener.stop();
    }
    loop_.drain_sessions();
}

}  // namespace confab::app
