#include "api/auth_routes.hpp"

#include <exception>
#include <memory>
#include <utility>

#include "api/auth_answers.hpp"
#include "api/json_body.hpp"
#include "api/problem.hpp"

namespace confab::api {

using metrics::Id;

namespace {

// A fault on a worker is an answer, not the end of the process. Its text is for nobody outside.
net::HttpResponse guarded(const std::function<net::HttpResponse(const std::string&)>& work,
                          const std::string& request_id) {
    try {
        return work(request_id);
    } catch (const std::exception&) {
        return problem(Error(ErrorKind::internal, "internal", "the server has no answer"),
                       request_id);
    }
}

}  // namespace

void AuthRoutes::add_to(Router& router) {
    const auto bind = [this](void (AuthRoutes::*handler)(net::HttpRequest, net::Responder)) {
        return [this, handler](net::HttpRequest request, net::Responder responder) {
            (this->*handler)(std::move(request), std::move(responder));
        };
    };
    router.add("POST", "/auth/register", bind(&AuthRoutes::register_account));
    router.add("POST", "/auth/login", bind(&AuthRoutes::log_in));
    router.add("POST", "/auth/refresh-token", bind(&AuthRoutes::refresh));
    router.add("GET", "/auth/me", bind(&AuthRoutes::profile));
    router.add("POST", "/auth/me", bind(&AuthRoutes::profile));
    router.add("POST", "/auth/change-password", bind(&AuthRoutes::change_password));
    router.add("POST", "/auth/logout", bind(&AuthRoutes::log_out));
}

void AuthRoutes::on_worker(WorkerPool& pool, std::string request_id, net::Responder responder,
                           Work work) {
    // A job must be copyable, a Responder is not.
    const auto answer = std::make_shared<net::Responder>(std::move(responder));
    const auto busy = [this, answer](const std::string& id) {
        metrics_.add(Id::auth_overloaded);
        answer->respond(problem(Error(ErrorKind::overloaded, "overloaded",
                                      "too many sign-ins at once; try again shortly")
                                    .retry_in(std::chrono::seconds(2)),
                                id));
    };
    const bool taken =
        pool.submit([request_id, answer, busy, work = std::move(work)](WorkerPool::Turn turn) {
            if (turn == WorkerPool::Turn::too_late) return busy(request_id);
            answer->respond(guarded(work, request_id));
        });
    if (!taken) busy(request_id);
}

void AuthRoutes::register_account(net::HttpRequest request, net::Responder responder) {
    JsonBody body(request);
    auth::Registration registration;
    registration.full_name = body.string("full_name");
    registration.email = body.string("email");
    registration.age = body.integer("age");
    registration.password = Secret(body.string("password"));
    registration.date_of_birth = body.string("date_of_birth");
    registration.gender = body.string("gender");
    registration.phone_number = body.string("phone_number");
    if (const auto wrong = body.finish()) {
        return responder.respond(problem(*wrong, request.id));
    }
    on_worker(workers_.hashing, request.id, std::move(responder),
              [this, registration = std::move(registration),
               address = request.peer_address](const std::string& id) {
                  const auto account = service_.register_account(registration, address);
                  return account ? registered_answer(*account) : problem(account.error(), id);
              });
}

void AuthRoutes::log_in(net::HttpRequest request, net::Responder responder) {
    JsonBody body(request);
    const std::string email = body.string("email");
    const Secret password(body.string("password"));
    if (const auto wrong = body.finish()) {
        return responder.respond(problem(*wrong, request.id));
    }
    on_worker(workers_.hashing, request.id, std::move(responder),
              [this, email, password, address = request.peer_address](const std::string& id) {
                  const auto tokens = service_.log_in(email, password, address);
                  return tokens ? tokens_answer("Login successful", *tokens)
                                : problem(tokens.error(), id);
              });
}

void AuthRoutes::refresh(net::HttpRequest request, net::Responder responder) {
    JsonBody body(request);
    const Secret token(body.string("refresh_token"));
    if (const auto wrong = body.finish()) {
        return responder.respond(problem(*wrong, request.id));
    }
    on_worker(
        workers_.accounts, request.id, std::move(responder), [this, token](const std::string& id) {
            const auto tokens = service_.refresh(token.reveal());
            return tokens ? tokens_answer("Token refreshed", *tokens) : problem(tokens.error(), id);
        });
}

void AuthRoutes::profile(net::HttpRequest request, net::Responder responder) {
    authenticator_.require(std::move(request), std::move(responder), Authenticator::Ended::refused,
                           [this](const net::HttpRequest& asked, net::Responder answer,
                                  const auth::Identity& identity) {
                               on_worker(workers_.accounts, asked.id, std::move(answer),
                                         [this, identity](const std::string& id) {
                                             const auto profile = service_.profile(identity);
                                             return profile ? profile_answer(*profile)
                                                            : problem(profile.error(), id);
                                         });
                           });
}

void AuthRoutes::change_password(net::HttpRequest request, net::Responder responder) {
    authenticator_.require(
        std::move(request), std::move(responder), Authenticator::Ended::refused,
        [this](const net::HttpRequest& asked, net::Responder answer,
               const auth::Identity& identity) {
            JsonBody body(asked);
            const Secret old_password(body.string("old_password"));
            const Secret new_password(body.string("new_password"));
            if (const auto wrong = body.finish()) {
                return answer.respond(problem(*wrong, asked.id));
            }
            on_worker(
                workers_.hashing, asked.id, std::move(answer),
                [=, this, address = asked.peer_address](const std::string& id) {
                    const auto changed =
                        service_.change_password(identity, old_password, new_password, address);
                    return changed ? done_answer("Password changed") : problem(changed.error(), id);
                });
        });
}

void AuthRoutes::log_out(net::HttpRequest request, net::Responder responder) {
    authenticator_.require(std::move(request), std::move(responder), Authenticator::Ended::accepted,
                           [this](const net::HttpRequest& asked, net::Responder answer,
                                  const auth::Identity& identity) {
                               on_worker(workers_.accounts, asked.id, std::move(answer),
                                         [this, identity](const std::string& id) {
                                             const auto done = service_.log_out(identity);
                                             return done ? done_answer("Logged out")
                                                         : problem(done.error(), id);
                                         });
                           });
}

}  // namespace confab::api
