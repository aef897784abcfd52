#include "api/router.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "api/problem.hpp"

namespace confab::api {
namespace {

// Up to the next '/', which both lose.
std::string_view take_segment(std::string_view& path) {
    const std::size_t end = path.find('/');
    const std::string_view segment = path.substr(0, end);
    path.remove_prefix(end == std::string_view::npos ? path.size() : end + 1);
    return segment;
}

// What stands for the braces; nothing: the path does not fit.
std::optional<std::vector<std::string>> parameters_of(std::string_view pattern,
                                                      std::string_view path) {
    std::vector<std::string> found;
    if (std::count(pattern.begin(), pattern.end(), '/') !=
        std::count(path.begin(), path.end(), '/')) {
        return std::nullopt;
    }
    while (!pattern.empty()) {
        const std::string_view wanted = take_segment(pattern);
        const std::string_view given = take_segment(path);
        const bool is_parameter = wanted.starts_with('{');
        if (is_parameter ? given.empty() : given != wanted) return std::nullopt;
        if (is_parameter) found.push_back(net::percent_decoded(given));
    }
    return found;
}

}  // namespace

void Router::add(std::string_view method, std::string_view path, Handler handler) {
    if (path.find('{') == std::string_view::npos) {
        routes_[std::string(path)][std::string(method)] = std::move(handler);
        return;
    }
    auto known = std::find_if(patterns_.begin(), patterns_.end(),
                              [&](const Pattern& pattern) { return pattern.path == path; });
    if (known == patterns_.end()) known = patterns_.insert(known, {std::string(path), {}});
    known->methods[std::string(method)] = std::move(handler);
}

const Router::Methods* Router::find(net::HttpRequest& request) const {
    const auto route = routes_.find(request.path());
    if (route != routes_.end()) return &route->second;
    for (const Pattern& pattern : patterns_) {
        if (auto parameters = parameters_of(pattern.path, request.path())) {
            request.path_parameters = *std::move(parameters);
            return &pattern.methods;
        }
    }
    return nullptr;
}

void Router::dispatch(net::HttpRequest request, net::Responder responder) const {
    const Methods* const found = find(request);
    if (found == nullptr) {
        return responder.respond(
            problem(Error(ErrorKind::not_found, "not_found", "there is nothing here"), request.id));
    }
    const Methods& methods = *found;
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
