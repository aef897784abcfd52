#include "api/system_routes.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "api/problem.hpp"
#include "base/json.hpp"

namespace confab::api {
namespace {

// A proxy on this machine speaks for somebody else: its requests are not local.
bool came_directly(const net::HttpRequest& request) {
    static constexpr std::array<std::string_view, 5> kForwarded{
        "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via"};
    return std::none_of(kForwarded.begin(), kForwarded.end(),
                        [&](std::string_view name) { return request.has_header(name); });
}

}  // namespace

SystemRoutes::SystemRoutes(Options options, const metrics::Metrics& metrics, Readiness readiness)
    : options_(options), metrics_(metrics), readiness_(std::move(readiness)) {}

void SystemRoutes::add_to(Router& router) {
    router.add("GET", "/health", [](net::HttpRequest, net::Responder responder) {
        responder.respond(json_answer(200, R"({"status":"ok"})"));
    });
    router.add("GET", "/ready",
               [this](net::HttpRequest, net::Responder responder) { responder.respond(ready()); });
    if (!options_.metrics_at_all) return;
    router.add("GET", "/metrics", [this](net::HttpRequest request, net::Responder responder) {
        responder.respond(metrics_text(request));
    });
}

net::HttpResponse SystemRoutes::ready() const {
    bool all = true;
    std::string list;
    for (const Dependency& dependency : readiness_()) {
        all = all && dependency.ready;
        list += list.empty() ? "" : ",";
        append_json_string(list, dependency.name);
        list += R"(:{"ready":)";
        list += dependency.ready ? "true" : "false";
        if (!dependency.ready) {
            list += R"(,"reason":)";
            append_json_string(list, dependency.reason);
        }
        list += '}';
    }
    return json_answer(all ? 200 : 503, std::string(R"({"ready":)") + (all ? "true" : "false") +
                                            R"(,"dependencies":{)" + list + "}}");
}

net::HttpResponse SystemRoutes::metrics_text(const net::HttpRequest& request) const {
    if (!options_.metrics_for_everybody && !(request.peer_is_loopback && came_directly(request))) {
        return problem(Error(ErrorKind::not_found, "not_found", "there is nothing here"),
                       request.id);
    }
    net::HttpResponse response = json_answer(200, metrics_.render());
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    return response;
}

}  // namespace confab::api
