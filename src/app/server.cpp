#include "app/server.hpp"

#include <pthread.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <csignal>
#include <stdexcept>
#include <utility>

#include "app/module_options.hpp"
#include "app/own_secret.hpp"
#include "app/process.hpp"
#include "net/transmitter.hpp"

namespace confab::app {

using namespace std::chrono_literals;

namespace {

constexpr int kExitStoreFailed = 70;  // EX_SOFTWARE of sysexits.h
constexpr auto kDrainCheckInterval = 50ms;

// Tried out here, so that the log says what the loops will use.
bool want_io_uring(const config::Options& options, log::Logger& logger) {
    std::string reason = "net.io_uring = off";
    const bool possible =
        options.net.io_uring == "auto" && net::make_io_uring_transmitter(reason) != nullptr;
    if (possible) {
        logger.info("sending_through", {{"way", "io_uring"}});
    } else {
        logger.info("sending_through", {{"way", "sendmsg"}, {"reason", reason}});
    }
    return possible;
}

}  // namespace

Server::Server(config::Options options, LoadAgain load_again, std::string version,
               log::Logger& logger)
    : options_(std::move(options)),
      load_again_(std::move(load_again)),
      logger_(logger),
      loop_count_(loop_count(options_)),
      descriptors_(raise_descriptor_limit()),
      metrics_(loop_count_, std::move(version)),
      main_(1),
      stores_(options_, Stores::Role::server, logger_,
              [this](std::string_view what) {
                  logger_.error("store_failed", {{"reason", what}});
                  store_failed_ = true;
                  boost::asio::post(main_, [this] { stop(); });
              }),
      log_upkeep_(stores_.database(), options_.data.dir, main_, clock_, metrics_.shared(), logger_),
      secret_(own_secret(options_,
                         options_.store.kind == "memory" ? SecretUse::read_only : SecretUse::keep)),
      verifier_(issuer_options(options_, secret_), clock_),
      fetcher_(std::make_unique<auth::JwksFetcher>(verifier_, clock_, metrics_.shared(), logger_)),
      signer_(signer_options(options_, secret_), clock_),
      hasher_(password_options(options_)),
      throttle_(throttle_options(options_), clock_),
      revocations_({.token_ttl = options_.auth.token_ttl}),
      accounts_(stores_.accounts(), stores_.families(), revocations_, hasher_, signer_, throttle_,
                clock_, derived_key(secret_, "refresh successor"), metrics_.shared(), logger_,
                account_options(options_)),
      hashing_pool_(hashing_pool_options(options_), clock_),
      account_pool_(account_pool_options(), clock_),
      admission_(clock_, connections_max(options_, descriptors_), kRefusedConnectionsMax),
      metrics_admission_(clock_, kMetricsConnectionsMax, 0),
      users_(clock_),
      certificates_(clock_, metrics_.shared(), logger_),
      listeners_(logger_),
      room_logs_(stores_.database(), *this, loop_count_, clock_, metrics_.shared()),
      shared_(shared()),
      signals_(main_),
      hang_up_(main_),
      drain_timer_(main_),
      chores_timer_(main_),
      revocations_timer_(main_) {
    read_metrics();
    if (!revocations_.catch_up(stores_.families(), clock_.wall_now())) {
        throw std::runtime_error("cannot read from the store which sessions have ended");
    }
    for (LoopIndex i = 0; i < loop_count_; ++i) {
        loops_.push_back(std::make_unique<LoopParts>(i, shared_));
        endpoints_.push_back(loops_.back()->endpoint());
    }
    wait_for_signal();  // from now on being asked to stop means a proper end
}

Server::~Server() = default;

void Server::read_metrics() {
    const auto read = [this](metrics::Id id, auto count) {
        metrics_.read_from(id, [count] { return static_cast<std::int64_t>(count()); });
    };
    read(metrics::Id::quota_evictions,
         [this] { return admission_.evictions() + users_.evictions(); });
    read(metrics::Id::throttle_evictions, [this] { return throttle_.evictions(); });
    read(metrics::Id::log_waiting, [this] { return room_logs_.waiting(); });
    read(metrics::Id::log_lines_dropped, [this] { return logger_.dropped(); });
}

Shared Server::shared() {
    return {.clock = clock_,
            .logger = logger_,
            .metrics = metrics_,
            .verifier = verifier_,
            .fetcher = *fetcher_,
            .signer = signer_,
            .revocations = revocations_,
            .accounts = accounts_,
            .workers = {hashing_pool_, account_pool_},
            .loops = *this,
            .endpoints = endpoints_,
            .room_logs = room_logs_,
            .admission = admission_,
            .metrics_admission = metrics_admission_,
            .users = users_,
            .drain_plan = drain_plan_,
            .readiness = [this] { return readiness(); },
            .settings = loop_settings(options_, loop_count_),
            .sequencer = sequencer_options(options_, loop_count_),
            .want_io_uring = want_io_uring(options_, logger_),
            .metrics_on_main = options_.metrics.port == 0,
            .notice_merge_interval = options_.chat.notice_merge_interval};
}

bool Server::try_post(LoopIndex to, std::function<void()> task) {
    return loops_[to]->loop().try_post(std::move(task));
}

void Server::post(LoopIndex to, std::function<void()> task) {
    loops_[to]->loop().post(std::move(task));
}

bool Server::is_busy() const {
    return room_logs_.is_busy() || std::any_of(loops_.begin(), loops_.end(), [](const auto& parts) {
               return parts->loop().waiting_tasks() > kMailboxBusyTasks;
           });
}

std::vector<api::Dependency> Server::readiness() const {
    std::vector<api::Dependency> list;
    list.push_back({"server", stage_ == Stage::serving, "draining"});
    list.push_back({"store", !store_failed_, "writing failed"});
    for (const auto& issuer : fetcher_->status()) {
        list.push_back({"issuer " + issuer.name, issuer.ready, std::string(issuer.reason)});
    }
    return list;
}

void Server::listen() {
    auto certificates = Certificates::load(options_, clock_.wall_now());
    if (!certificates) throw std::runtime_error(certificates.error().detail);
    certificates_.use(std::move(*certificates));
    listeners_.open(options_, certificates_, loop_count_);
    listeners_.share_out(loops_);
}

int Server::run() {
    do_chores();
    follow_revocations();
    log_upkeep_.start(retention_policy(options_));
    for (const auto& parts : loops_) {
        parts->start();
        threads_.emplace_back([&loop = parts->loop()] {
            pthread_setname_np(pthread_self(), ("loop-" + std::to_string(loop.index())).c_str());
            loop.run();
        });
    }
    const std::size_t connections_max = set_connections_max();
    logger_.info(
        "serving",
        {{"url", listeners_.url()}, {"loops", loop_count_}, {"connections_max", connections_max}});
    main_.run();

    // Signals are still caught and mean nothing more: who asks twice gets a proper end as well.
    for (const auto& parts : loops_) {
        parts->loop().post([parts = parts.get()] { parts->stop(); });
    }
    for (auto& thread : threads_) {
        thread.join();
    }
    // What these still answer goes to loops that have stopped, but not to loops that are gone.
    room_logs_.stop();
    log_upkeep_.stop();
    hashing_pool_.stop();
    account_pool_.stop();
    fetcher_.reset();
    for (const auto& parts : loops_)
        parts->give_up();
    hold_back_signals();
    logger_.info("stopped");
    return store_failed_ ? kExitStoreFailed : 0;
}

void Server::wait_for_signal() {
    hang_up_.add(SIGHUP);
    wait_for_hang_up();
    signals_.add(SIGTERM);
    signals_.add(SIGINT);
    signals_.async_wait([this](boost::system::error_code error, int number) {
        if (error) return;
        logger_.info("signal", {{"number", number}});
        if (stage_ != Stage::serving) return stop();
        drain();
        signals_.async_wait([this](boost::system::error_code again, int) {
            if (!again) stop();
        });
    });
}

void Server::drain() {
    stage_ = Stage::draining;
    logger_.info("draining", {{"timeout_s", options_.server.drain_timeout.count()}});
    drain_deadline_ = clock_.steady_now() + options_.server.drain_timeout;
    for (const auto& parts : loops_) {
        parts->loop().post([parts = parts.get()] { parts->drain(); });
    }
    watch_drain();
}

void Server::watch_drain() {
    drain_timer_.expires_after(kDrainCheckInterval);
    drain_timer_.async_wait([this](boost::system::error_code error) {
        if (error) return;
        const auto left = admission_.connections();  // without those that ask for the metrics
        if (left == 0) return stop();
        if (clock_.steady_now() >= drain_deadline_) {
            logger_.warn("drain_timeout", {{"connections", left}});
            return stop();
        }
        watch_drain();
    });
}

void Server::stop() {
    if (stage_.exchange(Stage::stopped) == Stage::stopped) return;
    main_.stop();
}

}  // namespace confab::app
