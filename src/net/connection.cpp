#include "net/connection.hpp"

#include "net/refusal_metric.hpp"

namespace confab::net {
namespace {

// Where a proxy of the operator's own would be.
bool is_nearby(const PeerAddress& peer) {
    static const TrustedPeers nearby =
        TrustedPeers::parse(
            "127.0.0.0/8, ::1, 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, fc00::/7, unix")
            .value();
    return nearby.contains(peer);
}

}  // namespace

void count_refusal(ConnectionContext& context, Refusal why) {
    if (const auto id = refusal_metric(why)) context.loop.metrics().add(*id);
}

bool may_go_on(ConnectionContext& context, const Admission::Place& place) {
    if (place.slot) return true;
    count_refusal(context, place.refusal);
    const bool too_dear = context.tls && place.refusal != Refusal::connection_cap;
    return place.may_be_told() && !too_dear;
}

void note_bad_proxy_header(ConnectionContext& context, const PeerAddress& peer,
                           std::string_view reason) {
    context.loop.metrics().add(metrics::Id::proxy_header_errors);
    if (!context.bad_proxy_header.lets_through(context.loop.clock().steady_now())) return;
    context.logger.warn("proxy_header_refused", {{"peer", to_string(peer)}, {"reason", reason}});
}

void note_untrusted_proxy(ConnectionContext& context, const PeerAddress& peer) {
    if (!is_nearby(peer)) return;
    if (!context.untrusted_proxy.lets_through(context.loop.clock().steady_now())) return;
    context.logger.warn("untrusted_proxy",
                        {{"peer", to_string(peer)},
                         {"advice",
                          "it sends X-Forwarded-For, which is ignored: all its clients "
                          "count as one; if it is yours, name it in "
                          "net.trusted_proxies"}});
}

}  // namespace confab::net
