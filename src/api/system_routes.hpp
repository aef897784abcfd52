// SystemRoutes: /health, /ready and /metrics.
// Thread: the loop; nothing here blocks.
// Owns:   nothing.
// Limits: none.
// Invariants: (1) /health says only that the loop turns. (2) /ready is 503 while anything needed is
//             missing, with a reason for each. (3) on the main listener /metrics is for callers on
//             this machine that come directly; for others the address does not exist.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "api/router.hpp"
#include "metrics/metrics.hpp"

namespace confab::api {

struct Dependency {
    std::string name;
    bool ready = true;
    std::string reason;  // why not
};

class SystemRoutes {
  public:
    struct Options {
        bool metrics_for_everybody = false;  // on a listener of its own
        bool metrics_at_all = true;
    };
    // Callable from any loop; must not block.
    using Readiness = std::function<std::vector<Dependency>()>;

    SystemRoutes(Options options, const metrics::Metrics& metrics, Readiness readiness);
    void add_to(Router& router);

  private:
    [[nodiscard]] net::HttpResponse ready() const;
    [[nodiscard]] net::HttpResponse metrics_text(const net::HttpRequest& request) const;

    const Options options_;
    const metrics::Metrics& metrics_;
    const Readiness readiness_;
};

}  // namespace confab::api
