// DocsRoutes: the API described (/openapi.json) and browsable (/docs), from inside the binary.
// Thread: the loop.
// Owns:   the assets, shared with every answer.
// Limits: the assets are fixed when the program is built.
// Invariants: (1) the page loads nothing from elsewhere: its Content-Security-Policy forbids it.
//             (2) only the names listed here can be asked for; there is no path to traverse.
#pragma once

#include "api/router.hpp"

namespace confab::api {

class DocsRoutes {
  public:
    // Adds /, /docs, /docs/* and /openapi.json.
    static void add_to(Router& router);
};

}  // namespace confab::api
