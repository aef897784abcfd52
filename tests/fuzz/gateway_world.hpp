// GatewayWorld: the chat of a whole server in one thread: loops that run when they are told to.
// Thread: one.
// Owns:   the parts of every loop, and the tasks between them.
// Limits: loops; tasks that may wait for a loop.
// Invariant: every event gets a time stamp of its own, in the order in which rooms decided.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "api/authenticator.hpp"
#include "api/docs_routes.hpp"
#include "api/router.hpp"
#include "api/wire_encoder.hpp"
#include "api/ws_gateway.hpp"
#include "auth/token_signer.hpp"
#include "base/crypto.hpp"
#include "bus/local_bus.hpp"
#include "chat/hub.hpp"
#include "store/memory_room_log.hpp"
#include "support/manual_clock.hpp"

namespace confab::test {

class TickingClock final : public Clock {
  public:
    [[nodiscard]] SteadyTime steady_now() const override {
        return SteadyTime(std::chrono::hours(1));
    }
    [[nodiscard]] WallTime wall_now() const override { return from_unix_seconds(++seconds_); }
    [[nodiscard]] std::int64_t last() const { return seconds_; }

  private:
    mutable std::int64_t seconds_ = 1'700'000'000;
};

// Tokens and those who judge them: made once, as they cost most.
struct GatewayTokens {
    static constexpr std::size_t kUsers = 6;
    static constexpr std::string_view kSecret = "for tokens of the fuzzed gateway, 42";

    GatewayTokens() {
        initialise_crypto();
        auth::IssuerOptions own;
        own.name = "own";
        own.issuer = own.audience = "confab";
        own.secret = Secret(std::string(kSecret));
        own.own = true;
        verifier = std::make_unique<auth::TokenVerifier>(std::vector{own}, clock);
        fetcher = std::make_unique<auth::JwksFetcher>(*verifier, clock, metrics, logger);
        const auth::TokenSigner signer({Secret(std::string(kSecret))}, clock);
        for (std::size_t i = 0; i < kUsers; ++i) {
            // A name that would break out of JSON if it could.
            tokens[i] = std::string(
                signer.sign({user(i), "\"User\" " + std::to_string(i), "session"}).reveal());
        }
    }
    static UserId user(std::size_t number) { return UserId("u-" + std::to_string(number)); }

    ManualClock clock;
    metrics::Shard metrics;
    log::Logger logger{{.level = log::Level::off}};
    auth::Revocations revocations{{}};
    net::Loop loop{0, clock, metrics};  // it never runs: nothing here waits
    ws::Inflater inflater;
    std::unique_ptr<auth::TokenVerifier> verifier;
    std::unique_ptr<auth::JwksFetcher> fetcher;
    std::array<std::string, kUsers> tokens;
};

class GatewayWorld final : public chat::LoopPost {
  public:
    struct Options {
        std::size_t loops = 1;
        std::size_t tasks_max = SIZE_MAX;  // per loop; more are refused
        std::size_t notice_merge_users = 200;
        std::size_t feed_bytes_max = 64 * 1024;  // of one room
        std::uint32_t user_connections_max = 100;
    };

    GatewayWorld(const Options& options, GatewayTokens& tokens)
        : options_(options), tasks_(options.loops) {
        gateway_options_.user.connections = options.user_connections_max;
        for (std::size_t i = 0; i < options.loops; ++i) {
            loops_.push_back(std::make_unique<Parts>(static_cast<LoopIndex>(i), *this, tokens));
            Parts& parts = *loops_.back();
            endpoints_.push_back({&parts.sequencer, &parts.fanout, &parts.hub});
        }
    }

    [[nodiscard]] const api::Router& router(std::size_t loop) const { return loops_[loop]->router; }
    [[nodiscard]] std::size_t loops() const { return loops_.size(); }

    // Runs the task when the room's home has done what this loop has asked of it so far.
    void after_home(std::size_t loop, const std::string& room, std::function<void()> task) {
        const auto home = chat::home_of(*RoomName::parse(room), loops());
        if (home == loop) return task();
        post(home, std::move(task));
    }
    [[nodiscard]] std::int64_t now() const { return clock_.last(); }

