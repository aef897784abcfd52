// Certificates: what the TLS listeners show, and when that expires.
// Thread: the main thread; the contexts themselves are shared by all loops.
// Owns:   the contexts that are in use.
// Limits: kListenersMax.
// Invariants: (1) loading changes nothing: either all can be read, or the first that cannot is an
//             error. (2) the metric certificate_expiry is that of the contexts in use.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/options.hpp"
#include "log/log.hpp"
#include "metrics/metrics.hpp"
#include "net/tls_context.hpp"

namespace confab::app {

// By the name of the listener.
using TlsContexts = std::map<std::string, std::shared_ptr<const net::TlsContext>>;

class Certificates {
  public:
    Certificates(const Clock& clock, metrics::Shard& metrics, log::Logger& logger)
        : clock_(clock), metrics_(metrics), logger_(logger) {}

    // Reads those of all listeners with TLS. The text of an error names listener and file.
    [[nodiscard]] static Result<TlsContexts> load(const config::Options& options, WallTime now);

    // From now on these are in use: one line in the log for each, and what the operator should
    // know.
    void use(TlsContexts contexts);
    // Null: the listener has no TLS.
    [[nodiscard]] std::shared_ptr<const net::TlsContext> of(const std::string& listener) const;

    // Warns of those that expire soon, or have expired: once for each new text. To be called now
    // and then.
    void warn_of_expiry();

  private:
    const Clock& clock_;
    metrics::Shard& metrics_;
    log::Logger& logger_;
    TlsContexts contexts_;
    std::map<std::string, std::string> warned_;  // the last warning of expiry, by listener
};

}  // namespace confab::app
