// What a server does besides serving: takes over changed settings, forgets, looks around.
#include <utility>

#include "app/module_options.hpp"
#include "app/server.hpp"
#include "config/reload.hpp"

namespace confab::app {

using namespace std::chrono_literals;

namespace {

constexpr auto kChoresInterval = 1h;

}  // namespace

// How many connections there may be now.
std::size_t Server::set_connections_max() {
    const std::size_t max = connections_max(options_, descriptors_);
    const std::size_t wanted = options_.server.connections_max;
    if (max < wanted) {
        logger_.warn("connections_max_cut",
                     {{"wanted", wanted}, {"possible", max}, {"descriptors_max", descriptors_}});
    }
    admission_.set_connections_max(max);
    return max;
}

void Server::wait_for_hang_up() {
    hang_up_.async_wait([this](boost::system::error_code error, int) {
        if (error) return;
        reload();
        wait_for_hang_up();
    });
}

void Server::reload() {
    const auto refuse = [this](const Error& error) {
        metrics_.shared().add(metrics::Id::reloads_failed);
        logger_.error("reload_failed", {{"reason", error.detail}});
    };
    const auto wanted = load_again_();
    if (!wanted) return refuse(wanted.error());
    const auto result = config::reload(options_, *wanted);
    if (!result) return refuse(result.error());
    auto certificates = Certificates::load(result->options, clock_.wall_now());
    if (!certificates) return refuse(certificates.error());
    const auto settings =
        std::make_shared<const LoopSettings>(loop_settings(result->options, loop_count_));
    // From here on nothing can fail: all of it is taken over, or nothing was.
    options_ = result->options;
    for (const std::string& key : result->restart)
        logger_.warn("reload_needs_restart", {{"key", key}});
    for (const std::string& key : result->applied)
        logger_.info("reload_applied", {{"key", key}});

    logger_.set_level(log::parse_level(options_.log.level).value_or(log::Level::info));
    (void)set_connections_max();
    throttle_.set_options(throttle_options(options_));
    accounts_.set_registration(options_.auth.registration);
    log_upkeep_.set_policy(retention_policy(options_));
    certificates_.use(std::move(*certificates));
    const auto changes = std::make_shared<const LoopParts::ListenerChanges>(
        Listeners::changes(options_, certificates_));
    for (const auto& parts : loops_) {
        parts->loop().post(
            [parts = parts.get(), settings, changes] { parts->apply(*settings, *changes); });
    }
    metrics_.shared().add(metrics::Id::reloads_ok);
    logger_.info("reloaded", {{"changes", result->applied.size()}});
}

void Server::do_chores() {
    certificates_.warn_of_expiry();
    const bool taken = account_pool_.submit([this](WorkerPool::Turn turn) {
        if (turn == WorkerPool::Turn::too_late) return;
        const auto removed = stores_.families().remove_expired_families(clock_.wall_now());
        if (removed && *removed > 0) logger_.info("sessions_expired", {{"count", *removed}});
    });
    (void)taken;  // a full queue: the next round is soon enough
    chores_timer_.expires_after(kChoresInterval);
    chores_timer_.async_wait([this](boost::system::error_code error) {
        if (!error) do_chores();
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
