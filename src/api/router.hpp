// Router: which handler answers which method and path.
// Thread: built before its loop runs, then used by that loop only.
// Owns:   the table.
// Limits: paths are compared whole, or segment by segment where one is a name in braces, which any
//         segment fits that is not empty.
// Invariants: (1) an unknown path is 404, a known one with another method 405 with Allow. (2) what
//             answers GET answers HEAD. (3) a path without braces wins over one with.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "net/handler.hpp"

namespace confab::api {

class Router {
  public:
    using Handler = std::function<void(net::HttpRequest, net::Responder)>;

    // The handler finds what stood for the braces in path_parameters of the request, in order and
    // decoded: of any bytes, a '/' among them.
    void add(std::string_view method, std::string_view path, Handler handler);
    void dispatch(net::HttpRequest request, net::Responder responder) const;

  private:
    // std::less<> finds a string_view without making a string.
    using Methods = std::map<std::string, Handler, std::less<>>;
    struct Pattern {
        std::string path;
        Methods methods;
    };

    // Null: nothing is there. Completes the parameters of the request.
    [[nodiscard]] const Methods* find(net::HttpRequest& request) const;

    std::map<std::string, Methods, std::less<>> routes_;
    std::vector<Pattern> patterns_;
};

}  // namespace confab::api
