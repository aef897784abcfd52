#include "api/http_api.hpp"

#include <exception>
#include <utility>

#include "api/problem.hpp"

namespace confab::api {

void HttpApi::on_request(net::HttpRequest request, net::Responder responder) {
    const std::string id = request.id;
    logger_.debug("request", {{"id", id},
                              {"method", request.method()},
                              {"path", request.path()},
                              {"peer", request.peer_address}});
    try {
        router_.dispatch(std::move(request), std::move(responder));
    } catch (const std::exception& fault) {
        // The Responder went with the exception and has answered 500.
        logger_.error("handler_failed", {{"id", id}, {"reason", fault.what()}});
    }
}

net::HttpResponse HttpApi::on_refusal(net::Refusal refusal, std::string_view request_id) {
    return problem(refusal, request_id);
}

}  // namespace confab::api
