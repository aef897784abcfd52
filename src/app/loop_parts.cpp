#include "app/loop_parts.hpp"

#include "api/docs_routes.hpp"

namespace confab::app {

LoopParts::LoopParts(LoopIndex index, const Shared& shared)
    : shared_(shared),
      settings_(shared.settings),
      loop_(index, shared.clock, shared.metrics.loop(index), shared.want_io_uring),
      feed_budget_(settings_.feed, loop_.metrics()),
      fanout_(feed_budget_, loop_.metrics()),
      bus_(index, shared.endpoints, shared.loops),
      sequencer_(shared.sequencer, bus_, encoder_, shared.room_logs.side(index), shared.clock,
                 loop_.metrics()),
      hub_(index, fanout_, bus_, shared.room_logs.room_list(index), shared.sequencer.loops),
      authenticator_(shared.verifier, shared.fetcher, shared.revocations, loop_),
      live_sessions_(shared.revocations),
      gateway_(settings_.gateway, authenticator_, hub_, shared.users, live_sessions_,
               shared.drain_plan, loop_),
      auth_routes_(shared.accounts, shared.workers, authenticator_, loop_.metrics()),
      room_calls_(settings_.gateway, authenticator_, hub_, shared.users, loop_),
      message_routes_(room_calls_),
      room_routes_(room_calls_),
      admin_routes_(authenticator_, shared.signer, hub_, shared.logger),
      system_routes_({.metrics_for_everybody = false, .metrics_at_all = shared.metrics_on_main},
                     shared.metrics, shared.readiness),
      http_api_(shared.logger) {
    api::Router& router = http_api_.router();
    auth_routes_.add_to(router);
    message_routes_.add_to(router);
    room_routes_.add_to(router);
    admin_routes_.add_to(router);
    system_routes_.add_to(router);
    api::DocsRoutes::add_to(router);
    router.add("GET", "/ws", [this](net::HttpRequest request, net::Responder responder) {
        gateway_.handle(std::move(request), std::move(responder));
    });
    loop_.every(kRevocationCheckInterval, [this] { live_sessions_.check(); });
    loop_.every(shared.notice_merge_interval, [this] { sequencer_.flush_notices(); });
}

LoopParts::MetricsAlone::MetricsAlone(const Shared& shared)
    : routes({.metrics_for_everybody = true, .metrics_at_all = true}, shared.metrics,
             shared.readiness),
      http_api(shared.logger) {
    routes.add_to(http_api.router());
}

void LoopParts::listen(const std::string& name, Serves serves, FileDescriptor socket,
                       net::ListenerOptions options, std::shared_ptr<const net::TlsContext> tls) {
    if (serves == Serves::metrics_alone && !metrics_alone_) {
        metrics_alone_ = std::make_unique<MetricsAlone>(shared_);
    }
    const bool alone = serves == Serves::metrics_alone;
    api::HttpApi& handler = alone ? metrics_alone_->http_api : http_api_;
    net::Admission& admission = alone ? shared_.metrics_admission : shared_.admission;
    // The listener refers to the context beside it: built where they stay.
    entries_.push_back(
        std::make_unique<Entry>(name, serves,
                                net::ConnectionContext{loop_, handler, settings_.net, admission,
                                                       shared_.logger, options, std::move(tls)},
                                std::move(socket)));
}

void LoopParts::apply(const LoopSettings& settings, const ListenerChanges& changes) {
    settings_ = settings;
    feed_budget_.set_limits(settings.feed);
    for (const auto& entry : entries_) {
        const auto found = changes.find(entry->name);
        if (found == changes.end()) continue;
        net::ConnectionContext& context = entry->context;
        context.listener.deflate = found->second.deflate;
        // Whether there is TLS at all was decided when it began to listen.
        if (context.tls && found->second.tls) context.tls = found->second.tls;
    }
}

void LoopParts::start() {
    for (const auto& entry : entries_)
        entry->listener.start();
    if (!shared_.want_io_uring) return;
    // Its thread makes the ring before it comes to this task.
    loop_.post([this] {
        const net::Transmitter& transmitter = loop_.sender().transmitter();
        if (transmitter.counter() == metrics::Id::sends_io_uring) return;
        shared_.logger.warn("no_ring",
                            {{"loop", loop_.index()}, {"sending_through", transmitter.name()}});
    });
}

void LoopParts::stop() {
    for (const auto& entry : entries_)
        entry->listener.close();
    loop_.stop();
}

void LoopParts::give_up() {
    room_calls_.give_up();
    loop_.drop_tasks();
}

void LoopParts::drain() {
    for (const auto& entry : entries_) {
        // Whoever watches the end goes on seeing it.
        if (entry->serves == Serves::metrics_alone) continue;
        entry->context.draining = true;
        entry->listener.stop();
    }
    loop_.drain_sessions();
}

}  // namespace confab::app
