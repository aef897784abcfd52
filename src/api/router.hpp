// Router: which handler answers which method and path.
// Thread: built before its loop runs, then used by that loop only.
// Owns:   the table.
// Limits: paths are compared whole; there are no patterns.
// Invariants: (1) an unknown path is 404, a known one with another method 405 with Allow. (2) what
//             answers GET answers HEAD.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "net/handler.hpp"

namespace confab::api {

class Router {
  public:
    using Handler = std::function<void(net::HttpRequest, net::Responder)>;

    void add(std::string_view method, std::string_view path, Handler handler);
    void dispatch(net::HttpRequest request, net::Responder responder) const;

  private:
    // std::less<> finds a string_view without making a string.
    std::map<std::string, std::map<std::string, Handler, std::less<>>, std::less<>> routes_;
};

}  // namespace confab::api
