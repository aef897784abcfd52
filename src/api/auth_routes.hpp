// AuthRoutes: /auth/*: registration, log-in, tokens and the own account over HTTP.
// Thread: handlers run on the loop; what blocks is handed to a worker pool, which answers.
// Owns:   nothing.
// Limits: the pools' queues; when one is full the answer is 503 with Retry-After.
// Invariants: (1) no hashing and no database on a loop. (2) bodies with unknown members are
//             refused. (3) answers show only the members listed here, never a stored row.
#pragma once

#include <functional>

#include "api/authenticator.hpp"
#include "api/router.hpp"
#include "auth/account_service.hpp"
#include "base/worker_pool.hpp"
#include "metrics/metrics.hpp"

namespace confab::api {

class AuthRoutes {
  public:
    struct Workers {
        WorkerPool& hashing;   // whatever computes a password hash
        WorkerPool& accounts;  // what only talks to the store
    };

    AuthRoutes(auth::AccountService& service, Workers workers, Authenticator& authenticator,
               metrics::Shard& metrics)
        : service_(service), workers_(workers), authenticator_(authenticator), metrics_(metrics) {}

    void add_to(Router& router);

  private:
    using Work = std::function<net::HttpResponse(const std::string& request_id)>;

    void register_account(net::HttpRequest request, net::Responder responder);
    void log_in(net::HttpRequest request, net::Responder responder);
    void refresh(net::HttpRequest request, net::Responder responder);
    void profile(net::HttpRequest request, net::Responder responder);
    void change_password(net::HttpRequest request, net::Responder responder);
    void log_out(net::HttpRequest request, net::Responder responder);

    // Runs `work` on the pool and answers with what it returns.
    void on_worker(WorkerPool& pool, std::string request_id, net::Responder responder, Work work);

    auth::AccountService& service_;
    const Workers workers_;
    Authenticator& authenticator_;
    metrics::Shard& metrics_;
};

}  // namespace confab::api
