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
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "app/certificates.hpp"
#include "app/listeners.hpp"
#include "app/log_upkeep.hpp"
#include "app/loop_parts.hpp"
#include "app/stores.hpp"
#include "auth/jwks_fetcher.hpp"
#include "config/options.hpp"

namespace confab::app {

class Server final : private chat::LoopPost {
  public:
    // Reads the settings anew, for SIGHUP.
    using LoadAgain = std::function<Result<config::Options>()>;

    // Opens the store and reads the keys. Throws std::exception with a text for the operator.
    Server(config::Options options, LoadAgain load_again, std::string version, log::Logger& logger);
    ~Server() override;

    // Listens. Throws std::runtime_error that names the address.
    void listen();
    [[nodiscard]] const Listeners& listeners() const { return listeners_; }

    // Serves until SIGTERM or SIGINT. Returns the exit status: 0, or 70 when the store failed.
    [[nodiscard]] int run();

  private:
    enum class Stage { serving, draining, stopped };

    [[nodiscard]] bool try_post(LoopIndex to, std::function<void()> task) override;
    void post(LoopIndex to, std::function<void()> task) override;
    [[nodiscard]] bool is_busy() const override;

    [[nodiscard]] Shared shared();
    [[nodiscard]] std::vector<api::Dependency> readiness() const;
    void read_metrics();
    void wait_for_signal();
    void wait_for_hang_up();
    void reload();
    [[nodiscard]] std::size_t set_connections_max();
    void drain();
    void watch_drain();
    void stop();
    void do_chores();
    void follow_revocations();

    config::Options options_;  // as they are now
    const LoadAgain load_again_;
    log::Logger& logger_;
    const SystemClock clock_;
    const std::size_t loop_count_;
    const std::size_t descriptors_;
    metrics::Metrics metrics_;
    std::atomic<bool> store_failed_{false};
    std::atomic<Stage> stage_{Stage::serving};
    boost::asio::io_context main_;
    Stores stores_;
    LogUpkeep log_upkeep_;
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
    net::Admission admission_;
    net::Admission metrics_admission_;  // of the metrics' own listener
    QuotaTable users_;
    api::DrainPlan drain_plan_;
    Certificates certificates_;
    Listeners listeners_;
    bus::Endpoints endpoints_;
    RoomLogs room_logs_;
    const Shared shared_;
    std::vector<std::unique_ptr<LoopParts>> loops_;
    std::vector<std::thread> threads_;
    boost::asio::signal_set signals_;
    boost::asio::signal_set hang_up_;
    boost::asio::steady_timer drain_timer_;
    boost::asio::steady_timer chores_timer_;
    boost::asio::steady_timer revocations_timer_;
    SteadyTime drain_deadline_{};
};

}  // namespace confab::app
