#include "app/listeners.hpp"

#include <stdexcept>
#include <utility>

#include "config/formats.hpp"

namespace confab::app {
namespace {

using Serves = LoopParts::Serves;

// Checked by config.
ListenAddress checked(const Result<ListenAddress>& address) {
    if (!address) throw std::runtime_error(address.error().detail);
    return *address;
}

std::string url_of(const ListenAddress& address, bool tls) {
    if (address.is_unix()) return address.to_string();
    const std::string scheme = tls ? "https://" : "http://";
    if (address.ip.is_unspecified()) return scheme + "localhost:" + std::to_string(address.port);
    return scheme + address.to_string();
}

// No section can have these names: a section's has no point.
constexpr const char* kMainName = "server.bind";
constexpr const char* kMetricsName = "metrics.bind";

}  // namespace

void Listeners::open(const config::Options& options, const Certificates& certificates,
                     std::size_t loops) {
    insecure_ = options.server.insecure_listen;
    config::ListenerSection main;
    main.deflate = options.server.deflate;
    add(kMainName, checked(ListenAddress::parse_ip(options.server.bind, options.server.port)),
        Serves::everything, main, nullptr, loops);
    for (const auto& [name, section] : options.listeners) {
        add(name, checked(ListenAddress::parse(section.address)), Serves::everything, section,
            certificates.of(name), loops);
    }
    if (options.metrics.port == 0) return;
    add(kMetricsName, checked(ListenAddress::parse_ip(options.metrics.bind, options.metrics.port)),
        Serves::metrics_alone, {}, nullptr, 1);
    metrics_url_ = all_.back().url;
}

void Listeners::add(const std::string& name, const ListenAddress& address, Serves serves,
                    const config::ListenerSection& section,
                    std::shared_ptr<const net::TlsContext> tls, std::size_t loops) {
    auto socket = net::ListeningSocket::open(
        address, {.share = loops > 1,
                  .socket_mode = config::parse_socket_mode(section.socket_mode).value()});
    if (!socket) throw std::runtime_error(socket.error().detail);
    if (insecure_ && !tls && !address.is_local() && serves == Serves::everything) {
        logger_.warn("listening_in_clear",
                     {{"address", address.to_string()},
                      {"advice", "use a listener with tls, or a TLS proxy, for a public address"}});
    }
    std::string url = url_of(socket->address(), tls != nullptr);
    all_.push_back({name,
                    std::move(url),
                    std::move(*socket),
                    {.deflate = section.deflate, .proxy_protocol = section.proxy_protocol},
                    serves,
                    std::move(tls)});
}

void Listeners::share_out(const std::vector<std::unique_ptr<LoopParts>>& loops) {
    for (Opened& opened : all_) {
        const std::size_t count = opened.serves == Serves::everything ? loops.size() : 1;
        for (std::size_t i = 1; i < count; ++i) {
            auto another = opened.socket.another();
            if (!another) throw std::runtime_error(another.error().detail);
            loops[i]->listen(opened.name, opened.serves, another->release(), opened.options,
                             opened.tls);
        }
        loops.front()->listen(opened.name, opened.serves, opened.socket.release(), opened.options,
                              opened.tls);
    }
}

LoopParts::ListenerChanges Listeners::changes(const config::Options& options,
                                              const Certificates& certificates) {
    LoopParts::ListenerChanges changes;
    changes[kMainName] = {.deflate = options.server.deflate, .tls = nullptr};
    for (const auto& [name, section] : options.listeners)
        changes[name] = {.deflate = section.deflate, .tls = certificates.of(name)};
    return changes;
}

std::vector<std::string> Listeners::lines() const {
    std::vector<std::string> lines;
    for (const Opened& opened : all_) {
        if (&opened == &all_.front() || opened.serves == Serves::metrics_alone) continue;
        lines.push_back("listener " + opened.name + " is ready at " + opened.url);
    }
    return lines;
}

}  // namespace confab::app
