// LoopParts: everything that lives on one event loop, wired together.
// Thread: built and destroyed on the main thread while the loop does not run; used by its loop.
// Owns:   the loop, its side of the chat, its routes and its listeners.
// Limits: those of the parts.
// Invariant: the parts are declared in the order of use: what is declared later refers to what was
//            declared before and ends first.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "api/admin_routes.hpp"
#include "api/auth_routes.hpp"
#include "api/authenticator.hpp"
#include "api/drain_plan.hpp"
#include "api/http_api.hpp"
#include "api/live_sessions.hpp"
#include "api/message_routes.hpp"
#include "api/room_calls.hpp"
#include "api/room_routes.hpp"
#include "api/system_routes.hpp"
#include "api/wire_encoder.hpp"
#include "api/ws_gateway.hpp"
#include "app/module_options.hpp"
#include "app/room_logs.hpp"
#include "bus/local_bus.hpp"
#include "chat/fanout.hpp"
#include "chat/hub.hpp"
#include "chat/sequencer.hpp"
#include "net/listener.hpp"
#include "net/loop.hpp"

namespace confab::app {

// What all loops share; outlives them.
struct Shared {
    const Clock& clock;
    log::Logger& logger;
    metrics::Metrics& metrics;
    const auth::TokenVerifier& verifier;
    auth::JwksFetcher& fetcher;
    const auth::TokenSigner& signer;
    const auth::Revocations& revocations;
    auth::AccountService& accounts;
    api::AuthRoutes::Workers workers;
    chat::LoopPost& loops;
    const bus::Endpoints& endpoints;
    RoomLogs& room_logs;
    net::Admission& admission;
    net::Admission& metrics_admission;  // of the metrics' own listener
    QuotaTable& users;
    api::DrainPlan& drain_plan;
    api::SystemRoutes::Readiness readiness;
    LoopSettings settings;  // to begin with
    chat::Sequencer::Options sequencer;
    bool want_io_uring = true;
    bool metrics_on_main = true;
    std::chrono::milliseconds notice_merge_interval{0};
};

class LoopParts {
  public:
    LoopParts(LoopIndex index, const Shared& shared);
    LoopParts(const LoopParts&) = delete;
    LoopParts& operator=(const LoopParts&) = delete;

    // What answers on a listener.
    enum class Serves { everything, metrics_alone };

    // Adds a listener; before start(). It is found again by its name.
    void listen(const std::string& name, Serves serves, FileDescriptor socket,
                net::ListenerOptions options, std::shared_ptr<const net::TlsContext> tls);

    // What a listener takes over while it listens.
    struct ListenerChange {
        bool deflate = false;
        std::shared_ptr<const net::TlsContext> tls;  // null: as it is
    };
    using ListenerChanges = std::map<std::string, ListenerChange>;  // by its name
    // From now on; on the loop's thread.
    void apply(const LoopSettings& settings, const ListenerChanges& changes);

    // On the loop's thread, or before it runs.
    void start();
    // Accepts nothing more but for the metrics, lets every session finish. On the loop's thread.
    void drain();

    // Ends the loop, whatever is under way. On the loop's thread.
    void stop();

    // After the loop has ended and whoever answers it: gives up what waits for an answer, and the
    // answers that came too late. Both hold connections, and these end before the listeners they
    // came by. On the main thread.
    void give_up();

    [[nodiscard]] bus::Endpoint endpoint() { return {&sequencer_, &fanout_, &hub_}; }
    [[nodiscard]] net::Loop& loop() { return loop_; }

  private:
    const Shared& shared_;
    LoopSettings settings_;
    net::Loop loop_;
    const api::WireEncoder encoder_;
    feed::Budget feed_budget_;
    chat::Fanout fanout_;
    bus::LocalBus bus_;
    chat::Sequencer sequencer_;
    chat::Hub hub_;
    api::Authenticator authenticator_;
    api::LiveSessions live_sessions_;
    api::WsGateway gateway_;
    api::AuthRoutes auth_routes_;
    api::RoomCalls room_calls_;
    api::MessageRoutes message_routes_;
    api::RoomRoutes room_routes_;
    api::AdminRoutes admin_routes_;
    api::SystemRoutes system_routes_;
    api::HttpApi http_api_;

    // Made when a listener asks for it.
    struct MetricsAlone {
        explicit MetricsAlone(const Shared& shared);
        api::SystemRoutes routes;
        api::HttpApi http_api;
    };
    std::unique_ptr<MetricsAlone> metrics_alone_;

    struct Entry {
        Entry(std::string entry_name, Serves entry_serves, net::ConnectionContext entry_context,
              FileDescriptor socket)
            : name(std::move(entry_name)),
              serves(entry_serves),
              context(std::move(entry_context)),
              listener(context, std::move(socket)) {}
        const std::string name;
        const Serves serves;
        net::ConnectionContext context;
        net::Listener listener;
    };
    std::vector<std::unique_ptr<Entry>> entries_;
};

}  // namespace confab::app
