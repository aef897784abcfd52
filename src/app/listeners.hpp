// Listeners: every socket that the server accepts on, as the settings name them.
// Thread: the main thread.
// Owns:   the sockets until the loops have them; the files of Unix sockets, which go with it.
// Limits: kListenersMax besides the main one and that of the metrics.
// Invariant: an address that cannot be listened on is an error at the start.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/certificates.hpp"
#include "app/loop_parts.hpp"
#include "config/options.hpp"
#include "net/listening_socket.hpp"

namespace confab::app {

class Listeners {
  public:
    explicit Listeners(log::Logger& logger) : logger_(logger) {}

    // Listens everywhere. Throws std::runtime_error with a text for the operator.
    void open(const config::Options& options, const Certificates& certificates, std::size_t loops);
    // Gives every loop its sockets.
    void share_out(const std::vector<std::unique_ptr<LoopParts>>& loops);

    // What running listeners take over of the settings and certificates.
    [[nodiscard]] static LoopParts::ListenerChanges changes(const config::Options& options,
                                                            const Certificates& certificates);

    // Where people can reach it: "http://127.0.0.1:8080".
    [[nodiscard]] const std::string& url() const { return all_.front().url; }
    // The same for the metrics; empty when they have no listener of their own.
    [[nodiscard]] const std::string& metrics_url() const { return metrics_url_; }
    // The others, one line for each: "listener NAME is ready at https://[::1]:8443".
    [[nodiscard]] std::vector<std::string> lines() const;

  private:
    struct Opened {
        std::string name;
        std::string url;
        net::ListeningSocket socket;
        net::ListenerOptions options;
        LoopParts::Serves serves;
        std::shared_ptr<const net::TlsContext> tls;
    };

    void add(const std::string& name, const ListenAddress& address, LoopParts::Serves serves,
             const config::ListenerSection& section, std::shared_ptr<const net::TlsContext> tls,
             std::size_t loops);

    log::Logger& logger_;
    bool insecure_ = false;    // the operator wants clear text on the network
    std::vector<Opened> all_;  // the main one first
    std::string metrics_url_;
};

}  // namespace confab::app
