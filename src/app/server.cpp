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

namespace confab::app {

using boost::asio::ip::tcp;
using namespace std::chrono_literals;

namespace {

constexpr int kExitStoreFailed = 70;  // EX_SOFTWARE of sysexits.h
constexpr auto kDrainCheckInterval = 50ms;
constexpr auto kCleanUpInterval = 1h;

std::size_t loop_count(const config::Options& options) {
    if (options.server.loops > 0) return options.server.loops;
    return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kLoopsMax);
}

std::size_t connections_max(const config::Options& options, std::size_t descriptors) {
    const std::size_t possible = descriptors > 2 * kReservedDescriptors
                                     ? descriptors - kReservedDescriptors
                                     : descriptors / 2;
    const std::size_t wanted = options.server.connections_max;
    return wanted == 0 ? possible : std::min(wanted, possible);
}

tcp::endpoint parse_endpoint(const std::string& address, std::uint16_t port) {
    boost::system::error_code error;
    const auto parsed = boost::asio::ip::make_address(address, error);
    if (error) throw std::runtime_error("\"" + address + "\" is not an IP address to bind to");
    return {parsed, port};
}

std::string url_of(const tcp::endpoint& endpoint) {
    const auto address = endpoint.address();
    std::string host = address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
    if (address.is_unspecified()) host = "localhost";
    return "http://" + host + ":" + std::to_string(endpoint.port());
}

tcp::endpoint claim(const tcp::endpoint& wanted) {
    try {
        return net::claim_endpoint(wanted);
    } catch (const boost::system::system_error& error) {
        throw std::runtime_error("cannot listen on " + url_of(wanted) + ": " +
                                 error.code().message());
    }
}

}  // namespace

Server::Server(config::Options options, std::string version, log::Logger& logger)
    : options_(std::move(options)),
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
      cap_(connections_max(options_, descriptors_)),
      refused_(kRefusedConnectionsMax),
      shared_(shared()),
      signals_(main_),
      drain_timer_(main_),
      clean_up_timer_(main_),
      revocations_timer_(main_) {
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

Shared Server::shared() {
    return {.clock = clock_,
            .logger = logger_,
            .metrics = metrics_,
            .verifier = verifier_,
            .fetcher = *fetcher_,
            .revocations = revocations_,
            .accounts = accounts_,
            .workers = {hashing_pool_, account_pool_},
            .loops = *this,
            .endpoints = endpoints_,
            .cap = cap_,
            .refused = refused_,
            .readiness = [this] { return readiness(); },
            .http = http_options(options_),
            .ws = ws_options(options_),
            .sequencer = sequencer_options(options_, loop_count_),
            .gateway = gateway_options(options_),
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
    return std::any_of(loops_.begin(), loops_.end(), [](const auto& parts) {
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
    const auto endpoint = claim(parse_endpoint(options_.server.bind, options_.server.port));
    for (const auto& loop : loops_) {
        loop->listen(endpoint);
    }
    url_ = url_of(endpoint);
    if (!endpoint.address().is_loopback()) {
        logger_.warn("listening_in_clear",
                     {{"address", endpoint.address().to_string()},
                      {"advice", "put a TLS proxy in front of a public address"}});
    }
    if (options_.metrics.port != 0) {
        const auto own = claim(parse_endpoint(options_.metrics.bind, options_.metrics.port));
        loops_.front()->listen_for_metrics(own);
        metrics_url_ = url_of(own);
    }
}

int Server::run() {
    clean_up_families();
    follow_revocations();
    for (const auto& parts : loops_) {
        parts->start();
        threads_.emplace_back([&loop = parts->loop()] {
            pthread_setname_np(pthread_self(), ("loop-" + std::to_string(loop.index())).c_str());
            loop.run();
        });
    }
    logger_.info("serving", {{"url", url_}, {"loops", loop_count_}});
    main_.run();

    boost::system::error_code ignored;
    signals_.clear(ignored);  // one more signal, and the system ends it
    for (const auto& parts : loops_) {
        parts->loop().post([parts = parts.get()] { parts->stop(); });
    }
    for (auto& thread : threads_) {
        thread.join();
    }
    // What these still answer goes to loops that have stopped, but not to loops that are gone.
    hashing_pool_.stop();
    account_pool_.stop();
    fetcher_.reset();
    logger_.info("stopped");
    return store_failed_ ? kExitStoreFailed : 0;
}

void Server::wait_for_signal() {
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
        const auto left = metrics_.total(metrics::Id::connections_http) +
                          metrics_.total(metrics::Id::connections_websocket);
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

void Server::clean_up_families() {
    const bool taken = account_pool_.submit([this](WorkerPool::Turn turn) {
        if (turn == WorkerPool::Turn::too_late) return;
        const auto removed = stores_.families().remove_expired_families(clock_.wall_now());
        if (removed && *removed > 0) logger_.info("sessions_expired", {{"count", *removed}});
    });
    (void)taken;  // a full queue: the next round is soon enough
    clean_up_timer_.expires_after(kCleanUpInterval);
    clean_up_timer_.async_wait([this](boost::system::error_code error) {
        if (!error) clean_up_families();
    });
}

// For what other processes end, such as `confab user disable`.
void Server::follow_revocations() {
    const bool taken = account_pool_.submit([this](WorkerPool::Turn) {
        // Late is no reason to leave it: a busy pool must not keep ended sessions alive.
        if (stage_ == Stage::stopped) return;
        const auto read = revocations_.catch_up(stores_.families(), clock_.wall_now());
        if (!read) logger_.warn("revocations_unread", {{"reason", read.error().code}});
        if (const auto dropped = revocations_.take_dropped(); dropped > 0) {
            logger_.warn("revocations_full", {{"forgotten", dropped}});
        }
    });
    if (!taken) logger_.warn("revocations_unread", {{"reason", "overloaded"}});
    revocations_timer_.expires_after(kRevocationPollInterval);
    revocations_timer_.async_wait([this](boost::system::error_code error) {
        if (!error) follow_revocations();
    });
}

}  // namespace confab::app
