// Server: `confab serve`. Every part of the program is made here, in the order of use.
// Thread: the main thread; run() blocks it. Loops and workers have threads of their own.
// Owns:   everything.
// Limits: the operator's settings.
// Invariants: (1) the parts are declared in the order of use and end in the opposite one. (2) run()
//             returns only when no other thread of the server is left.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "app/loop_parts.hpp"
#include "app/stores.hpp"
#include "auth/jwks_fetcher.hpp"
#include "config/options.hpp"

namespace confab::app {

class Server final : private bus::LoopPost {
  public:
    // Opens the store and reads the keys. Throws std::exception with a text for the operator.
    Server(config::Options options, std::string version, log::Logger& logger);
    ~Server() override;

    // Opens the ports. Throws std::runtime_error that names the address.
    void listen();
    // Where people can reach it, for example "http://127.0.0.1:8080".
    [[nodiscard]] const std::string& url() const { return url_; }
    // The same for the metrics; empty when they have no listener of their own.
    [[nodiscard]] const std::string& metrics_url() const { return metrics_url_; }

    // Serves until SIGTERM or SIGINT. Returns the exit status: 0, or 70 when the store failed.
    [[nodiscard]] int run();

  private:
    enum class Stage { serving, draining, stopped };

    [[nodiscard]] bool try_post(LoopIndex to, std::function<void()> task) override;
    void post(LoopIndex to, std::function<void()> task) override;
    [[nodiscard]] bool is_busy() const override;

    [[nodiscard]] Shared shared();
    [[nodiscard]] std::vector<api::Dependency> readiness() const;
    void wait_for_signal();
    void drain();
    void watch_drain();
    void stop();
    void clean_up_families();
    void follow_revocations();

    const config::Options options_;
    log::Logger& logger_;
    const SystemClock clock_;
    const std::size_t loop_count_;
    const std::size_t descriptors_;
    metrics::Metrics metrics_;
    std::atomic<bool> store_failed_{false};
    std::atomic<Stage> stage_{Stage::serving};
    boost::asio::io_context main_;
    Stores stores_;
    const Secret secret_;
    auth::TokenVerifier verifier_;
    std::unique_ptr<auth::JwksFetcher> fetcher_;
    const auth::TokenSigner signer_;
    const auth::PasswordHasher hasher_;
    auth::LoginThrottle throttle_;
    auth::Revocations revocations_;
    auth::AccountService accounts_;
    WorkerPool hashing_pool_;
    WorkerPool account_pool_;
    net::ConnectionCap cap_;
    net::ConnectionCap refused_;
    bus::Endpoints endpoints_;
    const Shared shared_;
    std::vector<std::unique_ptr<LoopParts>> loops_;
    std::vector<std::thread> threads_;
    boost::asio::signal_set signals_;
    boost::asio::steady_timer drain_timer_;
    boost::asio::steady_timer clean_up_timer_;
    boost::asio::steady_timer revocations_timer_;
    SteadyTime drain_deadline_{};
    std::string url_;
    std::string metrics_url_;
};

}  // namespace confab::app
