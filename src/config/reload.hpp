// Reload: which changes of the settings a running server takes over, and which need a restart.
// Thread: any; no shared state.
// Owns:   nothing.
// Limits: those of the keys.
// Invariants: (1) what comes out differs from the running settings in keys marked `reload` alone.
//             (2) it has been checked as a whole, as at the start.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/options.hpp"

namespace confab::config {

struct Reload {
    Options options;                   // to run with from now on
    std::vector<std::string> applied;  // keys whose value is a new one
    std::vector<std::string> restart;  // keys that were changed and keep their old value
};

// A section that is new or gone needs a restart, and is listed without a key: "listeners.public".
// Files that a setting names are not looked at: that their content is new is for their reader.
// Errors: `config_invalid`: the new values contradict old ones that stay until a restart; the
// detail names the keys that need it.
[[nodiscard]] Result<Reload> reload(const Options& running, const Options& wanted);

}  // namespace confab::config
