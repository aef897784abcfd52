// HttpApi: everything this server answers over HTTP on one listener of one loop.
// Thread: its loop.
// Owns:   the router.
// Limits: none of its own.
// Invariant: an exception never leaves a handler: it becomes a 500 and a log line.
#pragma once

#include <string_view>

#include "api/router.hpp"
#include "log/log.hpp"
#include "net/handler.hpp"

namespace confab::api {

class HttpApi final : public net::HttpHandler {
  public:
    explicit HttpApi(log::Logger& logger) : logger_(logger) {}

    [[nodiscard]] Router& router() { return router_; }

    void on_request(net::HttpRequest request, net::Responder responder) override;
    [[nodiscard]] net::HttpResponse on_refusal(net::Refusal refusal,
                                               std::string_view request_id) override;

  private:
    log::Logger& logger_;
    Router router_;
};

}  // namespace confab::api
