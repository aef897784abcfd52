// JwksFetcher: keeps the keys of issuers that publish them at a URL up to date.
// Thread: all functions from any thread. Callbacks run on the fetcher's thread, or at once on the
//         caller's; they must not block or throw.
// Owns:   one thread (none when no issuer has a URL), its transfers and the callbacks that wait.
// Limits: kJwksWaitersMax callbacks wait, beyond that they are called at once; kJwksBytesMax and
//         kJwksFetchTimeout for a fetch; one fetch per issuer at a time; kJwksRefreshMin between
//         two that were asked for.
// Invariants: (1) every callback is called exactly once, at the latest when the fetcher ends.
//             (2) keys are only ever replaced by a good set; a failure keeps the old ones.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "auth/token_verifier.hpp"
#include "base/clock.hpp"
#include "log/log.hpp"
#include "metrics/metrics.hpp"

namespace confab::auth {

class JwksFetcher {
  public:
    struct IssuerStatus {
        std::string name;
        bool ready = false;
        std::string_view reason;  // why it is not ready; a string literal
    };

    // Starts to fetch at once. Everything given must outlive the fetcher. Throws
    // std::runtime_error when the thread or libcurl cannot be had.
    JwksFetcher(TokenVerifier& verifier, const Clock& clock, metrics::Shard& metrics,
                log::Logger& logger);
    // Gives a running fetch up.
    ~JwksFetcher();
    JwksFetcher(const JwksFetcher&) = delete;
    JwksFetcher& operator=(const JwksFetcher&) = delete;

    // Somebody met a key of this issuer that is not known: fetches its keys, then calls `done`,
    // whatever came of it. Called at once: when a fetch was asked for less than kJwksRefreshMin
    // ago, when too many wait, and for an issuer without a URL.
    void request_refresh(std::string issuer_name, std::function<void()> done);

    // One row for each issuer with a URL. An issuer is ready as soon as it has keys.
    [[nodiscard]] std::vector<IssuerStatus> status() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace confab::auth
