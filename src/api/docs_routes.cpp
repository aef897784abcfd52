#include "api/docs_routes.hpp"

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "base/assert.hpp"
#include "embedded/assets.hpp"

namespace confab::api {
namespace {

constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

struct Page {
    std::string_view path;
    std::string_view asset;
    std::string_view type;
};

constexpr std::array<Page, 5> kPages{{
    {"/docs", "docs.html", "text/html; charset=utf-8"},
    {"/docs/docs.css", "docs.css", "text/css; charset=utf-8"},
    {"/docs/docs.js", "docs.js", "text/javascript; charset=utf-8"},
    {"/docs/favicon.svg", "favicon.svg", "image/svg+xml"},
    {"/openapi.json", "openapi.json", "application/json"},
}};

SharedBytes content_of(std::string_view asset) {
    for (const EmbeddedFile& file : embedded::assets()) {
        if (file.name == asset) return SharedBytes::copy_of(file.content);
    }
    CONFAB_ASSERT(!"every page has its asset");
    return {};
}

net::HttpResponse page_answer(std::string_view type, const SharedBytes& content) {
    net::HttpResponse response;
    response.content_type = type;
    response.shared_body = content;
    response.headers = {{"Cache-Control", "no-cache"},
                        {"Content-Security-Policy", std::string(kContentSecurityPolicy)},
                        {"Cross-Origin-Opener-Policy", "same-origin"},
                        {"Referrer-Policy", "no-referrer"},
                        {"X-Content-Type-Options", "nosniff"}};
    return response;
}

net::HttpResponse redirect_answer(std::string_view to) {
    net::HttpResponse response;
    response.status = 302;
    response.headers = {{"Location", std::string(to)}, {"Cache-Control", "no-store"}};
    return response;
}

}  // namespace

void DocsRoutes::add_to(Router& router) {
    for (const Page& page : kPages) {
        const SharedBytes content = content_of(page.asset);
        router.add("GET", page.path,
                   [type = page.type, content](net::HttpRequest, net::Responder responder) {
                       responder.respond(page_answer(type, content));
                   });
    }
    for (const std::string_view path : {"/", "/docs/"}) {
        router.add("GET", path, [](net::HttpRequest, net::Responder responder) {
            responder.respond(redirect_answer("/docs"));
        });
    }
}

}  // namespace confab::api
