// Checks: what must hold between settings, each of which is good by itself.
// Thread: any; no shared state. Used at the start and at a reload.
// Owns:   nothing.
// Limits: kIssuersMax issuers, kListenersMax listeners.
// Invariant: nothing here depends on where a setting came from.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "config/options.hpp"

namespace confab::config {

// Errors: `config_invalid`, detail names the keys that contradict each other.
[[nodiscard]] Result<void> check(const Options& options);

// https to any host, or http to this machine (localhost, 127.0.0.0/8, [::1]): keys that anybody on
// the way can exchange would let them sign tokens. User names in the URL are refused.
[[nodiscard]] bool is_safe_key_url(std::string_view url);

}  // namespace confab::config
