#include "api/router.hpp"

#include <utility>

#include "api/problem.hpp"

namespace confab::api {

void Router::add(std::string_view method, std::string_view path, Handler handler) {
    routes_[std::string(path)][std::string(method)] = std::move(handler);
}

void Router::dispatch(net::HttpRequest request, net::Responder responder) const {
    const auto route = routes_.find(request.path());
    if (route == routes_.end()) {
        return responder.respond(
            problem(Error(ErrorKind::not_found, "not_found", "there is nothing here"), request.id));
    }
    const auto& methods = route->second;
    const std::string_view method = request.method() == "HEAD" ? "GET" : request.method();
    if (const auto handler = methods.find(method); handler != methods.end()) {
        return handler->second(std::move(request), std::move(responder));
    }
    std::string allow;
    for (const auto& [name, handler] : methods) {
        if (!allow.empty()) allow += ", ";
        allow += name == "GET" ? "GET, HEAD" : name;
    }
    auto response = problem(
        405, Error(ErrorKind::invalid, "method_not_allowed", "this address answers other methods"),
        request.id);
    response.headers.emplace_back("Allow", std::move(allow));
    responder.respond(std::move(response));
}

}  // namespace confab::api