    // Runs at most `count` of the tasks that wait for this loop.
    void run(std::size_t loop, std::size_t count) {
        for (; count > 0 && !tasks_[loop].empty(); --count) {
            const auto task = std::move(tasks_[loop].front());
            tasks_[loop].pop_front();
            task();
        }
    }
    [[nodiscard]] bool is_idle() const {
        for (const auto& waiting : tasks_) {
            if (!waiting.empty()) return false;
        }
        return true;
    }
    void flush_notices() {
        for (const auto& parts : loops_)
            parts->sequencer.flush_notices();
    }
    [[nodiscard]] std::size_t feed_bytes() const {
        std::size_t bytes = 0;
        for (const auto& parts : loops_)
            bytes += parts->budget.used();
        return bytes;
    }
    [[nodiscard]] bool is_empty() const {
        std::int64_t members = 0;
        for (const auto& parts : loops_) {
            if (parts->sequencer.room_count() > 0 || parts->fanout.room_count() > 0) return false;
            members += parts->metrics.get(metrics::Id::rooms);
            members += parts->metrics.get(metrics::Id::room_members);
        }
        return members == 0 && feed_bytes() == 0;
    }

    // chat::LoopPost
    [[nodiscard]] bool try_post(LoopIndex to, std::function<void()> task) override {
        if (tasks_[to].size() >= options_.tasks_max) return false;
        tasks_[to].push_back(std::move(task));
        return true;
    }
    void post(LoopIndex to, std::function<void()> task) override {
        tasks_[to].push_back(std::move(task));
    }
    [[nodiscard]] bool is_busy() const override {
        for (const auto& waiting : tasks_) {
            if (waiting.size() > options_.tasks_max / 2) return true;
        }
        return false;
    }

  private:
    struct Parts {
        Parts(LoopIndex index, GatewayWorld& world, GatewayTokens& tokens)
            : budget({.room_bytes_max = world.options_.feed_bytes_max}, metrics),
              fanout(budget, metrics),
              bus(index, world.endpoints_, world),
              sequencer({.loops = world.options_.loops,
                         .notice_merge_users = world.options_.notice_merge_users},
                        bus, encoder, log, world.clock_, metrics),
              hub(index, fanout, bus, world.no_rooms_, world.options_.loops),
              authenticator(*tokens.verifier, *tokens.fetcher, tokens.revocations, tokens.loop),
              sessions(tokens.revocations),
              gateway(world.gateway_options_, authenticator, hub, world.users_, sessions,
                      world.drain_plan_, tokens.loop) {
            router.add("GET", "/ws", [this](net::HttpRequest request, net::Responder responder) {
                gateway.handle(std::move(request), std::move(responder));
            });
            api::DocsRoutes::add_to(router);
        }

        metrics::Shard metrics;
        feed::Budget budget;
        chat::Fanout fanout;
        bus::LocalBus bus;
        api::WireEncoder encoder;
        store::MemoryRoomLog log{"fuzz"};
        chat::Sequencer sequencer;
        chat::Hub hub;
        api::Authenticator authenticator;
        api::LiveSessions sessions;
        api::WsGateway gateway;
        api::Router router;
    };

    // Protocol v1 does not ask for them.
    class NoRooms final : public chat::RoomList {
      public:
        void rooms_of(const UserId&, Done done) override {
            done(std::vector<chat::RoomOverview>());
        }
        void names_of(std::vector<UserId> users,
                      std::function<void(const Result<Names>&)> done) override {
            done(Names(users.size()));
        }
    };

    const Options options_;
    NoRooms no_rooms_;
    TickingClock clock_;
    api::WsGateway::Options gateway_options_;
    QuotaTable users_{clock_};
    api::DrainPlan drain_plan_;
    std::vector<std::deque<std::function<void()>>> tasks_;
    bus::Endpoints endpoints_;
    std::vector<std::unique_ptr<Parts>> loops_;
};

}  // namespace confab::test
